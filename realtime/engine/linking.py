"""Who is who over all of a video: tracks that are one person's are made one, looking forwards and backwards."""

from __future__ import annotations

import bisect
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np

from realtime.engine.analysis import AnalysedFrame, Found, Track, union
from realtime.engine.crowding import crowded_frames

# Nobody is missed for longer and taken for the same, wherever they come back, ...
_MAX_GAP_S = 1.5
# ... unless they come back where they were, no farther from it than this share of their size.
_MAX_STILL_GAP_S, _STILL = 3.0, 0.5
# What was never confirmed to be a face continues a person only after a shorter gap.
_MAX_DOUBTFUL_GAP_S = 1.0
# How far from where somebody is expected they may come back, in sizes of the face: at once, and more for each second.
_REACH, _REACH_PER_S = 0.5, 0.6
# A face that is larger or smaller by more than this factor is somebody else's.
_MAX_GROWTH = 1.7
# Weight of the size, by its logarithm, and of what the gender heads say, against the distance.
_GROWTH_COST, _GENDER_COST = 0.5, 0.5
# Half a face, at the border or behind somebody, is found too small and beside its place: what is smaller than this
# share of the usual size over so long is passed over where somebody is followed to.
_WHOLE, _USUAL_S = 0.75, 0.7
# What is smaller than this share of what its person usually is within so long before and after is something else.
_OTHER, _AROUND_S = 0.6, 1.5
# A movement is measured over this long, in which a face has to be found this often, ...
_MEASURED_S, _MEASURED = 0.25, 4
# ... and dies away with this time constant after somebody was seen last, or before they were first.
COAST_S = 0.4


@dataclass(frozen=True)
class _End:
    """An end of a track: when, where and how fast. velocity: in pixels a second, float (2,)."""

    at: int
    time_s: float
    center: np.ndarray
    size_px: float
    velocity: np.ndarray


@dataclass(frozen=True)
class _Pair:
    """Two tracks that may be one person's, by their numbers in the list."""

    cost: float
    one: int
    other: int


def linked(frames: Sequence[AnalysedFrame], tracks: Sequence[Track]) -> list[Track]:
    """Return the tracks with those made one that are one person's, and numbered anew from 1: people first.

    Two are one if one comes back where the other is expected, both by where the one was going and by where the other
    came from; never across a cut, and never two that are seen in one frame.

    Args:
        frames: of the video.
        tracks: as the tracker has them.
    """
    tracks = [_without_others(frames, track) for track in tracks if track.seen]
    tracks.sort(key=lambda track: track.seen[0].at)
    group = list(range(len(tracks)))
    seen = [{found.at for found in track.seen} for track in tracks]
    continued: set[int] = set()
    begun: set[int] = set()
    for pair in sorted(_pairs(frames, tracks), key=lambda pair: (pair.cost, pair.one, pair.other)):
        one, other = group[pair.one], group[pair.other]
        if one == other or pair.one in continued or pair.other in begun or seen[one] & seen[other]:
            continue
        continued.add(pair.one)
        begun.add(pair.other)
        group = [one if number == other else number for number in group]
        seen[one] |= seen[other]
    return _numbered([[track for track, own in zip(tracks, group, strict=True) if own == one] for one in set(group)])


def speed_at(frames: Sequence[AnalysedFrame], found: Sequence[Found], at_end: bool) -> np.ndarray:
    """Return how fast a face moves at the end or at the beginning of what was found, in pixels a second, float (2,)."""
    near = _near(frames, whole(frames, found, at_end), at_end, _MEASURED_S)
    if len(near) < _MEASURED:  # fewer places tell more of the detector's play than of a movement
        return np.zeros(2)
    times = np.array([frames[one.at].time_s for one in near])
    places = np.array([one.face.region.center for one in near])
    # The median of the slopes between all pairs (Theil, 1950; Sen, 1968): one wrong place does not turn it.
    one, other = np.triu_indices(len(near), 1)
    return np.median((places[other] - places[one]) / (times[other] - times[one])[:, None], axis=0)


def whole(frames: Sequence[AnalysedFrame], found: Sequence[Found], at_end: bool) -> Sequence[Found]:
    """Return what was found without what is half a face at the end or at the beginning."""
    near = _near(frames, found, at_end, _USUAL_S)
    least = _WHOLE * float(np.median([one.face.region.size_px for one in near]))
    left = next((n for n, one in enumerate(near) if one.face.region.size_px >= least), 0)
    return found[: len(found) - left] if at_end else found[left:]


def _near(frames: Sequence[AnalysedFrame], found: Sequence[Found], at_end: bool, within_s: float) -> list[Found]:
    """Return what was found within so long of the end or of the beginning, from there on."""
    ordered = reversed(found) if at_end else iter(found)
    edge_s = frames[found[-1 if at_end else 0].at].time_s
    return list(takewhile(lambda one: abs(frames[one.at].time_s - edge_s) <= within_s, ordered))


