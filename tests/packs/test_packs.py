"""Packs that users bring: what is understood without a manifest, what moves, and what is refused."""

from __future__ import annotations

import io
import os
import stat
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from realtime.drawing.head import head_of
from realtime.drawing.overlay import draw_sprite
from realtime.errors import AssetError
from realtime.packs import archive, manifest
from realtime.packs import pack as emoji
from realtime.packs.archive import open_archive
from realtime.packs.check import check_pack, contact_sheet, describe_packs
from realtime.packs.library import PackLibrary
from realtime.packs.manifest import DEFAULT_PACK, nearest, read_manifest
from realtime.packs.pack import PACKS, Pack, find_packs, load_pack
from realtime.records import EMOTIONS, PRESENTATIONS, Region

ROOT = Path(__file__).parents[2]
HEAD = 0.61 / 0.745
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def disc(colour=RED, size=(64, 64), hole=None, alpha=255):
    """Return a picture with an opaque ellipse that fills it; hole: (left, top, right, bottom) without anything."""
    width, height = size
    y, x = np.mgrid[:height, :width] + 0.5
    pixels = np.zeros((height, width, 4), np.uint8)
    inside = ((x - width / 2) / (width / 2)) ** 2 + ((y - height / 2) / (height / 2)) ** 2 <= 1
    pixels[inside] = (*colour, alpha)
    if hole:
        left, top, right, bottom = hole
        pixels[top:bottom, left:right] = 0
    return Image.fromarray(pixels)


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def moving(kind, colours=(RED, GREEN, BLUE), **options):
    """Return an animation, a frame for each colour."""
    frames = [disc(colour) for colour in colours]
    lossless = {"lossless": True} if kind == "WEBP" else {}
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], **lossless, **options)


def folder(path, files, toml=None):
    path.mkdir()
    for name, content in files.items():
        (path / name).write_bytes(content if isinstance(content, bytes) else encoded(content))
    if toml is not None:
        (path / "pack.toml").write_text(toml, encoding="utf-8")
    return path


def zipped(path, files, **options):
    with zipfile.ZipFile(path, "w", **options) as opened:
        for name, content in files.items():
            opened.writestr(name, content if isinstance(content, bytes) else encoded(content))
    return path


@pytest.fixture
def made(tmp_path):
    """Return a function that makes a pack in a folder."""
    return lambda files, toml=None: folder(tmp_path / "mine", files, toml)


def colour(sprite):
    """Return the colour in the middle, RGB."""
    level = sprite.levels[0]
    return tuple(level[level.shape[0] // 2, level.shape[1] // 2, 2::-1].tolist())


def bare(sprite):
    """Return how many pixels inside a sprite's cover are not opaque."""
    alpha = sprite.levels[0][:, :, 3]
    y, x = np.mgrid[: alpha.shape[0], : alpha.shape[1]] + 0.5
    (cx, cy), (rx, ry) = sprite.cover_center, sprite.cover_radii
    return int((alpha[((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1] < 255).sum())


# ---- without a manifest


def test_one_picture_is_enough(made):
    pack = load_pack(made({"neutral.png": disc()}))
    assert (pack.name, pack.author, pack.licence, pack.skins, pack.skin) == ("mine", "", "", (), None)
    shown = {
        pack.sprite(e, p, strong) for e in (*EMOTIONS, "unsure") for p in PRESENTATIONS for strong in (True, False)
    }
    assert len(shown) == 1


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("happy.png", ("happy", "neutral")),
        ("happy_female.png", ("happy", "female")),
        ("happy_calm_male.webp", ("happy_calm", "male")),
        ("happy_neutral.gif", ("happy", "neutral")),
        ("neutral_female.apng", ("neutral", "female")),
        ("unsure.png", ("unsure", "neutral")),
        ("Happy_Calm.PNG", ("happy_calm", "neutral")),
    ],
)
def test_files_are_known_by_their_names(made, file, key):
    kind = {".webp": "WEBP", ".gif": "GIF"}.get(Path(file).suffix.lower(), "PNG")
    pack = load_pack(
        made({"neutral.png": disc(BLUE), file: encoded(disc(RED), kind), "angry.txt": b"", "hapy.png": b""})
    )
    assert set(pack.drawings) == {("neutral", "neutral"), key}
    assert np.abs(np.subtract(colour(pack.drawings[key].sprites[0]), RED)).max() < 5


def test_the_manifest_wins_over_file_names(made):
    toml = '[drawings.happy]\nneutral = "x.png"\nmale = "sad.png"'
    files = {
        "neutral.png": disc(),
        "happy.png": disc(RED),
        "happy.gif": b"",
        "sad.png": disc(BLUE),
        "x.png": disc(GREEN),
    }
    pack = load_pack(made(files, toml))
    assert [colour(pack.sprite("happy", p)) for p in ("neutral", "male", "female")] == [GREEN, BLUE, GREEN]
    assert colour(pack.sprite("sad", "neutral")) == BLUE
    assert pack.sprite("sad", "neutral") is pack.sprite("happy", "male")


ALL = [(n + c, p) for n in ("happy", "neutral") for c in ("", "_calm") for p in PRESENTATIONS] + [("unsure", "neutral")]


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        (
            ("happy", "female", True),
            "happy female, happy_calm female, happy neutral, happy_calm neutral, happy male, happy_calm male, "
            "neutral female, neutral_calm female, neutral neutral, neutral_calm neutral, neutral male",
        ),
        (("happy", "male", False), "happy_calm male, happy male, happy_calm neutral, happy neutral, happy_calm female"),
        (("happy", "neutral", True), "happy neutral, happy_calm neutral, happy female, happy_calm female, happy male"),
        (("sad", "female", True), "neutral female, neutral_calm female, neutral neutral"),
        (("unsure", "male", True), "unsure neutral, neutral male, neutral_calm male, neutral neutral"),
    ],
)
def test_what_is_missing_is_replaced_in_order(asked, order):
    there = list(ALL)
    for expected in order.split(", "):
        found = nearest(there, *asked)
        assert " ".join(found) == expected
        there.remove(found)


