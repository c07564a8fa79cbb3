"""Lines of text in a picture, in any of the program's languages.

OpenCV's own letters are Latin; others come from a font of the system, and are shaped by Pillow.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

# The languages that OpenCV has no letters for -> files of fonts that have them, as systems bring them along.
_FONTS = {
    "hi": (
        "/usr/share/fonts/truetype/noto/NotoSansDevanagari-Regular.ttf",
        "/usr/share/fonts/google-noto/NotoSansDevanagari-Regular.ttf",
        "/usr/share/fonts/google-noto-vf/NotoSansDevanagari[wght].ttf",
        "/usr/share/fonts/noto/NotoSansDevanagari-Regular.ttf",
        "/usr/share/fonts/truetype/lohit-devanagari/Lohit-Devanagari.ttf",
        "/System/Library/Fonts/Kohinoor.ttc",
        "/System/Library/Fonts/Supplemental/Devanagari Sangam MN.ttc",
        "C:/Windows/Fonts/Nirmala.ttc",
        "C:/Windows/Fonts/Nirmala.ttf",
        "C:/Windows/Fonts/mangal.ttf",
    )
}
# The last letter that OpenCV draws.
_LATIN = "\u024f"
# OpenCV's letters of scale 1 are about as high as those of a font of this size.
_FONT_PX = 28


def writable(language: str) -> bool:
    """Return whether this machine has letters for a language."""
    return language not in _FONTS or _font_file() is not None


def write_lines(image: np.ndarray, lines: list[str]) -> None:
    """Write lines into the picture's upper left, on a darkened panel, in place. image: uint8 (H, W, 3) BGR."""
    if not lines:
        return
    scale = image.shape[0] / 900
    step, margin = round(36 * scale), round(14 * scale)
    width = max(width_of(line, scale) for line in lines)
    panel = image[: step * len(lines) + margin, : width + 2 * margin]
    cv2.convertScaleAbs(panel, dst=panel, alpha=0.35)
    for number, line in enumerate(lines, start=1):
        write(panel, line, (margin, step * number), scale)


def _is_latin(line: str) -> bool:
    return not line or max(line) <= _LATIN or _font_file() is None


def width_of(line: str, scale: float) -> int:
    """Return how wide a line is, in pixels, where a scale of 1 has letters of 28 pixels."""
    if _is_latin(line):
        return int(cv2.getTextSize(line, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)[0][0])
    return round(_font(round(_FONT_PX * scale)).getlength(line))


def write(
    image: np.ndarray, line: str, at: tuple[int, int], scale: float, bgr: tuple[int, int, int] = (255, 255, 255)
) -> None:
    """Write a line into a picture, uint8 (H, W, 3) BGR, in place. at: (x, y) of the beginning of its base line."""
    if _is_latin(line):
        cv2.putText(image, line, at, cv2.FONT_HERSHEY_SIMPLEX, scale, bgr, 1, cv2.LINE_AA)
        return
    letters, left, top = _letters(line, round(_FONT_PX * scale))
    x, y = at[0] + left, at[1] + top
    letters = letters[max(-y, 0) : max(image.shape[0] - y, 0), max(-x, 0) : max(image.shape[1] - x, 0)]
    part = image[max(y, 0) : max(y, 0) + letters.shape[0], max(x, 0) : max(x, 0) + letters.shape[1]]
    part[:] = part + (np.array(bgr) - part) * (letters[..., None] / 255)


@functools.lru_cache(maxsize=256)
def wrapped(text: str, scale: float, width_px: int) -> tuple[str, ...]:
    """Return a text as lines that are no wider, but for words that are. Lines that are asked for again cost nothing."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, scale) <= width_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


@functools.lru_cache(maxsize=64)
def _letters(line: str, size_px: int) -> tuple[np.ndarray, int, int]:
    """Return a line as how much of each pixel it covers, uint8 (H, W), and where its left and top are from its base.

    Shaping and drawing it takes some milliseconds, and most lines are written in many frames.
    """
    font = _font(size_px)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(line, anchor="ls"))
    drawn = Image.new("L", (max(right - left, 1), max(bottom - top, 1)))
    ImageDraw.Draw(drawn).text((-left, -top), line, 255, font, anchor="ls")
    return np.asarray(drawn), left, top


@functools.cache
def _font_file() -> str | None:
    """Return a font of this system for the languages OpenCV has no letters for."""
    for file in (file for files in _FONTS.values() for file in files):
        if os.path.isfile(file):
            return file
    return None


@functools.lru_cache(maxsize=8)
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Path(_font_file() or ""), max(size_px, 1))
