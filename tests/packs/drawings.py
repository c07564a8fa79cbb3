"""Drawings and packs made for the tests, and what is seen of them."""

from __future__ import annotations

import io
import time
import zipfile

import numpy as np
import pytest
from PIL import Image

from realtime.errors import AssetError
from realtime.packs.pack import load_pack

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
# Parts of manifests: an ellipse for drawings of 64x64, and two skins.
COVER = "[cover]\ncenter = [32, 32]\nradii = [30, 30]"
SKINS = '[skins]\n"as drawn" = "a.png"\ndark = "b.png"'


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
    """Return the bytes of a file; options: pillow's."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def moving(kind, colours=(RED, GREEN, BLUE), **options):
    """Return an animation, a frame for each colour."""
    frames = [disc(colour) for colour in colours]
    lossless = {"lossless": True} if kind == "WEBP" else {}
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], **lossless, **options)


def folder(path, files, toml=None):
    """Make a pack in a folder, of pictures or bytes by name; return where it is."""
    path.mkdir()
    for name, content in files.items():
        (path / name).write_bytes(content if isinstance(content, bytes) else encoded(content))
    if toml is not None:
        (path / "pack.toml").write_text(toml, encoding="utf-8")
    return path


def zipped(path, files, **options):
    """Make a .zip of pictures or bytes by name; return where it is."""
    with zipfile.ZipFile(path, "w", **options) as opened:
        for name, content in files.items():
            opened.writestr(name, content if isinstance(content, bytes) else encoded(content))
    return path


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
