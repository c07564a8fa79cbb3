"""Pasting an emoji over a face: following it, and cut cleanly at the borders."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from realtime.packs.pack import Sprite
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
# One drawing turns into the next over this long.
_BLEND_S = 0.15
# With motion, an emoji leans by this much for a nose as far beside the middle as the eyes are apart, ...
_LEAN = 0.25
_MAX_LEAN = 0.16
# ... and breathes: by this share of its size, so many seconds a breath.
_BREATH, _BREATH_S = 0.012, 4.0
# A drawing larger than this is prepared only where it can be seen, and not kept.
_MAX_KEPT_PX = 1_500_000
# Blending goes over the picture in bands that stay in the processor's cache: 0.4 instead of 0.7 ms for 560x560.
_BAND_ROWS = 64


@dataclass(frozen=True)
class _Shape:
    """How a drawing is laid on: scale, angle, and sideways lean by height (a shear)."""

    scale: float
    roll_rad: float
    lean: float = 0.0


@dataclass(frozen=True, eq=False)
class _Stamp:
    """A drawing in one shape, ready to be laid over a picture.

    corner: (left, top) from the middle of the head, px. colours: uint8 (H, W, 3) BGR, multiplied by alpha. through:
    uint8 (H, W, 3), how much of the picture shows through.
    """

    sprite: Sprite
    shape: _Shape
    corner: np.ndarray
    colours: np.ndarray
    through: np.ndarray
    kept: bool

    def serves(self, sprite: Sprite, shape: _Shape) -> bool:
        change = shape.scale / self.shape.scale - 1
        turned = abs(math.remainder(shape.roll_rad - self.shape.roll_rad, 2 * math.pi))
        leant = abs(shape.lean - self.shape.lean)
        fits = -_SMALLER < change <= _LARGER and turned < _TURNED_RAD and leant < _TURNED_RAD
        return self.kept and sprite is self.sprite and fits


@dataclass
class _Worn:
    """What somebody wears: the drawing, the one before while it fades, and the prepared one."""

    key: Hashable
    sprite: Sprite
    before: Sprite | None = None
    since_s: float = -math.inf
    stamp: _Stamp | None = None


class Overlay:
    """Draws emoji over faces, remembering what each person wears."""

    def __init__(self, motion: bool = False) -> None:
        """motion: lean with a head that turns, and breathe gently."""
        self._motion = motion
        self._worn: dict[int, _Worn] = {}

    def cover(
        self,
        image: np.ndarray,
        track: int,
        sprite: Sprite,
        region: Region,
        time_s: float = 0.0,
        key: Hashable = None,
        turn: float = 0.0,
    ) -> None:
        """Draw the sprite into the picture, uint8 (H, W, 3) BGR, so that its opaque ellipse holds the whole head.

        time_s: of the frame. key: what the sprite stands for; another one fades in. turn: of the head, from
        `realtime.faces.quality.turn`.
        """
        worn = self._worn.setdefault(track, _Worn(key, sprite))
        if key != worn.key:
            worn.before, worn.since_s, worn.key = worn.sprite, time_s, key
        worn.sprite = sprite
        shape = self._shape(sprite, region, time_s, turn)
        middle = np.floor(head_center(region) + 0.5).astype(int)
        if worn.stamp is None or not worn.stamp.serves(sprite, shape):
            shape = replace(shape, scale=shape.scale * (1 + _RESERVE))
            worn.stamp = _prepared(sprite, shape, middle, image.shape)
        stamp, share = worn.stamp, (time_s - worn.since_s) / _BLEND_S
        if stamp is not None and worn.before is not None:
            if 0 <= share < 1:
                before = _prepared(worn.before, stamp.shape, middle, image.shape)
                stamp = _mixed(before, stamp, share)
            else:
                worn.before = None
        if stamp is not None:
            _lay(image, stamp, middle)

    def keep(self, tracks: Collection[int]) -> None:
        """Forget the drawings of everybody but these."""
        self._worn = {track: worn for track, worn in self._worn.items() if track in tracks}

    def _shape(self, sprite: Sprite, region: Region, time_s: float, turn: float) -> _Shape:
        scale = max(head / cover for head, cover in zip(head_radii(region), sprite.cover_radii, strict=True))
        if not self._motion:
            return _Shape(scale, region.roll_rad)
        lean = max(min(_LEAN * turn, _MAX_LEAN), -_MAX_LEAN)
        # A leaning ellipse is narrower across; this makes up for it.
        scale /= math.sqrt(1 + lean * lean / 4) - abs(lean) / 2
        breath = _BREATH * (1 + math.sin(2 * math.pi * time_s / _BREATH_S)) / 2
        return _Shape(scale * (1 + breath), region.roll_rad, lean)


def head_center(region: Region) -> np.ndarray:
    """Return the middle of the head, hair and chin included; float (2,) px."""
    up = np.array([math.sin(region.roll_rad), -math.cos(region.roll_rad)])
    return np.array(region.center) + _HEAD_RISE * region.size_px * up


def head_radii(region: Region) -> tuple[float, float]:
    """Return the radii of the head, across and along, in px."""
    return _HEAD_RADII[0] * region.size_px + _RIM_PX, _HEAD_RADII[1] * region.size_px + _RIM_PX


def _prepared(sprite: Sprite, shape: _Shape, middle: np.ndarray, picture: tuple[int, ...]) -> _Stamp | None:
    """Bring a drawing into a shape; None for a huge one that can't be seen. middle: of the head in a picture."""
    scale = shape.scale
    level = min(max(int(math.log2(1 / scale)), 0), len(sprite.levels) - 1) if scale < 1 else 0
    drawing = sprite.levels[level]
    height, width = drawing.shape[:2]
    shrunk = width / sprite.levels[0].shape[1], height / sprite.levels[0].shape[0]
    cos, sin = math.cos(shape.roll_rad), math.sin(shape.roll_rad)
    turn = np.array([[cos, -sin], [sin, cos]]) @ np.array([[1, -shape.lean], [0, 1]])
    linear = scale * turn / np.array(shrunk)
    offset = -linear @ (np.array(sprite.cover_center) * shrunk)
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)]) @ linear.T + offset
    start, end = np.floor(corners.min(0)).astype(int), np.ceil(corners.max(0)).astype(int)
    kept = int(np.prod(end - start)) <= _MAX_KEPT_PX
    if not kept:
        start, end = np.maximum(start, -middle), np.minimum(end, np.array(picture[1::-1]) - middle)
        if (end <= start).any():
            return None
    # OpenCV counts from the centre of the first pixel, the records from its corner: hence the halves.
    shift = offset - start + linear @ (0.5, 0.5) - 0.5
    pasted = cv2.warpAffine(drawing, np.column_stack([linear, shift]), tuple((end - start).tolist()))
    through = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(pasted, 3)), cv2.COLOR_GRAY2BGR)
    return _Stamp(sprite, shape, start, cv2.cvtColor(pasted, cv2.COLOR_BGRA2BGR), through, kept)


