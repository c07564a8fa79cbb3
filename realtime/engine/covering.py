"""Where each person is covered in a video whose past and future are known: steady, without gaps, and a little longer.

Everything here knows both sides of each moment, so nothing lags behind.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from realtime.engine.analysis import AnalysedFrame, Found
from realtime.engine.crowding import trusted
from realtime.engine.hiding import hide_both, hide_neighbours, hiding
from realtime.engine.linking import coasted_s, speed_at
from realtime.engine.steadying import steady_places, usual
from realtime.people.steadiness import Steadiness

# In a frame, somebody was found, ...
SEEN = 0
# ... or was not, but was before and after it, ...
BRIDGED = 1
# ... or will be soon, or was a moment ago.
AROUND = 2

# Somebody is covered from this long before they were first found until this long after they were last.
EXTENDED_S = 0.5
# Before, it is a little longer: who comes in may be found a few frames later than could be.
SOONER_S = 0.1
# Before and after it was found, a face goes on as it moved then, which dies away with this time constant.
_EXTENDED_COAST_S = 1.5
# A cover grows where its place is not known: by these shares for each second, and for each size of the way a second.
_DOUBT_PER_S, _DOUBT_PER_SIZE = 0.3, 0.12
# Where the two ways to bridge a gap differ, it grows by this many times the difference.
_DOUBT_WAYS = 2.0
# It grows by no more than this share.
_MAX_DOUBT = 0.7
# Nobody is followed farther beyond the border than this, in sizes; until there, the border stays covered, as what is
# left of a face at it is not found and hardly measured.
_OUTSIDE, _AT_BORDER = 1.25, 0.25
# A face whose middle is nearer to the border than this, in sizes, is cut off, and its cover larger by up to this share
# if it moves by so many sizes within a second.
_CUT_OFF, _WIDER, _MOVING = 0.35, 0.25, 0.4
# Half a face is found too small: a cover is no smaller than this share of the usual size.
_LEAST = 0.95


@dataclass(frozen=True, eq=False)
class Path:
    """Where somebody is covered, in the frames from `first` on.

    state: uint8 (N,), SEEN, BRIDGED or AROUND. centers: float (N, 2) px. sizes: float (N,) px. rolls: float (N,) rad.
    nearest: int (N,), which of what was found is nearest in time.
    """

    first: int
    state: np.ndarray
    centers: np.ndarray
    sizes: np.ndarray
    rolls: np.ndarray
    nearest: np.ndarray

    @property
    def last(self) -> int:
        """The last frame."""
        return self.first + len(self.state) - 1


def path_of(
    frames: Sequence[AnalysedFrame], found: Sequence[Found], steadiness: Steadiness, crowded: Collection[int] = ()
) -> Path:
    """Return where somebody is covered.

    Args:
        frames: of the video.
        found: of one person, once at least, in rising frames.
        steadiness: how steady places are to be.
        crowded: positions of frames in which somebody else was near.
    """
    first, last = found[0].at, found[-1].at
    times = np.array([frame.time_s for frame in frames[first : last + 1]])
    seen = np.array([one.at - first for one in found])
    everything, found = found, trusted(frames, found, crowded)
    measured = _measured(frames, found)
    at = measured.at - first
    known = np.zeros(len(times), bool)
    known[at] = True
    raw = np.column_stack([_between(times, at, values) for values in measured.values.T])
    growth = np.zeros(len(times))
    for one, (start, end) in enumerate(pairwise(at)):
        if end > start + 1:
            gap = slice(start, end + 1)
            going = speed_at(frames, found[: one + 1], at_end=True)
            coming = speed_at(frames, found[one + 1 :], at_end=False)
            raw[gap, :2], growth[gap] = _bridge(times[gap], raw[gap], going, coming)
    steady = steady_places(times, raw, steadiness)
    steady[:, 2] = np.maximum(steady[:, 2], np.log(_LEAST) + usual(times, raw[:, 2]))
    sizes = hiding(steady, raw, known) * (1 + growth)
    centers = steady[:, :2]
    hide_neighbours(times, centers, sizes)
    hide_both(everything, first, known, centers, sizes)
    known[seen] = True
    path = Path(
        first,
        np.where(known, SEEN, BRIDGED).astype(np.uint8),
        centers,
        sizes,
        steady[:, 3],
        _nearest(len(times), seen),
    )
    return _wider_at_borders(frames, _extended(frames, found, path))


@dataclass(frozen=True, eq=False)
class _Measured:
    """What was found. at: int (N,), frames. values: float (N, 4), x and y in pixels, the size's logarithm, the roll."""

    at: np.ndarray
    values: np.ndarray


def _measured(frames: Sequence[AnalysedFrame], found: Sequence[Found]) -> _Measured:
    regions = [one.face.region for one in found]
    rolls = np.unwrap(np.array([region.roll_rad for region in regions]))
    values = [(*region.center, np.log(region.size_px), roll) for region, roll in zip(regions, rolls, strict=True)]
    return _Measured(np.array([one.at for one in found]), np.array(values, float))


