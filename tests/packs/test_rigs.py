"""What lets drawings move: atlases and second pictures, of packs nobody vouches for."""

from __future__ import annotations

import importlib.util
import logging
import sys

import numpy as np
import pytest
from PIL import Image

from realtime.drawing.overlay import Overlay, Shown
from realtime.drawing.placement import at
from realtime.drawing.pose import Pose
from realtime.packs.manifest import Windows, rig_file
from realtime.packs.pack import PACKS, load_pack
from realtime.packs.rig import MOUTHS, Rig, atlas_size, cells
from realtime.packs.rigs import Moments
from tests.packs.drawings import BLUE, GREEN, disc, encoded, refused

RIG = "[rig]\neyes = [8, 16, 48, 12]\nbrows = [8, 8, 48, 12]\nmouth = [16, 36, 32, 20]"
WINDOWS = Windows((8, 16, 48, 12), (8, 8, 48, 12), (16, 36, 32, 20))


def _atlas(hole=None):
    """Return an atlas for a drawing of 64x64: a red head, and for each part a patch in the middle of its window."""
    atlas = Image.new("RGBA", atlas_size(WINDOWS, (64, 64)))
    for name, (left, top), (_, _, width, height) in cells(WINDOWS, (64, 64)):
        if name == "behind":
            atlas.paste(disc(hole=hole), (left, top))
        elif name not in ("still", "front"):
            across = width // 2 if name.startswith("mouth") else width
            patch = Image.new("RGBA", (across, height // 2), (*BLUE, 255))
            atlas.paste(patch, (left + (width - across) // 2, top + height // 4))
    return atlas


def _shown(pack, pose, emotion="neutral", level=255):
    image = np.full((80, 80, 3), level, np.uint8)
    life = pack.life(emotion, "neutral")
    Overlay().draw(image, 0, Shown(pack.sprite(emotion, "neutral"), None, life, pose), at((40, 40), 44))
    return image


def test_a_rig_has_all_its_parts(made):
    files = {"neutral.png": disc(), rig_file("neutral.png"): encoded(_atlas(), "WEBP", lossless=True)}
    rig = load_pack(made(files, RIG)).life("neutral", "female")
    assert isinstance(rig, Rig)
    assert all(part is not None for part in (*rig.eyes, *rig.lids, *rig.brows))
    assert rig.still is None
    assert len(rig.mouths) == MOUTHS
    assert rig.rest == 0
    assert rig.eyes[0].middle[0] < 32 < rig.eyes[1].middle[0]


def test_without_windows_an_atlas_is_not_used(made):
    files = {"neutral.png": disc(), rig_file("neutral.png"): encoded(_atlas(), "WEBP", lossless=True)}
    assert load_pack(made(files)).life("neutral", "female") is None


@pytest.mark.parametrize(
    ("atlas", "message"),
    [
        (encoded(_atlas(hole=(28, 28, 36, 36)), "WEBP", lossless=True), "not opaque"),
        (encoded(disc(), "WEBP", lossless=True), "its parts need"),
        (b"nonsense", "no PNG, WebP or GIF"),
    ],
)
def test_an_atlas_that_can_not_be_used_is_told_of_once_and_the_drawing_stays(made, caplog, atlas, message):
    pack = load_pack(made({"neutral.png": disc(), rig_file("neutral.png"): atlas}, RIG))
    with caplog.at_level(logging.WARNING):
        assert pack.life("neutral", "female") is pack.life("neutral", "female") is None
    assert len(caplog.records) == 1
    assert message in caplog.text
    assert _shown(pack, Pose(alive=1, mouth=1))[40, 40].tolist() == [0, 0, 255]


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("rig = 3", "is no table"),
        ("[rig]\neyes = [1, 2, 3]", "no valid 'eyes'"),
        (RIG.replace("[8, 16, 48, 12]", "[8, 16, 48, 1200]"), "that no drawing has"),
        (RIG.replace("[8, 16, 48, 12]", '["8", 16, 48, 12]'), "no valid 'eyes'"),
        (RIG + '\nopen = ["hapy"]', "a wrong 'open'"),
        (RIG + "\nears = []", "unknown 'ears'"),
    ],
)
def test_a_wrong_rig_is_refused(made, toml, message):
    refused(made({"neutral.png": disc()}, toml), message)


def test_a_pack_without_parts_stays_what_it_is(made):
    pack = load_pack(made({"neutral.png": disc()}))
    assert pack.life("happy", "female") is None
    assert np.array_equal(_shown(pack, Pose(alive=1, mouth=1, blinks=(1, 1))), _shown(pack, Pose()))


def test_second_pictures_give_a_simple_life(made):
    files = {
        "neutral.png": disc(),
        "happy.png": disc(GREEN),
        "blink.png": disc(BLUE),
        "happy_mouth_open.png": disc(BLUE),
    }
    pack = load_pack(made(files))
    assert isinstance(pack.life("neutral", "male"), Moments)
    middle = lambda *args: _shown(pack, *args)[40, 40].tolist()  # noqa: E731
    assert middle(Pose(alive=1, mouth=1)) == [0, 0, 255]
    assert middle(Pose(blinks=(1, 0))) == [255, 0, 0]
    assert middle(Pose(alive=1, mouth=1), "happy") == [255, 0, 0]
    assert middle(Pose(alive=1, mouth=0.5), "happy") == [128, 128, 0]
    assert middle(Pose(blinks=(1, 1)), "happy") == [0, 255, 0]


def test_what_a_second_picture_leaves_free_is_the_drawing_and_nobody_is_seen_through_it(made):
    pack = load_pack(made({"neutral.png": disc(), "blink.png": disc(BLUE, hole=(0, 0, 64, 32))}))
    for level in (0, 255):
        image = _shown(pack, Pose(blinks=(1, 1)), level=level)
        assert image[32, 40].tolist() == [0, 0, 255]
        assert image[50, 40].tolist() == [255, 0, 0]


def test_few_are_kept_open(copied):
    pack = load_pack(copied)
    for key in list(pack.drawings)[:8]:
        assert isinstance(pack.rigs.get(key, pack.drawings[key].sprites[0]), Rig)
    held = [life for life in pack.rigs._open.values() if life is not None]
    assert len(held) == 4


@pytest.fixture(scope="module")
def builder():
    pytest.importorskip("resvg_py", reason="resvg-py is not installed")
    before, modules = list(sys.path), set(sys.modules)
    spec = importlib.util.spec_from_file_location("emoji_rigs", PACKS / "rigs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path[:] = before
    for name in set(sys.modules) - modules:
        if name == "render":
            del sys.modules[name]


@pytest.mark.parametrize(("name", "key"), [("classic", ("happy", "male")), ("avatar", ("sad_calm", "female"))])
def test_rigs_match_their_sources(builder, name, key):
    pack = builder.Pack(name)
    atlases = list(builder.build(pack, [key]))
    assert builder.faults(pack, atlases) == []
    moved = Image.fromarray(np.roll(np.asarray(atlases[0][1]), 4, axis=0))
    assert "differs" in builder.faults(pack, [(atlases[0][0], moved)])[0]


def test_a_mouth_that_is_drawn_otherwise_when_open_is_told_of(builder):
    assert builder.between("M0 0L1 2", "M0 10L3 2", 0.5, "x") == "M0.00 5.00L2.00 2.00"
    with pytest.raises(builder.PackError, match="same commands"):
        builder.between("M0 0L1 2", "M0 0C1 2", 0.5, "x")
