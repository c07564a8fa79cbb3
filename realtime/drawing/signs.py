"""Signs that stand beside colours: a tick for what is there, arrows for which way to go."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

Points = Sequence[tuple[float, float]]


def _arrow(from_y: float, to_y: float) -> list[Points]:
    """Return the strokes of an arrow up or down the middle."""
    back = 0.24 if to_y > from_y else -0.24
    return [[(0, from_y), (0, to_y)], [(-0.24, to_y - back), (0, to_y), (0.24, to_y - back)]]


# Name -> its strokes, in shares of its size from its middle, y down.
_SIGNS: dict[str, list[Points]] = {
    "there": [[(-0.4, 0.05), (-0.1, 0.35), (0.45, -0.35)]],
    "up": _arrow(0.4, -0.45),
    "down": _arrow(-0.4, 0.45),
    "open": [*_arrow(-0.08, -0.45), *_arrow(0.08, 0.45)],
    "close": [*_arrow(-0.5, -0.08), *_arrow(0.5, 0.08)],
    "rest": [[(-0.35, -0.18), (0.35, -0.18)], [(-0.35, 0.18), (0.35, 0.18)]],
}


def draw_sign(image: np.ndarray, centre: tuple[int, int], size: int, name: str, bgr: tuple[int, int, int]) -> None:
    """Draw a sign into a picture, uint8 (H, W, 3) BGR, in place.

    Args:
        image: what lies beyond it is left out.
        centre: (x, y) in pixels.
        size: about how high and wide it is, in pixels.
        name: there (a tick), up, down, open, close, or rest.
        bgr: its colour.
    """
    for stroke in _SIGNS[name]:
        points = np.array([(centre[0] + x * size, centre[1] + y * size) for x, y in stroke]).round().astype(np.int32)
        cv2.polylines(image, [points], False, bgr, max(size // 8, 2), cv2.LINE_AA)