def test_a_pack_needs_a_neutral_drawing(made):
    with pytest.raises(AssetError, match=r"has no neutral drawing.*Add a neutral\.png"):
        load_pack(made({"happy.png": disc()}))


@pytest.mark.parametrize("other", ["neutral.gif", "Neutral.PNG", "neutral_neutral.png"])
def test_two_files_for_one_thing_are_refused(made, other):
    with pytest.raises(AssetError, match=r"for one thing\. Remove one"):
        load_pack(made({"neutral.png": disc(), other: disc()}))


@pytest.mark.parametrize("inside", ["", "pack/", "übung/"])
def test_a_zip_is_read_like_a_folder(tmp_path, monkeypatch, inside):
    monkeypatch.chdir(tmp_path)
    files = {
        f"{inside}neutral.png": disc(RED),
        f"{inside}Glücklich.png": disc(GREEN),
        f"{inside}pack.toml": '[drawings.happy]\nneutral = "Glu\u0308cklich.png"'.encode(),
        f"{inside}svg/happy.svg": b"<svg/>",
        "__MACOSX/._neutral.png": b"junk",
        ".DS_Store": b"junk",
    }
    path = zipped(tmp_path / "mine.zip", files)
    pack = load_pack(path)
    assert pack.name == "mine"
    assert [colour(pack.sprite(e, "male")) for e in ("sad", "happy")] == [RED, GREEN]
    assert list(tmp_path.iterdir()) == [path]


# ---- what hides the face


def test_the_largest_ellipse_that_is_opaque_in_all_drawings_is_found(made):
    pack = load_pack(
        made({"neutral.png": disc(size=(200, 200)), "happy.png": disc(size=(200, 200), hole=(0, 0, 40, 200))})
    )
    one, other = pack.sprite("sad", "male"), pack.sprite("happy", "male")
    assert (one.cover_center, one.cover_radii) == (other.cover_center, other.cover_radii)
    assert bare(one) == bare(other) == 0
    assert 70 < one.cover_radii[0] < 82
    assert one.cover_radii[0] / one.cover_radii[1] == pytest.approx(HEAD, abs=0.01)
    assert one.cover_center == pytest.approx((118, 100), abs=4)


def test_a_head_in_a_disc_reaches_its_rim(made):
    sprite = load_pack(made({"neutral.png": disc(size=(300, 300))})).sprite("sad", "male")
    assert sprite.cover_center == pytest.approx((150, 150), abs=1)
    assert 147 < sprite.cover_radii[1] <= 150


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "LA"])
def test_pictures_without_transparency_are_opaque_everywhere(made, mode):
    sprite = load_pack(made({"neutral.png": Image.new("RGBA", (120, 100), RED).convert(mode)})).sprite("sad", "male")
    assert sprite.levels[0].shape == (100, 120, 4)
    assert sprite.cover_center == pytest.approx((60, 50), abs=1)
    assert 48 < sprite.cover_radii[1] <= 50


def test_drawings_may_have_different_sizes(made):
    pack = load_pack(made({"neutral.png": disc(size=(100, 120)), "happy.png": disc(size=(300, 200))}))
    small, large = pack.sprite("sad", "male"), pack.sprite("happy", "male")
    assert bare(small) == bare(large) == 0
    assert small.cover_center == pytest.approx((50, 60), abs=1)
    assert large.cover_center == pytest.approx((150, 100), abs=1)


@pytest.mark.parametrize("toml", [None, "[cover]\ncenter = [450, 600]\nradii = [450, 600]"])
@pytest.mark.parametrize("size_px", [90, 250, 700])
def test_a_head_is_hidden_by_a_large_drawing(made, toml, size_px):
    """Drawings are kept small; the soft edge that scaling gives them lies outside the cover."""
    sprite = load_pack(made({"neutral.png": disc(size=(900, 1200))}, toml)).sprite("sad", "male")
    assert sprite.levels[0].shape == (512, 384, 4)
    assert bare(sprite) == 0
    region = Region((500.3, 480.7), size_px, 0.4)
    shown = [np.full((1000, 1000, 3), level, np.uint8) for level in (0, 255)]
    for image in shown:
        draw_sprite(image, sprite, head_of(region))
    y, x = np.mgrid[:1000, :1000] + 0.5
    dx, dy = x - head_of(region).center[0], y - head_of(region).center[1]
    across, down = dx * np.cos(0.4) + dy * np.sin(0.4), dy * np.cos(0.4) - dx * np.sin(0.4)
    head = (across / (0.61 * size_px)) ** 2 + (down / (0.745 * size_px)) ** 2 <= 1
    assert np.array_equal(shown[0][head], shown[1][head])


