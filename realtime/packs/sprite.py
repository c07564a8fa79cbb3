"""A drawing as it is drawn, and how one is laid over another."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from realtime.packs.levels import Levels


@dataclass(frozen=True, eq=False)
class Sprite:
    """A drawing, ready to be scaled down quickly.

    levels: uint8 (H, W, 4) BGRA with the colours multiplied by alpha; each half as large as the one before. The first
        of a still drawing is decoded when it is asked for.
    cover_center, cover_radii: (x, y) in pixels of the first level, the ellipse in which it is opaque.
    """

    levels: tuple[np.ndarray, ...] | Levels
    cover_center: tuple[float, float]
    cover_radii: tuple[float, float]

    @property
    def size_wh(self) -> tuple[int, int]:
        """The width and height of the first level, in pixels."""
        if isinstance(self.levels, Levels):
            return self.levels.size_wh
        height, width = self.levels[0].shape[:2]
        return width, height


def laid_over(drawing: np.ndarray, under: np.ndarray) -> np.ndarray:
    """Lay a drawing over another of the same size, both uint8 (H, W, 4) with the colours multiplied by alpha."""
    through = cv2.merge([cv2.bitwise_not(drawing[:, :, 3])] * 4)
    return cv2.add(drawing, cv2.multiply(under, through, scale=1 / 255))
