from __future__ import annotations

import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest

from realtime.drawing.head import head_of
from realtime.drawing.overlay import draw_sprite
from realtime.errors import AssetError
from realtime.packs.manifest import DEFAULT_PACK
from realtime.packs.pack import PACKS, Sprite, find_packs, load_pack
from realtime.records import EMOTIONS, PRESENTATIONS, Region
from tests.fakes import picture


@pytest.fixture(scope="module")
def pack():
    return load_pack(PACKS / DEFAULT_PACK)


@pytest.fixture
def copied(tmp_path):
    return shutil.copytree(PACKS / DEFAULT_PACK, tmp_path / "mine")


def _covered(pack, region, width=640, height=480):
    """Return which pixels of a green picture an emoji hides completely, (H, W) bool."""
    shown = []
    for colour in ((0, 255, 0), (255, 0, 255)):
        image = np.full((height, width, 3), colour, np.uint8)
        draw_sprite(image, pack.sprite("happy", "neutral"), head_of(region))
        shown.append(image)
    return (shown[0] == shown[1]).all(2)


# ---- packs


@pytest.mark.parametrize("folder", find_packs(), ids=lambda folder: folder.name)
def test_every_shipped_pack_is_complete_and_opaque_where_it_says(folder):
    pack = load_pack(folder)
    assert pack.name
    assert pack.licence
    names = {*EMOTIONS, "unsure", *(f"{emotion}_calm" for emotion in EMOTIONS if emotion != "neutral")}
    assert set(pack.drawings) == {(name, p) for name in names for p in PRESENTATIONS}
    assert set(pack.cards) == {"paused", "lost"}
    for drawing in pack.drawings.values():
        (sprite,) = drawing.sprites
        level = sprite.levels[0]
        assert level.shape == (512, 512, 4)
        y, x = np.mgrid[:512, :512] + 0.5
        (cx, cy), (rx, ry) = sprite.cover_center, sprite.cover_radii
        inside = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1
        assert level[:, :, 3][inside].min() == 255
        assert min(rx, ry) > 200


def test_all_drawings_differ(pack):
    levels = {key: drawing.sprites[0].levels[0] for key, drawing in pack.drawings.items()}
    small = {key: cv2.resize(level, (64, 64), interpolation=cv2.INTER_AREA) for key, level in levels.items()}
    keys = list(small)
    for n, one in enumerate(keys):
        for other in keys[n + 1 :]:
            assert cv2.norm(small[one], small[other], cv2.NORM_L1) / 64**2 > 4, (one, other)


