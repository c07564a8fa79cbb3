"""Where each person is covered in a video whose past and future are known: steady, without gaps, and a little longer.

Everything here knows both sides of each moment, so nothing lags behind.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from realtime.engine.analysis import AnalysedFrame, Found
from realtime.engine.linking import coasted_s, speed_at
from realtime.people.smoothing import PLAY
from realtime.people.steadiness import Steadiness

# In a frame, somebody was found, ...
SEEN = 0
# ... or was not, but was before and after it, ...
BRIDGED = 1
# ... or will be soon, or was a moment ago.
AROUND = 2

# Somebody is covered from this long before they were first found until this long after they were last.
EXTENDED_S = 0.5
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
# A face whose middle is nearer to the border than this, in sizes, is cut off, and its cover larger by up to this share.
_CUT_OFF, _WIDER = 0.35, 0.25
# Half a face is found too small: a cover is no smaller than this share of the usual size over so long to both sides.
_LEAST, _USUAL_S = 0.9, 0.5
# Two who are near for less than this go by one another.
_CROWDED_S = 1.5
# Deviation of the bell over which places are averaged, in seconds, with the usual steadiness, ...
_STEADY_S = 0.1
# ... whose cutoff is this; half of that is twice the time.
_USUAL_HZ = 0.8
# A place is averaged as long as that moves it by less than this share of the face's size; one that is moved by more
# than the second of these is left as it was found, which is what a fast head needs.
_TREMBLE, _MOVE = 0.025, 0.07
# The same for the roll in radians.
_TREMBLE_RAD, _MOVE_RAD = 0.06, 0.2
# The bell is cut off here, in deviations.
_BELL = 3.0


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
    everything, found = found, _trusted(frames, found, crowded)
    measured = _measured(frames, found)
    at = measured.at - first
    known = np.zeros(len(times), bool)
    known[at] = True
    raw = np.column_stack([_between(times, at, values) for values in measured.values.T])
    growth = np.zeros(len(times))
    for one, (start, end) in enumerate(pairwise(at)):
        if end > start + 1:
            _bridge(frames, found, one, times, raw, growth, slice(start, end + 1))
    steady = _steady(times, raw, steadiness)
    steady[:, 2] = np.maximum(steady[:, 2], np.log(_LEAST) + _usual(times, raw[:, 2]))
    sizes = _hiding(steady, raw, known) * (1 + growth)
    centers = steady[:, :2]
    _hide_both(everything, first, known, centers, sizes)
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


def smoothed(times: np.ndarray, values: np.ndarray, deviation_s: float) -> np.ndarray:
    """Return values averaged over a bell around each moment, which delays nothing.

    Args:
        times: float (N,) s, rising.
        values: float (N, C). Beyond both ends they go on as if turned around the last one.
        deviation_s: of the bell.
    """
    count = len(times)
    if count < 3 or deviation_s <= 0:
        return values
    step_s = max((times[-1] - times[0]) / (count - 1), 1e-6)
    reach = min(int(np.ceil(_BELL * deviation_s / step_s)), count - 1)
    if reach < 1:
        return values
    padded_s = np.concatenate([2 * times[0] - times[reach:0:-1], times, 2 * times[-1] - times[-2 : -reach - 2 : -1]])
    before, after = 2 * values[0] - values[reach:0:-1], 2 * values[-1] - values[-2 : -reach - 2 : -1]
    padded = np.concatenate([before, values, after])
    total, weights = np.zeros_like(values, dtype=float), np.zeros(count)
    for offset in range(2 * reach + 1):
        part = slice(offset, offset + count)
        weight = np.exp(-(((padded_s[part] - times) / deviation_s) ** 2) / 2)
        total += weight[:, None] * padded[part]
        weights += weight
    return total / weights[:, None]


def _trusted(frames: Sequence[AnalysedFrame], found: Sequence[Found], crowded: Collection[int]) -> Sequence[Found]:
    """Return what was found without what may be somebody else, who was near for a moment: before and after it is known.

    Where somebody stays near, there is nothing better than what was found.
    """
    kept: list[Found] = []
    doubted: list[Found] = []
    for one in found:
        if one.at in crowded and kept:
            doubted.append(one)
            continue
        if doubted and frames[one.at].time_s - frames[kept[-1].at].time_s > _CROWDED_S:
            kept += doubted
        doubted = []
        kept.append(one)
    return kept + doubted


def _hide_both(found: Sequence[Found], first: int, known: np.ndarray, centers: np.ndarray, sizes: np.ndarray) -> None:
    """Let covers hide the place where somebody should be and what was found nearby, in place.

    found: all there is. known: bool (N,), where that is what is covered already.
    """
    for one in found:
        row, region = one.at - first, one.face.region
        if known[row]:
            continue
        way = np.array(region.center) - centers[row]
        apart = float(np.linalg.norm(way))
        if apart < _MAX_DOUBT * sizes[row]:  # farther away, it is the other one's face
            centers[row] = centers[row] + way / 2
            sizes[row] += max(apart, region.size_px - sizes[row])


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
    frames: Sequence[AnalysedFrame],
    found: Sequence[Found],
    before: int,
    times: np.ndarray,
    raw: np.ndarray,
    growth: np.ndarray,
    gap: slice,
) -> None:
    """Fill a gap, in place: from the way on from its beginning, more and more to the way back from its end."""
    moments = times[gap]
    since_s, until_s = moments - moments[0], moments[-1] - moments
    share = since_s / max(since_s[-1], 1e-9)
    share = (share * share * (3 - 2 * share))[:, None]
    going = speed_at(frames, found[: before + 1], at_end=True)
    coming = speed_at(frames, found[before + 1 :], at_end=False)
    straight = raw[gap, :2].copy()
    on = straight[0] + coasted_s(since_s)[:, None] * going
    back = straight[-1] - coasted_s(until_s)[:, None] * coming
    raw[gap, :2] = (1 - share) * on + share * back
    sizes = np.exp(raw[gap, 2])
    ways = np.linalg.norm(raw[gap, :2] - straight, axis=1) / sizes
    speed = max(float(np.linalg.norm(going)), float(np.linalg.norm(coming))) / sizes
    doubt = (_DOUBT_PER_S + _DOUBT_PER_SIZE * speed) * np.minimum(since_s, until_s)
    growth[gap] = np.minimum(_DOUBT_WAYS * ways + doubt, _MAX_DOUBT)


def _steady(times: np.ndarray, raw: np.ndarray, steadiness: Steadiness) -> np.ndarray:
    """Return places averaged where that takes off what trembles, and as they are where somebody moves."""
    deviation_s = min(_STEADY_S * _USUAL_HZ / max(steadiness.min_cutoff_hz, 1e-3), 4 * _STEADY_S)
    calm = smoothed(times, raw, deviation_s)
    away = np.linalg.norm((raw - calm)[:, :2], axis=1) / np.exp(raw[:, 2])
    away = np.maximum(away, np.abs((raw - calm)[:, 2]))
    followed = _followed(times, away, (_TREMBLE, _MOVE), deviation_s)
    turned = _followed(times, np.abs((raw - calm)[:, 3]), (_TREMBLE_RAD, _MOVE_RAD), deviation_s)
    shares = np.column_stack([followed, followed, followed, turned])
    return calm + shares * (raw - calm)


def _followed(times: np.ndarray, away: np.ndarray, limits: tuple[float, float], deviation_s: float) -> np.ndarray:
    """Return how much of what averaging takes away is put back at each moment, 0 to 1, changing slowly."""
    low, high = limits
    wanted = np.clip((away - low) / (high - low), 0, 1)
    return np.maximum(wanted, smoothed(times, wanted[:, None], deviation_s / 2)[:, 0]).clip(0, 1)


def _hiding(steady: np.ndarray, raw: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return sizes with which the steady place hides what was found, float (N,) px."""
    sizes, found = np.exp(steady[:, 2]), np.exp(raw[:, 2])
    behind = np.linalg.norm(steady[:, :2] - raw[:, :2], axis=1) + np.maximum(found - sizes, 0) / 2
    return sizes + 2 * np.maximum(behind - PLAY * found, 0) * known