COVER = "[cover]\ncenter = [32, 32]\nradii = [30, 30]"


def test_a_declared_cover_is_taken(made):
    sprite = load_pack(made({"neutral.png": disc()}, COVER)).sprite("sad", "male")
    assert (sprite.cover_center, sprite.cover_radii) == ((32, 32), (30, 30))


def test_a_cover_that_shows_the_face_is_refused(made):
    files = {"neutral.png": disc(), "happy.png": disc(hole=(30, 20, 34, 25)), "sad.gif": disc(hole=(10, 30, 11, 31))}
    files["sad.gif"] = encoded(files["sad.gif"], "GIF")
    with pytest.raises(AssetError) as caught:
        load_pack(made(files, COVER))
    assert "would let a face be seen" in str(caught.value)
    assert "happy.png (20 pixels in 4x5 at 30, 20), sad.gif (1 pixels in 1x1 at 10, 30)." in str(caught.value)
    assert "neutral.png" not in str(caught.value)


def test_a_single_frame_that_shows_the_face_is_refused(made):
    frames = [disc(RED), disc(GREEN, hole=(20, 20, 40, 40)), disc(BLUE)]
    data = encoded(frames[0], save_all=True, append_images=frames[1:], duration=50, disposal=1)
    with pytest.raises(AssetError, match=r"happy.png \(400 pixels"):
        load_pack(made({"neutral.png": disc(), "happy.png": data}, COVER))


@pytest.mark.parametrize("cover", ["center = [32, 32]\nradii = [33, 30]", "center = [10, 32]\nradii = [20, 20]"])
def test_a_cover_that_reaches_out_of_the_drawings_is_refused(made, cover):
    with pytest.raises(AssetError, match="reaches out of the drawings, which are 64x64"):
        load_pack(made({"neutral.png": Image.new("RGB", (64, 64))}, f"[cover]\n{cover}"))


@pytest.mark.parametrize("drawn", [disc(alpha=254), disc(hole=(0, 8, 64, 56)), Image.new("RGBA", (64, 64))])
def test_drawings_that_can_hide_nothing_are_refused(made, drawn):
    with pytest.raises(AssetError, match=r"no opaque area in common .* happy\.png least of all"):
        load_pack(made({"neutral.png": disc(), "happy.png": drawn}))


# ---- what moves


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_animations_are_played_in_their_time(made, kind):
    pack = load_pack(made({f"neutral.{kind.lower()}": moving(kind, duration=[100, 200, 300])}))
    times_s = (0, 0.05, 0.11, 0.25, 0.31, 0.59, 0.61, 0.75, 60.15, -0.1)
    shown = [pack.sprite("sad", "male", True, time_s) for time_s in times_s]
    expected = [RED, RED, GREEN, GREEN, BLUE, BLUE, RED, GREEN, GREEN, BLUE]
    assert all(np.abs(np.subtract(colour(s), e)).max() < 5 for s, e in zip(shown, expected, strict=True))
    assert len(set(shown)) == 3  # a frame is the same object each time
    assert not any(bare(sprite) for sprite in shown)
    assert len(pack.drawings["neutral", "neutral"].sprites) == 3


def test_a_still_picture_is_the_same_at_all_times(made):
    pack = load_pack(made({"neutral.png": disc()}))
    assert len({pack.sprite("sad", "male", True, time_s) for time_s in (-1e-20, 0, 3.7, 1e9)}) == 1


def test_frames_without_a_time_are_shown_for_as_long_as_in_a_browser(made):
    pack = load_pack(made({"neutral.gif": moving("GIF", duration=0)}))
    assert pack.drawings["neutral", "neutral"].ends_s == pytest.approx((0.1, 0.2, 0.3))


def test_the_picture_for_programs_that_play_nothing_is_left_out(made):
    pack = load_pack(made({"neutral.png": moving("PNG", default_image=True, duration=50)}))
    assert [colour(sprite) for sprite in pack.drawings["neutral", "neutral"].sprites] == [GREEN, BLUE]


def test_sixty_frames_are_the_most(made, tmp_path):
    colours = [(4 * n, 0, 0) for n in range(61)]
    pack = load_pack(made({"neutral.gif": moving("GIF", colours[:60], duration=50)}))
    assert len(pack.drawings["neutral", "neutral"].sprites) == 60
    for kind in ("PNG", "WEBP", "GIF"):
        path = folder(tmp_path / kind, {"neutral.png": moving(kind, colours, duration=50)})
        with pytest.raises(AssetError, match=r"neutral.png has more than 60 frames. Leave some out"):
            load_pack(path)


def test_a_pack_has_a_limit_of_pixels(made, monkeypatch):
    monkeypatch.setattr(emoji, "_MAX_KEPT_PX", 4 * 64 * 64)
    path = made({"neutral.png": disc(), "sad.gif": moving("GIF", duration=50)})
    assert load_pack(path)
    (path / "happy.png").write_bytes(encoded(disc()))
    with pytest.raises(AssetError, match=r"million pixels together. Use fewer frames"):
        load_pack(path)