def test_drawings_match_their_sources():
    pytest.importorskip("resvg_py", reason="resvg-py is not installed")
    done = subprocess.run([sys.executable, PACKS / "render.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_packs_are_found_by_name_and_by_folder(copied):
    assert find_packs()[0].name == DEFAULT_PACK
    assert find_packs(str(copied)) == [copied, *find_packs()]
    assert [folder.name for folder in find_packs("avatar")] == ["avatar", DEFAULT_PACK]
    with pytest.raises(AssetError, match=r"no emoji pack 'nothing'.*classic"):
        find_packs("nothing")


def _break_manifest(change):
    def breaking(folder):
        path = folder / "pack.toml"
        path.write_text(change(path.read_text()))

    return breaking


NO_PICTURE = "sad_male.png is no PNG, WebP or GIF"
BROKEN = {
    "no toml": (_break_manifest(lambda text: "name = ["), "no valid TOML"),
    "odd cover": (_break_manifest(lambda text: text.replace("[256, 256]", '"x"')), r"no valid \[cover\]"),
    "unknown emotion": (
        _break_manifest(lambda text: text.replace("drawings.sad]", "drawings.bored]")),
        r"unknown 'bored' in \[drawings\]. Known are: angry,",
    ),
    "outside": (_break_manifest(lambda text: text.replace("sad_male", "../sad_male")), "outside the pack"),
    "missing file": (
        lambda folder: (folder / "sad_male.png").unlink(),
        "names 'sad_male.png' for male in .drawings.sad., a file that is not",
    ),
    "no picture": (lambda folder: (folder / "sad_male.png").write_bytes(b"x" * 99), NO_PICTURE),
    "empty file": (lambda folder: (folder / "sad_male.png").write_bytes(b""), NO_PICTURE),
    "transparent": (
        lambda folder: cv2.imwrite(str(folder / "sad_male.png"), np.zeros((512, 512, 4), np.uint8)),
        r"not opaque are sad_male.png \(194\d\d\d pixels in 498x498 at 7, 7\)",
    ),
    "other size": (
        lambda folder: cv2.imwrite(str(folder / "sad_male.png"), picture(256, 256)),
        "several sizes: 256x256, 512x512",
    ),
    "too large": (
        lambda folder: cv2.imwrite(str(folder / "sad_male.png"), np.zeros((10, 3000, 4), np.uint8)),
        "3000x10; sides of",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_pack_names_the_file(name, copied):
    breaking, message = BROKEN[name]
    breaking(copied)
    with pytest.raises(AssetError, match=message):
        load_pack(copied)


# ---- pasting


@pytest.mark.parametrize("roll_deg", [-180, -90, -37, 0, 15, 60])
@pytest.mark.parametrize("size", [24, 60, 150, 260])
def test_the_head_is_hidden_at_every_roll_and_size(pack, size, roll_deg):
    """An ellipse of the head, hair and chin included, lies inside the opaque area."""
    region = Region((330.3, 251.7), size, np.radians(roll_deg))
    covered = _covered(pack, region)
    y, x = np.mgrid[:480, :640] + 0.5
    dx, dy = x - head_of(region).center[0], y - head_of(region).center[1]
    across = dx * np.cos(region.roll_rad) + dy * np.sin(region.roll_rad)
    down = dy * np.cos(region.roll_rad) - dx * np.sin(region.roll_rad)
    head = (across / (0.61 * size)) ** 2 + (down / (0.745 * size)) ** 2 <= 1
    assert covered[head].all()


def test_the_emoji_turns_with_the_head(pack):
    images = []
    for roll_deg in (0, 30):
        image = picture(600, 600, 0)
        draw_sprite(image, pack.sprite("angry", "neutral"), head_of(Region((300, 300), 200, np.radians(roll_deg))))
        images.append(image)
    pivot = (300 - 0.5, 300 - 0.5)
    turned = cv2.warpAffine(images[0], cv2.getRotationMatrix2D(pivot, -30, 1), (600, 600))
    assert np.abs(turned.astype(int) - images[1]).mean() < 1.5
    assert np.abs(images[0].astype(int) - images[1]).mean() > 5


@pytest.mark.parametrize("center", [(0, 0), (640, 480), (-60, 200), (700, 240), (320, -80), (320, 560)])
def test_the_emoji_is_cut_at_the_border(pack, center):
    """What is seen at the border is the same as in the middle of a larger picture."""
    small, large = picture(640, 480), picture(1640, 1480)
    sprite = pack.sprite("sad", "female")
    draw_sprite(small, sprite, head_of(Region(center, 150, 0.3)))
    draw_sprite(large, sprite, head_of(Region((center[0] + 500, center[1] + 500), 150, 0.3)))
    assert np.abs(small.astype(int) - large[500:980, 500:1140]).max() <= 3
    assert (small != 128).any()


@pytest.mark.parametrize("region", [Region((-900, 50), 100), Region((50, 5000), 100), Region((320, 240), 0.5)])
def test_far_outside_or_tiny_is_no_error(pack, region):
    image = picture(640, 480)
    draw_sprite(image, pack.sprite("sad", "female"), head_of(region))
    assert (image == 128).mean() > 0.99


def test_a_huge_face_covers_everything(pack):
    assert _covered(pack, Region((320, 240), 5000)).all()


def test_transparent_edges_are_blended():
    drawing = np.zeros((64, 64, 4), np.uint8)
    drawing[:, :, 2] = 100  # red, already multiplied by its alpha
    drawing[:, :, 3] = 128
    image = picture(200, 200, 200)
    draw_sprite(image, Sprite((drawing,), (32, 32), (20, 20)), head_of(Region((100, 100), 20)))
    assert image[98, 100].tolist() == pytest.approx([100, 100, 200], abs=2)


def test_golden_composite(pack, portrait):
    """One composited frame; a changed drawing or paste has to be looked at before this is renewed."""
    image = portrait.copy()
    draw_sprite(image, pack.sprite("happy", "female"), head_of(Region((262, 205), 180, 0.2)))
    coarse = cv2.resize(image, (5, 5), interpolation=cv2.INTER_AREA).mean(2)
    assert np.abs(coarse - GOLDEN).max() <= 2, coarse.round().tolist()


GOLDEN = np.array(
    [
        [63, 82, 135, 113, 119],
        [58, 97, 173, 118, 140],
        [44, 96, 111, 105, 152],
        [52, 19, 120, 33, 47],
        [42, 36, 39, 43, 25],
    ]
)
