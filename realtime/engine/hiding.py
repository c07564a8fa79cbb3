"""What a cover hides besides the steady place of somebody: where they were found, and where they must have been."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from realtime.engine.analysis import Found
from realtime.people.smoothing import PLAY

# A place that is beside the way from the frame before to the next by more than this, in sizes, is only half believed.
_BESIDE = 0.04
# No cover is smaller than before and after for twice this time or less.
_DIP_S = 0.1
# What is found farther from where somebody should be than this, in sizes, is the other one's face.
_OTHERS = 0.7


def hiding(steady: np.ndarray, raw: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return sizes with which the steady place hides what was found, float (N,) px."""
    sizes, found = np.exp(steady[:, 2]), np.exp(raw[:, 2])
    behind = np.linalg.norm(steady[:, :2] - raw[:, :2], axis=1) + np.maximum(found - sizes, 0) / 2
    return sizes + 2 * np.maximum(behind - PLAY * found, 0) * known


def hide_neighbours(times: np.ndarray, centers: np.ndarray, sizes: np.ndarray) -> None:
    """Let covers hide where somebody is by the frames before and after as well as where they were found, in place.

    In one frame a detector may be behind a fast head by half of its way, or find it too small.
    """
    if len(times) < 3:
        return
    share = ((times[1:-1] - times[:-2]) / (times[2:] - times[:-2]))[:, None]
    ways = (1 - share) * centers[:-2] + share * centers[2:] - centers[1:-1]
    apart = np.linalg.norm(ways, axis=1)
    far = apart > _BESIDE * sizes[1:-1]
    centers[1:-1][far] += ways[far] / 2
    sizes[1:-1][far] += apart[far]
    sizes[:] = _without_dips(times, sizes)


def _without_dips(times: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return sizes without what is smaller for a moment than before and after (a morphological closing)."""
    reach = min(round(_DIP_S * (len(times) - 1) / max(times[-1] - times[0], 1e-6)), len(times) - 1)
    for extreme in (np.max, np.min):
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(sizes, reach, mode="edge"), 2 * reach + 1)
        sizes = extreme(windows, axis=1)
    return sizes


def hide_both(found: Sequence[Found], first: int, known: np.ndarray, centers: np.ndarray, sizes: np.ndarray) -> None:
    """Let covers hide the place where somebody should be and what was found nearby, in place.

    found: all there is. known: bool (N,), where that is what is covered already.
    """
    for one in found:
        row, region = one.at - first, one.face.region
        if known[row]:
            continue
        way = np.array(region.center) - centers[row]
        apart = float(np.linalg.norm(way))
        if apart < _OTHERS * sizes[row]:
            centers[row] = centers[row] + way / 2
            sizes[row] += max(apart, region.size_px - sizes[row])