# ---- skins and cards

SKINS = '[skins]\n"as drawn" = "a.png"\ndark = "b.png"'


@pytest.fixture
def skinned(made):
    clear = Image.new("RGBA", (64, 64))
    clear.putpixel((32, 32), (255, 255, 255, 255))
    return made({"neutral.png": clear, "a.png": disc(RED), "b.png": disc(BLUE)}, SKINS)


def test_the_first_skin_is_the_default(skinned):
    for skin, name, shown in [(None, "as drawn", RED), ("as drawn", "as drawn", RED), ("dark", "dark", BLUE)]:
        pack = load_pack(skinned, skin)
        assert (pack.skin, pack.skins) == (name, ("as drawn", "dark"))
        level = pack.sprite("sad", "male").levels[0]
        assert tuple(level[40, 40, 2::-1]) == shown
        assert tuple(level[32, 32]) == (255, 255, 255, 255)


def test_an_unknown_skin_is_refused_where_there_are_any(skinned, tmp_path):
    with pytest.raises(AssetError, match=r"has no skin 'green'. Choose one of: as drawn, dark."):
        load_pack(skinned, "green")
    assert load_pack(folder(tmp_path / "plain", {"neutral.png": disc()}), "green").skin is None


def test_a_skin_has_the_size_of_its_drawings(skinned):
    (skinned / "b.png").write_bytes(encoded(disc(size=(80, 64))))
    assert load_pack(skinned)
    with pytest.raises(AssetError, match="is 64x64, and its skin 80x64"):
        load_pack(skinned, "dark")


def test_cards_fill_the_frame_without_being_stretched(made):
    card = Image.new("RGB", (320, 160), GREEN)
    card.paste(BLUE, (0, 0, 80, 160))  # cut off when the frame is square
    card.paste(RED, (80, 0, 160, 160))
    pack = load_pack(made({"neutral.png": disc(), "paused.png": card}))
    for size in ((160, 160), (640, 640), (40, 40)):
        shown = pack.card("paused", size)
        assert shown.shape == (size[1], size[0], 3)
        assert shown.dtype == np.uint8
        assert shown[5, 5].tolist() == [0, 0, 255]
        assert shown[-5, -5].tolist() == [0, 255, 0]
    assert pack.card("lost", (160, 160)) is None
    assert pack.card("paused", (3, 2000)).shape == (2000, 3, 3)


# ---- the pack in use


def test_packs_are_loaded_when_they_are_asked_for(monkeypatch):
    loaded = []
    monkeypatch.setattr(
        "realtime.packs.library.load_pack", lambda path, skin=None: loaded.append(path.name) or path.name
    )
    library = PackLibrary()
    assert loaded == [DEFAULT_PACK]
    library.next_pack()
    assert library.current == "avatar"
    library.next_pack()
    assert loaded == [DEFAULT_PACK, "avatar", DEFAULT_PACK]


def test_skins_go_round_and_are_remembered(tmp_path, skinned, monkeypatch):
    plain = folder(tmp_path / "plain", {"neutral.png": disc()})
    monkeypatch.setattr("realtime.packs.library.find_packs", lambda chosen: [skinned, plain])
    library = PackLibrary("mine")
    worn = [library.current.skin]
    for change in ("next_skin", "next_skin", "next_skin", "next_pack", "next_skin", "next_pack"):
        getattr(library, change)()
        worn.append(library.current.skin)
    assert worn == ["as drawn", "dark", "as drawn", "dark", None, None, "dark"]


def test_an_artist_sees_changes_at_once(made):
    path = made({"neutral.png": disc(RED)})
    library = PackLibrary(str(path))
    before = library.current
    (path / "happy.png").write_bytes(encoded(disc(BLUE)))
    library.reload()
    assert library.current is not before
    assert colour(library.current.sprite("happy", "male")) == BLUE


@pytest.mark.parametrize("change", ["reload", "next_skin"])
def test_a_pack_that_breaks_is_told_and_the_old_one_stays(skinned, caplog, change):
    library = PackLibrary(str(skinned), "as drawn")
    before = library.current
    whole = (skinned / "neutral.png").read_bytes()
    (skinned / "neutral.png").write_bytes(whole[:60])  # as while a program saves it
    getattr(library, change)()
    assert library.current is before
    assert "neutral.png is no PNG, WebP or GIF" in caplog.text
    assert "The pack in use stays." in caplog.text
    (skinned / "neutral.png").write_bytes(whole)
    library.reload()
    assert library.current is not before
    assert library.current.skin == "as drawn"


def test_a_broken_pack_is_passed_over(tmp_path, caplog, monkeypatch):
    good = [folder(tmp_path / name, {"neutral.png": disc()}) for name in "ac"]
    broken = folder(tmp_path / "b", {"neutral.png": b""})
    monkeypatch.setattr("realtime.packs.library.find_packs", lambda chosen: [good[0], broken, good[1]])
    library = PackLibrary("a")
    names = [library.current.name]
    for _ in range(2):
        library.next_pack()
        names.append(library.current.name)
    assert names == ["a", "c", "a"]
    assert caplog.text.count("The pack in use stays.") == 1