def coasted_s(elapsed_s: np.ndarray | float, constant_s: float = COAST_S) -> np.ndarray:
    """Return for how long of a time a movement went on that dies away: what its speed is to be multiplied by."""
    return constant_s * (1 - np.exp(-np.asarray(elapsed_s) / constant_s))


def _without_others(frames: Sequence[AnalysedFrame], track: Track) -> Track:
    """Return a track in which what is far too small counts as not seen, as a corner of somebody who is hidden."""
    seen = track.seen
    times = np.array([frames[one.at].time_s for one in seen])
    sizes = np.array([one.face.region.size_px for one in seen])
    starts = np.searchsorted(times, times - _AROUND_S, "left")
    ends = np.searchsorted(times, times + _AROUND_S, "right")
    usual = np.array([np.median(sizes[start:end]) for start, end in zip(starts, ends, strict=True)])
    other = {one.at for one, is_small in zip(seen, sizes < _OTHER * usual, strict=True) if is_small}
    return replace(track, found=tuple(replace(one, seen=one.seen and one.at not in other) for one in track.found))


def _pairs(frames: Sequence[AnalysedFrame], tracks: Sequence[Track]) -> Iterator[_Pair]:
    """Give the pairs of tracks of which the other may continue the one."""
    cuts = [at for at, frame in enumerate(frames) if frame.cut]
    alone = [_alone(track, crowd) for track, crowd in zip(tracks, crowded_frames(tracks), strict=True)]
    ends = [_end(frames, found, at_end=True) for found in alone]
    starts = [_end(frames, found, at_end=False) for found in alone]
    firsts = [track.seen[0].at for track in tracks]
    for one, end in enumerate(ends):
        last = tracks[one].seen[-1].at
        for other in range(bisect.bisect_right(firsts, last), len(tracks)):
            start = starts[other]
            if frames[firsts[other]].time_s - end.time_s > _MAX_STILL_GAP_S or _is_cut(cuts, last, firsts[other]):
                break
            if not (tracks[one].confirmed or tracks[other].confirmed):
                continue
            doubtful = not (tracks[one].confirmed and tracks[other].confirmed)
            cost = _cost(end, start, doubtful) + _GENDER_COST * _differ(tracks[one], tracks[other])
            if math.isfinite(cost):
                yield _Pair(cost, one, other)


def _alone(track: Track, crowded: Collection[int]) -> Sequence[Found]:
    """Return what was found of a track while nobody was near, or all of it where somebody always was."""
    return [one for one in track.seen if one.at not in crowded] or track.seen


def _is_cut(cuts: Sequence[int], end: int, start: int) -> bool:
    """Return whether something new begins after one frame, and not after the other."""
    following = bisect.bisect_right(cuts, end)
    return following < len(cuts) and cuts[following] <= start


def _cost(end: _End, start: _End, doubtful: bool) -> float:
    """Return how unlikely it is that somebody goes on from an end to a start, infinite where it can't be."""
    gap_s = start.time_s - end.time_s
    size = (end.size_px + start.size_px) / 2
    growth = abs(math.log(start.size_px / end.size_px))
    way = math.dist(start.center, end.center) / size
    if growth > math.log(_MAX_GROWTH) or gap_s > (_MAX_STILL_GAP_S if way < _STILL else _MAX_GAP_S):
        return math.inf
    if doubtful and gap_s > _MAX_DOUBTFUL_GAP_S:
        return math.inf
    # Both go on until the middle of the gap, where they have to meet.
    half = coasted_s(gap_s / 2)
    meeting = (end.center + half * end.velocity) - (start.center - half * start.velocity)
    distance = min(float(np.linalg.norm(meeting)) / size, way)
    if distance > _REACH + _REACH_PER_S * min(gap_s, 1.0):
        return math.inf
    return distance + _GROWTH_COST * growth + 0.1 * gap_s


def _differ(one: Track, other: Track) -> float:
    """Return by how much what the gender heads say of two differs, 0 to 1."""
    means = []
    for track in (one, other):
        said = [found.prediction.genders for found in track.found if found.prediction is not None and not found.hint]
        if not said:
            return 0.0
        means.append(float(np.mean([genders[0] for genders in said])))
    return abs(means[0] - means[1])


def _end(frames: Sequence[AnalysedFrame], found: Sequence[Found], at_end: bool) -> _End:
    edge = whole(frames, found, at_end)[-1 if at_end else 0]
    region = edge.face.region
    velocity = speed_at(frames, found, at_end)
    return _End(edge.at, frames[edge.at].time_s, np.array(region.center), region.size_px, velocity)


def _numbered(groups: Sequence[Sequence[Track]]) -> list[Track]:
    joined = [union(0, tracks) for tracks in groups]
    joined.sort(key=lambda track: (not track.confirmed, track.seen[0].at, track.seen[0].face.region.center))
    return [Track(number, track.confirmed, track.found) for number, track in enumerate(joined, 1)]
