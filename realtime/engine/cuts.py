"""Cuts: where a video goes on with another picture, and nobody of before is where they were."""

from __future__ import annotations

import cv2
import numpy as np

# Pictures are compared at this size; a cell is larger than anything that moves from one frame to the next.
_SIZE_WH = (32, 18)
# Of a picture, this many pixels are sampled.
_SAMPLED_WH = (160, 90)
# Two pictures whose cells correlate by less show different things; light that changes leaves the correlation high.
_MIN_CORRELATION = 0.5
# A cell is another one if a colour of it differs by more than this many levels, and a picture may be if this share of
# its cells are: a large head that moves fast before a plain wall changes up to 0.38, and nine in ten cuts 0.5 and more.
_CHANGED, _MIN_CHANGED = 20.0, 0.45
# A picture with less contrast shows nothing, as when the light goes out; the one before it is kept for comparison.
_MIN_CONTRAST = 4.0


class CutDetector:
    """Notices the first picture after a hard cut; a light that goes out and on again is none."""

    def __init__(self) -> None:
        self._last: np.ndarray | None = None

    def is_cut(self, image: np.ndarray) -> bool:
        """Return whether a picture, uint8 (H, W, 3) BGR, shows something else than the one before."""
        few = cv2.resize(image, _SAMPLED_WH, interpolation=cv2.INTER_NEAREST)  # pixels enough for cells of this size
        cells = cv2.resize(few, _SIZE_WH, interpolation=cv2.INTER_AREA).astype(np.float32)
        if float(cells.std()) < _MIN_CONTRAST:
            return False
        last, self._last = self._last, cells
        if last is None or float((np.abs(cells - last).max(2) > _CHANGED).mean()) < _MIN_CHANGED:
            return False
        one, other = cells - cells.mean((0, 1)), last - last.mean((0, 1))
        lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
        return float((one * other).sum()) < _MIN_CORRELATION * lengths