def test_a_shipped_pack_is_loaded_quickly():
    """150 ms is what the start of the program may take for it; more is for machines that do other things."""
    spent = []
    for _ in range(3):
        start = time.process_time()
        load_pack(PACKS / DEFAULT_PACK)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.4


# ---- what artists are told


def test_packs_are_described(skinned, tmp_path):
    lines = list(describe_packs(str(skinned)))
    assert " ".join(lines[0].split()) == "mine mine, by nobody, no licence, 1 drawing, skins as drawn, dark"
    assert [line.split()[0] for line in lines[1:]] == ["classic", "avatar"]
    assert "Classic, by The emoji camera authors, MIT, 42 drawings" in lines[1]
    (skinned / "neutral.png").unlink()
    assert "can't be used" in next(describe_packs(str(skinned)))


def test_a_pack_is_checked(tmp_path, monkeypatch, made):
    monkeypatch.chdir(tmp_path)
    files = {"neutral.png": disc(), "happy_female.gif": moving("GIF", duration=50), "sad.png": disc(size=(80, 80))}
    lines = list(check_pack(str(made({**files, "hapy.png": disc()}, 'author = "Ann"'))))
    text = "\n".join(lines)
    assert lines[0] == "mine, by Ann, no licence, 3 drawings"
    assert "angry          missing (neutral.png)" in text
    assert "happy          female happy_female.gif, male (happy_female.gif), neutral (happy_female.gif)" in text
    assert "sad_calm       missing (sad.png)" in text
    assert "Not used: hapy.png" in text
    assert "No licence is named" in text
    assert "No author" not in text
    assert "Size: 80x80, opaque around 40, 40" in text
    assert "Moves: happy female, 3 frames, 0.15 s" in text
    assert lines[-1] == "The pack can be used."
    assert cv2.imread("mine-check.png").shape == contact_sheet(load_pack(tmp_path / "mine")).shape
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "mine-check.png"]


def test_the_contact_sheet_marks_what_stands_in(made):
    sheet = contact_sheet(load_pack(made({"neutral.png": disc(RED)})))
    marked = (sheet == (190, 190, 215)).all(2)
    first, own = marked[40:160, 104:232], marked[32 + 6 * 144 + 8 :, 96 + 2 * 144 + 8 :][:128, :128]
    assert first.mean() > 0.2
    assert not own.any()


