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
    width = max(_width(line, scale) for line in lines)
    panel = image[: step * len(lines) + margin, : width + 2 * margin]
    cv2.convertScaleAbs(panel, dst=panel, alpha=0.35)
    for number, line in enumerate(lines, start=1):
        _write(panel, line, (margin, step * number), scale)


def _is_latin(line: str) -> bool:
    return not line or max(line) <= _LATIN or _font_file() is None


def _width(line: str, scale: float) -> int:
    if _is_latin(line):
        return int(cv2.getTextSize(line, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)[0][0])
    return round(_font(round(_FONT_PX * scale)).getlength(line))


def _write(panel: np.ndarray, line: str, at: tuple[int, int], scale: float) -> None:
    """Write a line. at: (x, y) in pixels of the beginning of its base line."""
    if _is_latin(line):
        cv2.putText(panel, line, at, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA)
        return
    shown = Image.fromarray(panel)  # white has the same value in either order of the colours
    ImageDraw.Draw(shown).text(at, line, (255, 255, 255), _font(round(_FONT_PX * scale)), anchor="ls")
    panel[:] = np.asarray(shown)


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
