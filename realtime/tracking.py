"""Who is who: gives each face of a frame the id of the person it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from realtime.records import Face

# A face may be this far from where it was expected, in sizes of the face, and still be the same person.
_MAX_DISTANCE = 1.0
# ... and this many times larger or smaller.
_MAX_GROWTH = 2.0
# A movement is taken to go on for this long after a face was last seen.
_COAST_S = 0.3
# Time constant of the average over which a track's velocity is taken.
_VELOCITY_S = 0.08


@dataclass
class _Track:
    id: int
    center: np.ndarray  # (2,) px, where last seen
    size_px: float
    velocity: np.ndarray  # (2,) px per second
    seen_s: float

    def expected(self, time_s: float) -> np.ndarray:
        return self.center + self.velocity * min(time_s - self.seen_s, _COAST_S)


class Tracker:
    """Follows faces from frame to frame by where their movement is expected to take them."""

    def __init__(self, keep_s: float = 1.0) -> None:
        """keep_s: how long a face that is not found stays known, in seconds."""
        self._keep_s = keep_s
        self._tracks: list[_Track] = []
        self._next_id = 1

    def update(self, faces: Sequence[Face], time_s: float) -> list[int]:
        """Return the track id of each face, in order; ids are never used again."""
        self._tracks = [track for track in self._tracks if time_s - track.seen_s <= self._keep_s]
        matches = self._matches(faces, time_s)
        return [self._seen(matches.get(index), face, time_s) for index, face in enumerate(faces)]

    def missing(self, time_s: float) -> dict[int, np.ndarray]:
        """Return the tracks not seen at time_s: id -> where each is expected, (2,) px."""
        return {track.id: track.expected(time_s) for track in self._tracks if track.seen_s < time_s}

    def forget(self) -> None:
        """Drop all tracks, as before an unrelated picture."""
        self._tracks = []

    def _matches(self, faces: Sequence[Face], time_s: float) -> dict[int, _Track]:
        """Pair faces with tracks, nearest first; face index -> track."""
        pairs = []
        for track in self._tracks:
            for index, face in enumerate(faces):
                growth = face.region.size_px / track.size_px
                distance = np.linalg.norm(np.array(face.region.center) - track.expected(time_s))
                relative = distance / max(face.region.size_px, track.size_px)
                if relative < _MAX_DISTANCE and 1 / _MAX_GROWTH < growth < _MAX_GROWTH:
                    pairs.append((relative, index, track))
        matched: dict[int, _Track] = {}
        for _, index, track in sorted(pairs, key=lambda pair: pair[0]):
            if index not in matched and all(track is not other for other in matched.values()):
                matched[index] = track
        return matched

    def _seen(self, track: _Track | None, face: Face, time_s: float) -> int:
        center = np.array(face.region.center)
        if track is None:
            track = _Track(self._next_id, center, face.region.size_px, np.zeros(2), time_s)
            self._next_id += 1
            self._tracks.append(track)
            return track.id
        elapsed_s = time_s - track.seen_s
        if elapsed_s > 0:
            share = 1 - np.exp(-elapsed_s / _VELOCITY_S)
            track.velocity = track.velocity + share * ((center - track.center) / elapsed_s - track.velocity)
        track.center, track.size_px, track.seen_s = center, face.region.size_px, time_s
        return track.id
