"""Pasting an emoji over a face: following it, and cut cleanly at the borders."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import cv2
import numpy as np

from realtime.emoji import Sprite
from realtime.records import Region

# The head, hair and chin included, as an ellipse in units of the face region: FER's framing puts the eyes at 40 %
# and the mouth at 78 % of its height, and the eyes lie halfway between chin and crown.
_HEAD_RADII = (0.61, 0.745)
_HEAD_RISE = 0.115
# Added to the head, so that the soft rim of a shrunken drawing lies outside it.
_RIM_PX = 2.0
# A prepared drawing serves again while the size asked for is not more than the first share larger or the second
# smaller, and the angle not more off than the third: none of it can be seen, and a still head costs half.
_LARGER, _SMALLER, _TURNED_RAD = 0.0, 0.012, 0.006
# Prepared drawings are larger by this, so that they serve a head that comes nearer too.
_RESERVE = 0.006
# A drawing larger than this is prepared only where it can be seen, and not kept.
_MAX_KEPT_PX = 1_500_000
# Blending goes over the picture in bands that stay in the processor's cache: 0.4 instead of 0.7 ms for 560x560.
_BAND_ROWS = 64


@dataclass(frozen=True, eq=False)
class _Stamp:
    """A drawing in one size and angle, ready to be laid over a picture.

    corner: (left, top) from the middle of the head, px. colours: uint8 (H, W, 3) BGR, multiplied by alpha. through:
    uint8 (H, W, 3), how much of the picture shows through.
    """

    sprite: Sprite
    scale: float
    roll_rad: float
    corner: np.ndarray
    colours: np.ndarray
    through: np.ndarray
    kept: bool

    def serves(self, sprite: Sprite, scale: float, roll_rad: float) -> bool:
        change = scale / self.scale - 1
        turned = abs(math.remainder(roll_rad - self.roll_rad, 2 * math.pi))
        return self.kept and sprite is self.sprite and -_SMALLER < change < _LARGER and turned < _TURNED_RAD


class Overlay:
    """Draws emoji over faces, remembering the prepared drawing of each person."""

    def __init__(self) -> None:
        self._stamps: dict[int, _Stamp] = {}

    def cover(self, image: np.ndarray, track: int, sprite: Sprite, region: Region) -> None:
        """Draw the sprite into the picture, uint8 (H, W, 3) BGR, so that its opaque ellipse holds the whole head."""
        scale = max(head / cover for head, cover in zip(_head_radii(region), sprite.cover_radii, strict=True))
        middle = np.floor(head_center(region) + 0.5).astype(int)
        stamp = self._stamps.get(track)
        if stamp is None or not stamp.serves(sprite, scale, region.roll_rad):
            stamp = _prepared(sprite, scale * (1 + _RESERVE), region.roll_rad, middle, image.shape)
            if stamp is None:
                return
            self._stamps[track] = stamp
        left, top = middle + stamp.corner
        height, width = stamp.colours.shape[:2]
        rows = slice(max(-top, 0), min(image.shape[0] - top, height))
        columns = slice(max(-left, 0), min(image.shape[1] - left, width))
        if rows.start < rows.stop and columns.start < columns.stop:
            target = image[top + rows.start : top + rows.stop, left + columns.start : left + columns.stop]
            _blend(target, stamp.colours[rows, columns], stamp.through[rows, columns])

    def keep(self, tracks: Collection[int]) -> None:
        """Forget the drawings of everybody but these."""
        self._stamps = {track: stamp for track, stamp in self._stamps.items() if track in tracks}


def head_center(region: Region) -> np.ndarray:
    """Return the middle of the head, hair and chin included; float (2,) px."""
    up = np.array([math.sin(region.roll_rad), -math.cos(region.roll_rad)])
    return np.array(region.center) + _HEAD_RISE * region.size_px * up


def _head_radii(region: Region) -> tuple[float, float]:
    return _HEAD_RADII[0] * region.size_px + _RIM_PX, _HEAD_RADII[1] * region.size_px + _RIM_PX


def _prepared(
    sprite: Sprite, scale: float, roll_rad: float, middle: np.ndarray, shape: tuple[int, ...]
) -> _Stamp | None:
    """Scale and turn a drawing; None for a huge one that can't be seen. middle: of the head in a picture of a shape."""
    level = min(max(int(math.log2(1 / scale)), 0), len(sprite.levels) - 1) if scale < 1 else 0
    drawing = sprite.levels[level]
    height, width = drawing.shape[:2]
    shrunk = width / sprite.levels[0].shape[1], height / sprite.levels[0].shape[0]
    turn = np.array([[math.cos(roll_rad), -math.sin(roll_rad)], [math.sin(roll_rad), math.cos(roll_rad)]])
    linear = scale * turn / np.array(shrunk)
    offset = -linear @ (np.array(sprite.cover_center) * shrunk)
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)]) @ linear.T + offset
    start, end = np.floor(corners.min(0)).astype(int), np.ceil(corners.max(0)).astype(int)
    kept = int(np.prod(end - start)) <= _MAX_KEPT_PX
    if not kept:
        start, end = np.maximum(start, -middle), np.minimum(end, np.array(shape[1::-1]) - middle)
        if (end <= start).any():
            return None
    # OpenCV counts from the centre of the first pixel, the records from its corner: hence the halves.
    shift = offset - start + linear @ (0.5, 0.5) - 0.5
    pasted = cv2.warpAffine(drawing, np.column_stack([linear, shift]), tuple((end - start).tolist()))
    through = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(pasted, 3)), cv2.COLOR_GRAY2BGR)
    return _Stamp(sprite, scale, roll_rad, start, cv2.cvtColor(pasted, cv2.COLOR_BGRA2BGR), through, kept)


def _blend(target: np.ndarray, colours: np.ndarray, through: np.ndarray) -> None:
    """Lay colours over a picture in place."""
    for top in range(0, len(target), _BAND_ROWS):
        shown, band = target[top : top + _BAND_ROWS], slice(top, top + _BAND_ROWS)
        cv2.multiply(shown, through[band], dst=shown, scale=1 / 255)
        cv2.add(shown, colours[band], dst=shown)