def test_each_skin_is_checked(skinned, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (skinned / "b.png").write_bytes(encoded(disc(alpha=100)))
    lines = []
    with pytest.raises(AssetError, match="can't be used"):
        lines.extend(line for line in check_pack(str(skinned)) if not lines.append(line))
    assert any(line.startswith("Problem with skin dark: The pack") for line in lines)
    assert not any(line.startswith("Problem with skin as drawn") for line in lines)


def test_the_command_line_checks_and_lists(tmp_path):
    folder(tmp_path / "good", {"neutral.png": disc()})
    folder(tmp_path / "bad", {"neutral.png": disc(hole=(20, 20, 40, 40))}, COVER)
    zipped(tmp_path / "none.zip", {"x.txt": b""})

    def app(*args):
        command = [sys.executable, ROOT / "app.py", *args]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    good, bad, none = (app("--check-pack", name) for name in ("good", "bad", "none.zip"))
    listed = app("--list-packs", "--pack", "good")
    assert (good.returncode, good.stderr) == (0, "")
    assert (tmp_path / "good-check.png").is_file()
    assert bad.returncode == 5
    assert "neutral.png (400 pixels" in bad.stdout
    assert bad.stderr.startswith("app.py: The pack bad can't be used")
    assert none.returncode == 5
    assert "no neutral drawing" in none.stderr
    assert (listed.returncode, listed.stderr) == (0, "")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["good", "classic", "avatar"]


# ---- hostile pictures


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width, height, *more):
    """Return a PNG that says to be of a size, with more chunks."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join([chunk(b"IHDR", header), *more, chunk(b"IEND", b"")])


def gif(screen, frame):
    """Return a GIF that says to be of a size, with a frame that says to be of another."""
    image = bytearray(encoded(Image.new("P", (40, 40)), "GIF"))
    struct.pack_into("<HH", image, 6, *screen)
    at = image.index(b",\0\0\0\0")
    struct.pack_into("<HH", image, at + 5, *frame)
    return bytes(image)


def webp(width, height):
    """Return a WebP whose canvas says to be of a size."""
    body = (
        b"VP8X" + struct.pack("<IB3x", 10, 0x10) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def growing_gif():
    """Return a GIF whose second frame is larger than its first."""
    small, large = (encoded(Image.new("P", (side, side)), "GIF") for side in (40, 64))
    return small[:-1] + large[large.index(b",\0\0\0\0") :]


def unplayed_png():
    """Return an animated PNG that has only the picture for programs that play nothing."""
    data = moving("PNG", (RED, GREEN), default_image=True)
    return data[: data.index(b"fdAT") - 4] + chunk(b"IEND", b"")


PICTURES = {
    "png bomb": (png(60_000, 60_000), "too large: sides of 32 to 2048"),
    "png wide": (png(100_000, 40), "100000x40; sides of|too large"),
    "png without pixels": (png(64, 64), "no PNG, WebP or GIF"),
    "png of size 0": (png(0, 0), "no PNG, WebP or GIF"),
    "gif bomb": (gif((65_535, 65_535), (40, 40)), "too large"),
    "gif growing": (gif((40, 40), (65_535, 65_535)), "too large|no PNG, WebP or GIF"),
    "gif growing a little": (growing_gif(), "frames of different sizes"),
    "animation of nothing": (unplayed_png(), "has no frames"),
    "webp bomb": (webp(16_383, 16_383), "too large|no PNG, WebP or GIF"),
    "webp beyond": (webp(1 << 24, 1 << 24), "too large|no PNG, WebP or GIF"),
    "too small": (encoded(disc(size=(20, 64))), "20x64; sides of 32 to 2048"),
    "too narrow": (encoded(Image.new("RGB", (2048, 40))), "too narrow"),
    "not a picture": (b"\x7fELF" + bytes(100), "its content is something else"),
    "empty": (b"", "its content is something else"),
    "jpeg": (encoded(disc().convert("RGB"), "JPEG"), "its content is something else"),
    "tiff": (encoded(disc(), "TIFF"), "its content is something else"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>', "its content is something else"),
    "text bomb": (png(64, 64, chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(10_000_000)))), "no PNG, WebP or GIF"),
    "profile bomb": (png(64, 64, chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(10_000_000)))), "no PNG, WebP or GIF"),
    "pixel bomb": (png(64, 64, chunk(b"IDAT", zlib.compress(bytes(10_000_000)))), "no opaque area"),
    "frames untold": (png(64, 64, chunk(b"acTL", struct.pack(">II", 1 << 31, 0))), "no PNG, WebP or GIF"),
    "too many bytes": (encoded(disc()) + bytes(20_000_000), "larger than 20 MB"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_hostile_pictures_are_refused(made, name):
    data, message = PICTURES[name]
    refused(made({"neutral.png": data}), message)


def refused(path, message):
    """Expect a pack to be refused quickly, and with a message of one line that says what to do."""
    start = time.process_time()
    with pytest.raises(AssetError, match=message) as caught:
        load_pack(path)
    assert time.process_time() - start < 3
    text = str(caught.value)
    assert text.isprintable()
    assert text.endswith(".")
    assert len(text) < 800


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_a_damaged_picture_never_is_more_than_refused(tmp_path, kind):
    """Cut anywhere, or with bytes changed anywhere; what is read in spite of it hides a face."""
    whole, rng = moving(kind, duration=50), np.random.default_rng(5)
    path = folder(tmp_path / "mine", {"neutral.png": disc()})
    cuts = [whole[: len(whole) * n // 60] for n in range(60)]
    for n in range(240):
        data = np.frombuffer(cuts[n], np.uint8) if n < len(cuts) else np.frombuffer(whole, np.uint8).copy()
        if n >= len(cuts):
            # Headers are short and interesting.
            places = rng.integers(0, 120 if n % 2 else len(data), 4)
            data[places] = rng.integers(0, 256, 4)
        (path / "happy.png").write_bytes(data.tobytes())
        try:
            pack = load_pack(path)
        except AssetError:
            continue
        assert not any(bare(sprite) for sprite in pack.drawings["happy", "neutral"].sprites)


# ---- hostile folders and zips


def entry(name, mode=None, **changes):
    made = zipfile.ZipInfo(name)
    if mode is not None:
        made.external_attr = mode << 16
    for key, value in changes.items():
        setattr(made, key, value)
    return made


def hostile_zip(entries):
    def make(path):
        with zipfile.ZipFile(path, "w") as opened, pytest.MonkeyPatch.context() as patch:
            patch.setattr("warnings.warn", lambda *args, **kwargs: None)  # of names that are there twice
            opened.writestr("neutral.png", encoded(disc()))
            for one in entries:
                opened.writestr(one, b"/etc/passwd", one.compress_type)

    return make


def changed_zip(change):
    def make(path):
        zipped(path, {"neutral.png": disc(), "pack.toml": b"name = 'x'"})
        path.write_bytes(change(path.read_bytes()))

    return make


def bomb(path, size=30_000_000, lie=False):
    zipped(path, {"neutral.png": bytes(size)}, compression=zipfile.ZIP_DEFLATED)
    if lie:  # the size that is told, in the file's header and in the table
        path.write_bytes(path.read_bytes().replace(struct.pack("<I", size), struct.pack("<I", 1000)))


def many(path, tell=True):
    zipped(path, {f"{n}.png": b"" for n in range(600)})
    if not tell:  # the number of entries, which is twice in the end
        path.write_bytes(path.read_bytes().replace(struct.pack("<HH", 600, 600), struct.pack("<HH", 1, 1)))


ZIPS = {
    "traversal": (hostile_zip([entry("../evil.png")]), "leads out of the pack"),
    "deep traversal": (hostile_zip([entry("a/../../evil.png")]), "leads out of the pack"),
    "absolute": (hostile_zip([entry("/etc/evil.png")]), "leads out of the pack"),
    "backslash": (hostile_zip([entry("..\\evil.png")]), "leads out of the pack"),
    "drive": (hostile_zip([entry("C:evil.png")]), "leads out of the pack"),
    "link": (hostile_zip([entry("happy.png", stat.S_IFLNK | 0o777)]), "a link in place of a file"),
    "twice": (hostile_zip([entry("neutral.png")]), "two files called 'neutral.png'"),
    "twice composed": (hostile_zip([entry("\u00e9.png"), entry("e\u0301.png")]), "two files called"),
    "escape": (hostile_zip([entry("a\x1b[2Jb.png")]), r"a name that can't be shown"),
    "nul": (changed_zip(lambda data: data.replace(b"pack.toml", b"pack\0toml")), "a name that can't be shown"),
    "turned around": (hostile_zip([entry("\u202egnp.yppah.png")]), "a name that can't be shown"),
    "lzma": (hostile_zip([entry("happy.png", compress_type=zipfile.ZIP_LZMA)]), "an unusual compression"),
    "bzip2": (hostile_zip([entry("happy.png", compress_type=zipfile.ZIP_BZIP2)]), "an unusual compression"),
    "password": (
        changed_zip(lambda data: data.replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\x01\0")),
        "a password",
    ),
    "bomb": (bomb, "larger than 20 MB"),
    "lying bomb": (lambda path: bomb(path, lie=True), "is damaged|no PNG, WebP or GIF"),
    "many files": (many, "more than 500 files"),
    "many files, untold": (lambda path: many(path, tell=False), "more than 500 files"),
    "no zip": (lambda path: path.write_bytes(b"PK" + bytes(500)), "no .zip that can be read"),
    "empty": (lambda path: path.write_bytes(b""), "no .zip that can be read"),
    "cut": (changed_zip(lambda data: data[:-30]), "no .zip that can be read"),
    "damaged": (changed_zip(lambda data: data.replace(b"IDAT", b"IDOT")), "neutral.png in .* is damaged"),
    "no files": (lambda path: zipped(path, {}), "no files at its top or in one single folder"),
    "deep": (lambda path: zipped(path, {"a/b/neutral.png": disc()}), "no files at its top or in one single folder"),
    "two folders": (lambda path: zipped(path, {f"{f}/neutral.png": disc() for f in "ab"}), "no files at its top"),
    "a zip in a zip": (lambda path: zipped(path, {"mine.zip": b"PK\x05\x06" + bytes(18)}), "no neutral drawing"),
}


@pytest.mark.parametrize("name", ZIPS)
def test_hostile_zips_are_refused(tmp_path, name):
    make, message = ZIPS[name]
    make(tmp_path / "mine.zip")
    refused(tmp_path / "mine.zip", message)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.zip"]


def test_a_damaged_zip_never_is_more_than_refused(tmp_path):
    path, rng = tmp_path / "mine.zip", np.random.default_rng(6)
    whole = zipped(path, {"pack/neutral.png": disc(), "pack/pack.toml": COVER.encode()}).read_bytes()
    loaded = 0
    for n in range(300):
        data = np.frombuffer(whole, np.uint8).copy()
        data[rng.integers(len(data) - 200 if n % 2 else 0, len(data), 3)] = rng.integers(0, 256, 3)
        path.write_bytes(data.tobytes())
        try:
            load_pack(path)
            loaded += 1
        except AssetError:
            continue
    assert 0 < loaded < 300


def test_all_files_together_have_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 10_000)
    files = open_archive(zipped(tmp_path / "mine.zip", {"a": bytes(6000), "b": bytes(4001)}, compression=8))
    assert len(files.read("a")) == 6000
    with pytest.raises(AssetError, match=r"larger than 10 kB together"):
        files.read("b")
    (tmp_path / "large.zip").write_bytes(bytes(10_001))
    with pytest.raises(AssetError, match=r"large.zip is larger than 10 kB"):
        open_archive(tmp_path / "large.zip")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names and links")
def test_a_folder_is_not_left(tmp_path, made):
    """Links that lead out of it, pipes, folders and names that can't be shown are not its files."""
    path = made({"happy.png": disc(), "a\x1b[2J.png": b"", ".neutral.png": disc()})
    (tmp_path / "secret.png").write_bytes(encoded(disc()))
    (path / "neutral.png").symlink_to(tmp_path / "secret.png")
    (path / "neutral_male.png").symlink_to("/dev/zero")
    (path / "neutral_female.png").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(path / "neutral.gif")
    assert open_archive(path).names == ["happy.png"]
    with pytest.raises(AssetError, match="no neutral drawing"):
        load_pack(path)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_folder_may_be_linked_and_link_within(tmp_path, made):
    path = made({"neutral.png": disc()})
    (path / "happy.png").symlink_to("neutral.png")
    (tmp_path / "other").symlink_to(path)
    assert set(load_pack(tmp_path / "other").drawings) == {("neutral", "neutral"), ("happy", "neutral")}