def _usual(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the median of values around each moment, float (N,)."""
    step_s = max((times[-1] - times[0]) / max(len(times) - 1, 1), 1e-6)
    reach = min(round(_USUAL_S / step_s), len(times) - 1)
    padded = np.pad(values, reach, mode="reflect") if reach else values
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1), axis=1)


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
    centers, sizes = [], []
    at = edge + step
    while 0 <= at < len(frames) and not frames[at if at_end else at + 1].cut:
        elapsed_s = abs(frames[at].time_s - frames[edge].time_s)
        place = center + coasted_s(elapsed_s, _EXTENDED_COAST_S) * velocity
        if elapsed_s > EXTENDED_S + 1e-6 or _is_outside(place, size, frames[at].size_wh):
            break
        margin = _AT_BORDER * size
        centers.append(place.clip(-margin, np.array(frames[at].size_wh) + margin))
        sizes.append(size * (1 + min((_DOUBT_PER_S + _DOUBT_PER_SIZE * speed) * elapsed_s, _MAX_DOUBT)))
        at += step
    return np.array(centers).reshape(-1, 2), np.array(sizes)


def _wider_at_borders(frames: Sequence[AnalysedFrame], path: Path) -> Path:
    """Return a path whose covers are larger where a face is cut off by the border, and its place less certain."""
    size_wh = np.array([frame.size_wh for frame in frames[path.first : path.last + 1]])
    inside = np.minimum(path.centers, size_wh - path.centers).min(1) / path.sizes
    share = ((_CUT_OFF - inside) / _CUT_OFF).clip(0, 1)
    return replace(path, sizes=path.sizes * (1 + _WIDER * share))


def _is_outside(place: np.ndarray, size: float, size_wh: tuple[int, int]) -> bool:
    margin = _OUTSIDE * size
    return bool((place < -margin).any() or (place > np.array(size_wh) + margin).any())
