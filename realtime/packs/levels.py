"""A drawing in ever smaller sizes, the largest of which is decoded when it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from realtime.packs.decode import MIN_SIDE_PX

# This many of the largest sizes are kept at hand: those of four people whose emoji change at the same moment.
MOST_LARGE = 8


class Levels:
    """A still drawing in sizes of which each is half the one before, without the memory that the largest would take.

    A large emoji needs the largest, and a pack has dozens, of which few are shown at a time. Decoding one takes 4 ms.
    """

    def __init__(self, drawing: np.ndarray, again: Callable[[], np.ndarray]) -> None:
        """Keep the smaller sizes.

        Args:
            drawing: the largest, uint8 (H, W, 4) BGRA, its colours multiplied by alpha; it is not kept.
            again: returns the same once more.
        """
        self.size_wh = drawing.shape[1], drawing.shape[0]
        self._smaller = levels_of(drawing)[1:]
        self._again = again

    def __len__(self) -> int:
        return 1 + len(self._smaller)

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[level] for level in range(len(self)))

    def __getitem__(self, level: int) -> np.ndarray:
        """Return a size, uint8 (H, W, 4), 0 for the largest."""
        return self._again() if level == 0 else self._smaller[level - 1]


def levels_of(drawing: np.ndarray, least_px: int = MIN_SIDE_PX) -> tuple[np.ndarray, ...]:
    """Return a drawing, its colours multiplied by alpha, in ever smaller sizes, none with a side below the least."""
    levels = [np.ascontiguousarray(drawing)]
    while min(levels[-1].shape[:2]) >= 2 * least_px:
        height, width = levels[-1].shape[:2]
        levels.append(cv2.resize(levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA))
    return tuple(levels)