def _mixed(before: _Stamp | None, after: _Stamp, share: float) -> _Stamp:
    """Return a drawing on its way to another; where both are opaque, so is it."""
    if before is None or before.colours.shape != after.colours.shape:  # drawings of another size: no way between them
        return after
    colours = cv2.addWeighted(before.colours, 1 - share, after.colours, share, 0)
    through = cv2.addWeighted(before.through, 1 - share, after.through, share, 0)
    return replace(after, colours=colours, through=through)


def _lay(image: np.ndarray, stamp: _Stamp, middle: np.ndarray) -> None:
    """Lay a prepared drawing over a picture in place, cut at the borders. middle: of the head, int (2,) px."""
    left, top = middle + stamp.corner
    height, width = stamp.colours.shape[:2]
    rows = slice(max(-top, 0), min(image.shape[0] - top, height))
    columns = slice(max(-left, 0), min(image.shape[1] - left, width))
    if rows.start < rows.stop and columns.start < columns.stop:
        target = image[top + rows.start : top + rows.stop, left + columns.start : left + columns.stop]
        _blend(target, stamp.colours[rows, columns], stamp.through[rows, columns])


def _blend(target: np.ndarray, colours: np.ndarray, through: np.ndarray) -> None:
    """Lay colours over a picture in place."""
    for top in range(0, len(target), _BAND_ROWS):
        shown, band = target[top : top + _BAND_ROWS], slice(top, top + _BAND_ROWS)
        cv2.multiply(shown, through[band], dst=shown, scale=1 / 255)
        cv2.add(shown, colours[band], dst=shown)
