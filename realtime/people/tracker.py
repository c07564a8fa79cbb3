"""Who is who: gives each face of a frame the id of the person it belongs to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from realtime.records import Face

# A face may be this far from where it was expected, in sizes of the face, and still be the same person ...
_MAX_DISTANCE = 1.0
# ... or this far, if the detector isn't sure of it ...
_MAX_DISTANCE_UNSURE = 0.5
# ... and this many times larger or smaller.
_MAX_GROWTH = 2.0
# What a difference in size counts against a distance: as much as log(size ratio) times this.
_GROWTH_COST = 0.5
# What a difference in looks counts: patches of one person are alike by 0.9 and more, of two by 0.1 to 0.4.
_LOOK_COST = 1.0
# Somebody who looks like this may be farther off than others, so many times.
_ALIKE, _ALIKE_REACH = 0.8, 2.0
# The looks of a track are an average, of which a new patch makes up this share, ...
_LOOK_SHARE = 0.1
# ... unless another face is nearer than this, in sizes: then it may be that one's.
_CROWDED = 1.0
_LOOK_SIDE = 12
# A movement dies away with this time constant after a face was last seen.
_COAST_S = 0.4
# Time constant of the average over which a track's velocity is taken.
_VELOCITY_S = 0.08
# A face the detector isn't sure of counts as one after so many sightings within so long.
_SIGHTINGS = 3
_SIGHTINGS_S = 1.0


@dataclass
class _Track:
    id: int
    center: np.ndarray  # (2,) px, where last seen
    size_px: float
    velocity: np.ndarray  # (2,) px per second
    seen_s: float
    since_s: float
    look: np.ndarray | None
    sightings: int = 1
    confirmed: bool = False

    def expected(self, time_s: float) -> np.ndarray:
        return self.center + self.velocity * _COAST_S * (1 - math.exp(-(time_s - self.seen_s) / _COAST_S))


class Tracker:
    """Follows faces from frame to frame by where their movement is expected to take them.

    Faces the detector is sure of are matched first, then the others with the tracks that are left (ByteTrack, Zhang et
    al., ECCV 2022): they keep a person in view who would be lost, but begin one only with evidence over time.
    """

    def __init__(self, keep_s: float = 1.0) -> None:
        """keep_s: how long a face that is not found stays known, in seconds."""
        self._keep_s = keep_s
        self._tracks: list[_Track] = []
        self._next_id = 1

    def update(
        self, faces: Sequence[Face], time_s: float, looks: Sequence[np.ndarray] | None = None
    ) -> list[int | None]:
        """Return the id of each face, in order, None for one without enough evidence; ids are never used again.

        looks: of each face, from `look`; they tell two people apart who cross.
        """
        self._tracks = [track for track in self._tracks if time_s - track.seen_s <= self._kept_s(track)]
        matches: dict[int, _Track] = {}
        for sure, reach in ((True, _MAX_DISTANCE), (False, _MAX_DISTANCE_UNSURE)):
            taken = {id(track) for track in matches.values()}
            free = [track for track in self._tracks if id(track) not in taken]
            seen = {n: (f, looks[n] if looks else None) for n, f in enumerate(faces) if f.sure is sure}
            matches |= _matched(seen, free, time_s, reach)
        alone = [_alone(face, faces) for face in faces]
        tracks = [
            self._seen(matches.get(n), face, time_s, looks[n] if looks and (alone[n] or n not in matches) else None)
            for n, face in enumerate(faces)
        ]
        return [track.id if track.confirmed else None for track in tracks]

    def missing(self, time_s: float) -> dict[int, np.ndarray]:
        """Return the known faces not seen at time_s: id -> where each is expected, (2,) px."""
        return {t.id: t.expected(time_s) for t in self._tracks if t.confirmed and t.seen_s < time_s}

    @property
    def follows_all(self) -> bool:
        """Whether there is somebody to follow, and nobody still has to be confirmed."""
        return bool(self._tracks) and all(track.confirmed for track in self._tracks)

    def forget(self) -> None:
        """Drop all tracks, as before an unrelated picture."""
        self._tracks = []

    def _kept_s(self, track: _Track) -> float:
        return self._keep_s if track.confirmed else min(self._keep_s, _SIGHTINGS_S / 2)

    def _seen(self, track: _Track | None, face: Face, time_s: float, look: np.ndarray | None) -> _Track:
        center = np.array(face.region.center)
        if track is None:
            track = _Track(self._next_id, center, face.region.size_px, np.zeros(2), time_s, time_s, look)
            self._next_id += 1
            self._tracks.append(track)
        else:
            elapsed_s = time_s - track.seen_s
            if elapsed_s > 0:
                share = 1 - math.exp(-elapsed_s / _VELOCITY_S)
                track.velocity = track.velocity + share * ((center - track.center) / elapsed_s - track.velocity)
            track.center, track.size_px, track.seen_s = center, face.region.size_px, time_s
            track.sightings += 1
            if look is not None and track.look is not None:
                mixed = track.look + np.float32(_LOOK_SHARE) * (look - track.look)
                track.look = mixed / max(float(np.linalg.norm(mixed)), 1e-6)
        if time_s - track.since_s > _SIGHTINGS_S:
            track.sightings, track.since_s = 1, time_s
        track.confirmed |= face.sure or track.sightings >= _SIGHTINGS
        return track


_Seen = tuple[Face, np.ndarray | None]


def look(patch: np.ndarray) -> np.ndarray:
    """Return how a face looks, whatever the light: a coarse patch of mean 0 and length 1, float32 (144,).

    patch: uint8 (S, S), from `face_patch`.
    """
    coarse = cv2.resize(patch, (_LOOK_SIDE, _LOOK_SIDE), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    coarse -= coarse.mean()
    return coarse / max(float(np.linalg.norm(coarse)), 1e-6)


def _alone(face: Face, faces: Sequence[Face]) -> bool:
    near = _CROWDED * face.region.size_px
    return all(f is face or math.dist(f.region.center, face.region.center) > near for f in faces)


def _matched(seen: dict[int, _Seen], tracks: Sequence[_Track], time_s: float, reach: float) -> dict[int, _Track]:
    """Pair faces with tracks at the least total cost; key of the face -> track."""
    if not seen or not tracks:
        return {}
    costs = np.array([[_cost(*one, track, time_s, reach) for track in tracks] for one in seen.values()])
    # A pair that can't be is dearer than all that can together, so that as many as possible are made.
    possible = np.isfinite(costs)
    impossible = 1 + (costs[possible].max() if possible.any() else 0.0) * (min(costs.shape) + 1)
    keys = list(seen)
    pairs = assignment(np.where(possible, costs, impossible))
    return {keys[row]: tracks[column] for row, column in pairs if possible[row, column]}


def _cost(face: Face, look: np.ndarray | None, track: _Track, time_s: float, reach: float) -> float:
    """Return how unlikely it is that a face is a track's, infinite where it can't be."""
    distance = math.dist(face.region.center, track.expected(time_s)) / max(face.region.size_px, track.size_px)
    growth = abs(math.log(face.region.size_px / track.size_px))
    known = look is not None and track.look is not None
    alike = 0.0 if look is None or track.look is None else float(look @ track.look)
    if distance >= reach * (_ALIKE_REACH if alike > _ALIKE else 1.0) or growth >= math.log(_MAX_GROWTH):
        return math.inf
    return distance + _GROWTH_COST * growth + (_LOOK_COST * (1 - alike) if known else 0.0)


def assignment(costs: np.ndarray) -> list[tuple[int, int]]:
    """Return the pairs (row, column) of least total cost, as many as the shorter side of float (R, C) has.

    The Hungarian method (Kuhn, 1955) with shortest augmenting paths, O(n^3).
    """
    if costs.shape[0] > costs.shape[1]:
        return sorted((row, column) for column, row in assignment(costs.T))
    rows, columns = costs.shape
    row_price, column_price = np.zeros(rows), np.zeros(columns + 1)
    owner = np.full(columns + 1, -1)  # the row of each column; the last one is where a new row waits
    for row in range(rows):
        owner[columns], column = row, columns
        least, came_from = np.full(columns, np.inf), np.full(columns, columns)
        visited = np.zeros(columns + 1, bool)
        while owner[column] >= 0:
            visited[column] = True
            reduced = costs[owner[column]] - row_price[owner[column]] - column_price[:columns]
            better = ~visited[:columns] & (reduced < least)
            least[better], came_from[better] = reduced[better], column
            nearest = int(np.argmin(np.where(visited[:columns], np.inf, least)))
            step = least[nearest]
            row_price[owner[visited]] += step
            column_price[visited] -= step
            least[~visited[:columns]] -= step
            column = nearest
        while column != columns:
            owner[column] = owner[came_from[column]]
            column = came_from[column]
    return [(int(owner[column]), column) for column in range(columns) if owner[column] >= 0]
