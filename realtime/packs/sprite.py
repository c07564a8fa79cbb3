"""Drawings as they are drawn: in several sizes, the colours multiplied by alpha."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from realtime.packs.decode import MIN_SIDE_PX


@dataclass(frozen=True, eq=False)
class Sprite:
    """A drawing, ready to be scaled down quickly.

    levels: uint8 (H, W, 4) BGRA with the colours multiplied by alpha; each half as large as the one before.
    cover_center, cover_radii: (x, y) in pixels of the first level, the ellipse in which it is opaque.
    """

    levels: tuple[np.ndarray, ...]
    cover_center: tuple[float, float]
    cover_radii: tuple[float, float]


def levels_of(drawing: np.ndarray, least_px: int = MIN_SIDE_PX) -> tuple[np.ndarray, ...]:
    """Return a drawing, its colours multiplied by alpha, in ever smaller sizes, none with a side below the least."""
    levels = [np.ascontiguousarray(drawing)]
    while min(levels[-1].shape[:2]) >= 2 * least_px:
        height, width = levels[-1].shape[:2]
        levels.append(cv2.resize(levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA))
    return tuple(levels)


def laid_over(drawing: np.ndarray, under: np.ndarray) -> np.ndarray:
    """Lay a drawing over another of the same size, both uint8 (H, W, 4) with the colours multiplied by alpha."""
    through = cv2.merge([cv2.bitwise_not(drawing[:, :, 3])] * 4)
    return cv2.add(drawing, cv2.multiply(under, through, scale=1 / 255))