def test_a_folder_has_a_limit_of_files(made):
    refused(made({f"{n}.txt": b"" for n in range(501)}), "more than 500 files")


def test_what_is_no_pack_is_named(tmp_path):
    (tmp_path / "photo.png").write_bytes(encoded(disc()))
    for chosen in ("nothing", str(tmp_path / "photo.png"), str(tmp_path / "none.zip"), "~nobody/x", "a\nb"):
        with pytest.raises(AssetError, match="There is no emoji pack"):
            find_packs(chosen)
    with pytest.raises(AssetError, match="can't be read"):
        load_pack(tmp_path / "none")


def test_a_pack_that_goes_away_is_an_error_of_the_pack(made):
    path = made({"neutral.png": disc()})
    files = open_archive(path)
    (path / "neutral.png").unlink()
    with pytest.raises(AssetError, match=r"neutral\.png can't be read"):
        files.read("neutral.png")


# ---- hostile manifests

MANIFESTS = {
    "no toml": ("name = [", "no valid TOML"),
    "deep": ("x = " + "[" * 15_000, "no valid TOML"),
    "deep tables": ("x = " + "{a=" * 5_000, "no valid TOML"),
    "long number": ("x = " + "1" * 15_000, "no valid TOML"),
    "large": ("#" * 21_000, "larger than 20 kB"),
    "control characters": ("name = '\x1b[2J'", "no valid TOML"),
    "name": ("name = 3", "has a name that is no text"),
    "author": ("author = ['x']", "has a author that is no text"),
    "licence": ("licence = {}", "has a licence that is no text"),
    "cover": ("cover = 3", "has a 'cover' that is no table"),
    "cover without": ("[cover]\nradii = [3, 3]", r"no valid \[cover\]"),
    "cover of text": ("[cover]\ncenter = ['a', 'b']\nradii = [3, 3]", r"no valid \[cover\]"),
    "cover of truths": ("[cover]\ncenter = [true, true]\nradii = [3, 3]", r"no valid \[cover\]"),
    "cover of one": ("[cover]\ncenter = [3]\nradii = [3, 3, 3]", r"no valid \[cover\]"),
    "cover of nothing": ("[cover]\ncenter = [nan, inf]\nradii = [3, 3]", r"no valid \[cover\]"),
    "cover below": ("[cover]\ncenter = [-3, 3]\nradii = [3, 3]", r"no valid \[cover\]"),
    "cover beyond": ("[cover]\ncenter = [1e300, 3]\nradii = [3, 3]", r"no valid \[cover\]"),
    "cover too small": ("[cover]\ncenter = [32, 32]\nradii = [1e-300, 1e-300]", "or is tiny"),
    "drawings": ("drawings = 'x'", "has a 'drawings' that is no table"),
    "drawings of a list": ("[[drawings]]\n", "has a 'drawings' that is no table"),
    "drawing": ("drawings.happy = 'happy.png'", "has a 'drawings.happy' that is no table"),
    "unknown drawing": ("[drawings.bored]", "unknown 'bored' in .drawings.. Known are: angry, angry_calm"),
    "unknown presentation": ("[drawings.happy]\nboth = 'neutral.png'", "unknown 'both'"),
    "number": ("[drawings.happy]\nmale = 3", "male in .drawings.happy. that is no file's name"),
    "traversal": ("[drawings.happy]\nmale = '../secret.png'", "outside the pack"),
    "absolute": ("[drawings.happy]\nmale = '/etc/passwd'", "outside the pack"),
    "drive": ("[drawings.happy]\nmale = 'C:secret.png'", "outside the pack"),
    "backslash": ("[drawings.happy]\nmale = '..\\secret.png'", "outside the pack"),
    "parent": ("[drawings.happy]\nmale = '..'", "not there"),
    "nothing": ("[drawings.happy]\nmale = ''", "not there"),
    "missing": ("[drawings.happy]\nmale = 'happy.png'", "a file that is not there"),
    "itself": ("[drawings.happy]\nmale = 'pack.toml'", "pack.toml is no PNG"),
    "escape": ('[drawings.happy]\nmale = "\\u001b[2J"', "a file that is not there"),
    "long": ("[drawings.happy]\nmale = '" + "x" * 9000 + "'", "a file that is not there"),
    "skins": ("skins = ['neutral.png']", "has a 'skins' that is no table"),
    "skin": ("[skins]\na = ['neutral.png']", "that is no file's name"),
    "skin missing": ("[skins]\na = 'a.png'", "a file that is not there"),
    "cards": ("cards = 3", "has a 'cards' that is no table"),
    "unknown card": ("[cards]\nwelcome = 'neutral.png'", "Known are: paused, lost"),
    "card missing": ("[cards]\nlost = '../lost.png'", "outside the pack"),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_hostile_manifests_are_refused(made, name):
    toml, message = MANIFESTS[name]
    refused(made({"neutral.png": disc()}, toml), message)


def test_a_manifest_in_another_encoding_is_refused(made):
    refused(made({"neutral.png": disc(), "pack.toml": "name = 'ü'".encode("latin-1")}), "no valid TOML")


def test_the_slowest_manifest_is_short_enough(made):
    """A very long dotted key takes tomllib a time that grows faster than its length."""
    path = made({"neutral.png": disc()}, ".".join("a" * (manifest._MAX_BYTES // 2 - 10)) + " = 1")
    start = time.process_time()
    assert isinstance(load_pack(path), Pack)
    assert time.process_time() - start < 6


def test_what_is_shown_of_a_manifest_is_harmless(made):
    names = read_manifest(
        open_archive(made({"neutral.png": disc()}, f'name = "a\\u001b[2J\\nb"\nauthor = "{"x" * 999}"'))
    )
    assert names.name == "a?[2J?b"
    assert len(names.author) == 200