def _between(times: np.ndarray, at: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.interp(times, times[at], values)


def _bridge(
    moments: np.ndarray, raw: np.ndarray, going: np.ndarray, coming: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the places in a gap, and the shares by which covers grow there, (N, 2) px and (N,).

    The way goes on from the beginning of the gap, and more and more back from its end.

    Args:
        moments: of the gap and of the frames before and after it, float (N,) s.
        raw: what is measured at both ends, and straight between, (N, 4).
        going: speed at the beginning, in pixels a second, float (2,).
        coming: speed at the end.
    """
    since_s, until_s = moments - moments[0], moments[-1] - moments
    share = since_s / max(since_s[-1], 1e-9)
    share = (share * share * (3 - 2 * share))[:, None]
    straight, sizes = raw[:, :2], np.exp(raw[:, 2])
    on = straight[0] + coasted_s(since_s)[:, None] * going
    back = straight[-1] - coasted_s(until_s)[:, None] * coming
    places = (1 - share) * on + share * back
    ways = np.linalg.norm(places - straight, axis=1) / sizes
    speed = max(float(np.linalg.norm(going)), float(np.linalg.norm(coming))) / sizes
    doubt = (_DOUBT_PER_S + _DOUBT_PER_SIZE * speed) * np.minimum(since_s, until_s)
    return places, np.minimum(_DOUBT_WAYS * ways + doubt, _MAX_DOUBT)


def _nearest(count: int, at: np.ndarray) -> np.ndarray:
    """Return which of the positions is nearest to each of the first numbers, int (N,)."""
    following = np.searchsorted(at, np.arange(count)).clip(1, max(len(at) - 1, 1))
    if len(at) == 1:
        return np.zeros(count, int)
    nearer = np.arange(count) - at[following - 1] <= at[following] - np.arange(count)
    return np.where(nearer, following - 1, following)


def _extended(frames: Sequence[AnalysedFrame], found: Sequence[Found], path: Path) -> Path:
    """Return a path that begins a little sooner and ends a little later."""
    before = _around(frames, found, path, at_end=False)
    after = _around(frames, found, path, at_end=True)
    parts = []
    for ahead, inside, behind in zip(before, (path.centers, path.sizes), after, strict=True):
        parts.append(np.concatenate([ahead[::-1], inside, behind]))
    early, late = len(before[1]), len(after[1])
    return Path(
        path.first - early,
        np.pad(path.state, (early, late), constant_values=AROUND),
        parts[0],
        parts[1],
        np.pad(path.rolls, (early, late), mode="edge"),
        np.pad(path.nearest, (early, late), mode="edge"),
    )


def _around(
    frames: Sequence[AnalysedFrame], found: Sequence[Found], path: Path, at_end: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return centers (N, 2) and sizes (N,) after the end of a path, or before its beginning and then backwards."""
    edge, step = (path.last, 1) if at_end else (path.first, -1)
    row = -1 if at_end else 0
    center, size = path.centers[row], float(path.sizes[row])
    velocity = step * speed_at(frames, found, at_end)
    speed = float(np.linalg.norm(velocity)) / size
    extended_s = EXTENDED_S + (0.0 if at_end else SOONER_S) + 1e-6
    centers, sizes = [], []
    at = edge + step
    while 0 <= at < len(frames) and not frames[at if at_end else at + 1].cut:
        elapsed_s = abs(frames[at].time_s - frames[edge].time_s)
        place = center + coasted_s(elapsed_s, _EXTENDED_COAST_S) * velocity
        if elapsed_s > extended_s or _is_outside(place, size, frames[at].size_wh):
            break
        margin = _AT_BORDER * size
        centers.append(place.clip(-margin, np.array(frames[at].size_wh) + margin))
        sizes.append(size * (1 + min((_DOUBT_PER_S + _DOUBT_PER_SIZE * speed) * elapsed_s, _MAX_DOUBT)))
        at += step
    return np.array(centers).reshape(-1, 2), np.array(sizes)


def _wider_at_borders(frames: Sequence[AnalysedFrame], path: Path) -> Path:
    """Return a path whose covers are larger where a face that moves is cut off by the border, at an uncertain place."""
    times = np.array([frame.time_s for frame in frames[path.first : path.last + 1]])
    before, after = (np.searchsorted(times, times + side * EXTENDED_S).clip(0, len(times) - 1) for side in (-1, 1))
    moved = np.linalg.norm(path.centers[after] - path.centers[before], axis=1) / path.sizes
    size_wh = np.array([frame.size_wh for frame in frames[path.first : path.last + 1]])
    inside = np.minimum(path.centers, size_wh - path.centers).min(1) / path.sizes
    share = ((_CUT_OFF - inside) / _CUT_OFF).clip(0, 1) * (moved / _MOVING).clip(0, 1)
    return replace(path, sizes=path.sizes * (1 + _WIDER * share))


def _is_outside(place: np.ndarray, size: float, size_wh: tuple[int, int]) -> bool:
    margin = _OUTSIDE * size
    return bool((place < -margin).any() or (place > np.array(size_wh) + margin).any())
