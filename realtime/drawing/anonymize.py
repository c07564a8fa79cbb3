"""Other ways to hide a face than an emoji, and boxes with labels for those who want to hide nothing."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from realtime.drawing.overlay import head_center, head_radii
from realtime.records import EMOTIONS, Reading, Region

COVERS = ("emoji", "blur", "pixelate", "solid", "none")
PLACEMENTS = ("face", "beside", "corner")

# A blurred or pixelated head is this many cells across: too few to recognise anybody.
_CELLS = 6
_SOLID = (60, 54, 50)
# Beside a head, an emoji has this share of its size; in the corner, this share of the picture's height.
_BESIDE, _CORNER = 0.45, 0.3


def hide(image: np.ndarray, region: Region, cover: str) -> None:
    """Hide a head in a picture, uint8 (H, W, 3) BGR, in place. cover: blur, pixelate or solid."""
    center, radii = head_center(region), np.array(head_radii(region))
    reach = float(radii.max())
    left, top = np.maximum(np.floor(center - reach), 0).astype(int)
    right, bottom = np.minimum(np.ceil(center + reach), image.shape[1::-1]).astype(int)
    if right <= left or bottom <= top:
        return
    head = image[top:bottom, left:right]
    mask = np.zeros(head.shape[:2], np.uint8)
    middle = (center - (left, top)).tolist()
    cv2.ellipse(mask, (middle, (2 * radii).tolist(), float(np.degrees(region.roll_rad))), 255, cv2.FILLED)
    cv2.copyTo(_hidden(head, cover), mask, head)


def _hidden(head: np.ndarray, cover: str) -> np.ndarray:
    if cover == "solid":
        return np.full_like(head, _SOLID)
    height, width = head.shape[:2]
    coarse = cv2.resize(head, (min(_CELLS, width), min(_CELLS, height)), interpolation=cv2.INTER_AREA)
    way = cv2.INTER_CUBIC if cover == "blur" else cv2.INTER_NEAREST
    return cv2.resize(coarse, (width, height), interpolation=way)


def annotate(image: np.ndarray, reading: Reading) -> None:
    """Draw a face's box, id, emotion and its probability into a picture, uint8 (H, W, 3) BGR, in place."""
    left, top, right, bottom = (round(edge) for edge in reading.face.box)
    cv2.rectangle(image, (left, top), (right, bottom), (80, 220, 80), 2, cv2.LINE_AA)
    text = f"{reading.track} {reading.emotion}"
    if reading.emotion in EMOTIONS:
        text += f" {reading.prediction.emotions[EMOTIONS.index(reading.emotion)]:.0%}"
    scale = max(image.shape[0] / 1100, 0.4)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    line = max(top - 6, height + 6)
    cv2.rectangle(image, (left, line - height - 6), (left + width + 8, line + 5), (30, 60, 30), cv2.FILLED)
    cv2.putText(image, text, (left + 4, line), cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA)


def beside(region: Region, size_wh: tuple[int, int]) -> Region:
    """Return where an emoji beside a head lies: at its right, or where there is no room its left."""
    size_px = _BESIDE * region.size_px
    reach = head_radii(region)[0] + 0.7 * size_px
    x, y = head_center(region)
    side = 1 if x + reach + 0.7 * size_px <= size_wh[0] else -1
    return Region((x + side * reach, y - 0.3 * region.size_px), size_px)


def corner(size_wh: tuple[int, int]) -> Region:
    """Return where the one large emoji lies: in the picture's lower right."""
    size_px = _CORNER * size_wh[1]
    return Region((size_wh[0] - 0.85 * size_px, size_wh[1] - 0.75 * size_px), size_px)


def main_face(readings: Sequence[Reading]) -> Reading | None:
    """Return the largest face, None without any."""
    return max(readings, key=lambda reading: reading.face.region.size_px, default=None)
