"""Drawing on pictures as most videos have them: brightness in full, colours at half the resolution (4:2:0)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from realtime.planes import Planes, from_bgr

_MATRIX = from_bgr(full=False)


@dataclass(frozen=True, eq=False)
class CodedDrawing:
    """A drawing ready to be pasted into planes of BT.709 with video levels.

    odd: whether it begins in an odd column, and in an odd row, 0 or 1. parts: for each plane, its levels multiplied by
    alpha, and how much of the picture shows through, uint8 (H, W) for the brightness, (H / 2, W / 2) for the colours.
    """

    odd: tuple[int, int]
    parts: Sequence[tuple[np.ndarray, np.ndarray]]

    @classmethod
    def of(cls, colours: np.ndarray, through: np.ndarray, odd: tuple[int, int]) -> CodedDrawing:
        """Prepare a drawing.

        Args:
            colours: uint8 (H, W, 3) BGR, multiplied by alpha.
            through: uint8 (H, W, 3), how much of the picture shows through.
            odd: whether it will begin in an odd column, and in an odd row, 0 or 1.
        """
        height, width = colours.shape[:2]
        left, top = odd
        edges = top, (height + top) % 2, left, (width + left) % 2
        seen = cv2.extractChannel(through, 0)
        if any(edges):
            colours = cv2.copyMakeBorder(colours, *edges, cv2.BORDER_CONSTANT)
            seen = cv2.copyMakeBorder(seen, *edges, cv2.BORDER_CONSTANT, value=255)
        half = colours.shape[1] // 2, colours.shape[0] // 2
        few, seen_few = (cv2.resize(one, half, interpolation=cv2.INTER_AREA) for one in (colours, seen))
        sources = (colours, seen), (few, seen_few), (few, seen_few)
        return cls(odd, [_levels(*source, channel) for channel, source in enumerate(sources)])

    def paste(self, planes: Planes, corner: tuple[int, int]) -> None:
        """Paste it into a picture in place, cut at the borders. corner: (left, top), in pixels, odd where it is."""
        for plane, (levels, through), step in zip(planes, self.parts, (1, 2, 2), strict=True):
            left, top = ((edge - odd) // step for edge, odd in zip(corner, self.odd, strict=True))
            rows = slice(max(-top, 0), min(plane.shape[0] - top, levels.shape[0]))
            columns = slice(max(-left, 0), min(plane.shape[1] - left, levels.shape[1]))
            if rows.start < rows.stop and columns.start < columns.stop:
                target = plane[top + rows.start : top + rows.stop, left + columns.start : left + columns.stop]
                cv2.multiply(target, through[rows, columns], dst=target, scale=1 / 255)
                cv2.add(target, levels[rows, columns], dst=target)


def _levels(colours: np.ndarray, through: np.ndarray, channel: int) -> tuple[np.ndarray, np.ndarray]:
    """Return Y, Cb or Cr, multiplied by alpha as the colours are, and what shows through.

    The level of black, too, is there in part.
    """
    levels = cv2.extractChannel(cv2.transform(colours, _MATRIX), channel)
    return cv2.addWeighted(levels, 1, through, -float(_MATRIX[channel, 3]) / 255, 0), through
