"""How much of a face is left where it was covered: three measures, as no single one finds every weak cover.

Each takes the picture, the same picture covered, and the reading of the covered person, and returns 0 for nothing to 1
for everything. Beside each is the bound for a cover that hides, between what was measured for those that do and for
weak ones, over two portraits, faces of 40 to 300 px, upright and turned.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from realtime.drawing.head import head_of
from realtime.records import Reading
from tests.drawing.heads import head_mask

# Where the outline of a head is cut off, as it is not of the face.
_WITHIN = 0.9
# Patches whose grey levels spread less show nothing.
_FLAT_LEVELS = 6.0


def edges(one: np.ndarray, other: np.ndarray, reading: Reading) -> float:
    """Return how much the fine edges correlate in that third of a face in which they do most.

    Fine is less than a sixteenth of a head. Smaller patches would hold an edge or two, and any two edges correlate.
    """
    size_px = reading.face.region.size_px
    first, second = (_finer(_grey(image), size_px / 32) for image in (one, other))
    within = _within(one, reading)
    side = max(round(size_px / 3), 24)
    found = 0.0
    for top in range(0, one.shape[0] - side, side // 2):
        for left in range(0, one.shape[1] - side, side // 2):
            patch = np.s_[top : top + side, left : left + side]
            if within[patch].all() and min(first[patch].std(), second[patch].std()) > 1.0:
                found = max(found, _correlation(first[patch], second[patch]))
    return found


def features(one: np.ndarray, other: np.ndarray, reading: Reading) -> float:
    """Return how much eyes, nose and mouth correlate: what is a sixteenth to an eighth of a head, over the whole."""
    size_px = reading.face.region.size_px
    within = _within(one, reading)
    first, second = (
        _finer(cv2.GaussianBlur(_grey(image), (0, 0), size_px / 32), size_px / 16, size_px / 32)[within]
        for image in (one, other)
    )
    return _correlation(first, second)


def holes(one: np.ndarray, other: np.ndarray, reading: Reading) -> float:
    """Return how much is the same in that patch of 8 to 24 px which is left most as it was: 1 if it is untouched."""
    grey = _grey(one)
    change = grey - _grey(other)
    within = _within(one, reading).astype(np.float32)
    found = 0.0
    for side in (8, 12, 16, 24):
        variance, changed = _variance(grey, side), _variance(change, side)
        shown = (cv2.boxFilter(within, -1, (side, side)) > 0.999) & (variance > _FLAT_LEVELS**2)
        if shown.any():
            found = max(found, float((1 - changed[shown] / variance[shown]).max()))
    return found


# Measured at the worst: covers that hide have edges 0.26, features 0.36, holes 0.92. Squares, 16x20 to a head, have
# edges 0.37, features 0.92; 10x10 features 0.59. A thin veil has edges 1, and an eye that is left out has holes 1.
BOUNDS: dict[Callable[[np.ndarray, np.ndarray, Reading], float], float] = {edges: 0.3, features: 0.45, holes: 0.97}


def _grey(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)


def _finer(grey: np.ndarray, sigma_px: float, already_px: float = 0.0) -> np.ndarray:
    """Return what is lost by a blur; already_px: of that blur, what the picture has had."""
    return grey - cv2.GaussianBlur(grey, (0, 0), float(np.sqrt(sigma_px**2 - already_px**2)))


def _within(image: np.ndarray, reading: Reading) -> np.ndarray:
    return head_mask(head_of(reading.face.region), image.shape, _WITHIN)


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    a, b = one - one.mean(), other - other.mean()
    return abs(float((a * b).mean())) / max(float(a.std() * b.std()), 1e-6)


def _variance(grey: np.ndarray, side: int) -> np.ndarray:
    """Return the variance around each pixel, over a square."""
    mean = cv2.boxFilter(grey, -1, (side, side))
    return np.maximum(cv2.boxFilter(grey * grey, -1, (side, side)) - mean * mean, 0)
