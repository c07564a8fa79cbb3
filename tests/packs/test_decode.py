"""Pictures and animations that nobody vouches for."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from realtime.errors import AssetError
from realtime.packs.pack import load_pack
from tests.packs.drawings import (
    BLUE,
    GREEN,
    RED,
    bare,
    colour,
    disc,
    encoded,
    folder,
    moving,
    refused,
)


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


def chunk(name, body):
    """Return a part of a PNG."""
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
