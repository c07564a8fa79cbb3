"""Who is who: gives each face of a frame the id of the person it belongs to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from realtime.people.assignment import assignment
from realtime.records import Face

# A face farther than this from where a person was expected, in sizes of the face, is somebody else.
_MAX_DISTANCE = 1.0
# The same for a face that the detector is not sure of.
_MAX_DISTANCE_UNSURE = 0.5
# A face that is larger or smaller by more than this factor is somebody else.
_MAX_GROWTH = 2.0
# Weight of the logarithm of the size ratio against the distance in the cost of a pair.
_GROWTH_COST = 0.5
# Weight of a difference in appearance; patches of one person correlate by 0.9 and more, of two people by 0.1 to 0.4.
_APPEARANCE_COST = 1.0
# A face and a track that are not paired cost as much as this. Somebody who comes out from behind another at some
# distance is rather taken for new than given the other's track while the other takes a third one.
_ALONE_COST = 2.0
# A face may be farther away for each second it was not seen, for no longer than this.
_MOST_DOUBT_S = 1.0
# From this correlation on, a face may be farther away and still be the same person.
_ALIKE = 0.8
# Factor on the greatest distance for a face that is alike.
_ALIKE_REACH = 2.0
# Share of a new patch in a track's appearance, which is a running average.
_APPEARANCE_SHARE = 0.1
# A track's appearance is left as it is while another face is nearer than this, in sizes: the patch may show that one.
_CROWDED = 1.0
# Side of the coarse patch that an appearance is made of, in pixels.
_APPEARANCE_SIDE_PX = 12
# Two who came out of a crossing as each other: each looks like the other by this much at least, and both together by
# that much more than like themselves. They are no farther apart than so many sizes.
_EXCHANGED, _EXCHANGED_MORE, _MET = 0.7, 0.6, 3.0
# Somebody hides another, or may do so, who is nearer than this, in sizes of the larger one.
_BESIDE = 1.25
# A movement dies away with this time constant after a face was last seen.
_COAST_S = 0.4
# Time constant of the average over which a track's velocity is taken.
_VELOCITY_S = 0.08
# A trusted face that is not found stays known for this long; with strict privacy, which blurs the picture meanwhile,
# for longer.
KEEP_S, KEEP_STRICT_S = 1.0, 3.0
# A face of which nobody knows yet whether it is one is followed for this long without being found.
_KEPT_UNTRUSTED_S = 0.5


@dataclass
class _Track:
    id: int
    center: np.ndarray  # (2,) px, where last seen
    size_px: float
    velocity: np.ndarray  # (2,) px per second
    seen_s: float
    appearance: np.ndarray | None
    trusted: bool = False
    hidden_by: _Track | None = None  # who was beside them when they were seen last

    def expected(self, time_s: float) -> np.ndarray:
        return self.center + self.velocity * _COAST_S * (1 - math.exp(-max(time_s - self.seen_s, 0.0) / _COAST_S))


class Tracker:
    """Follows faces from frame to frame by where their movement is expected to take them.

    Faces the detector is sure of are matched first, then the others with the tracks that are left (ByteTrack, Zhang et
    al., ECCV 2022): they keep a person in view who would be lost. Whether a track is a person is not said here.
    """

    def __init__(self, keep_s: float = KEEP_S) -> None:
        """keep_s: how long a trusted face that is not found stays known, in seconds."""
        self.keep_s = keep_s
        self._tracks: list[_Track] = []
        self._next_id = 1

    def update(
        self, faces: Sequence[Face], time_s: float, appearances: Sequence[np.ndarray] | None = None
    ) -> list[int]:
        """Return the id of each face, in order; ids are never used again.

        appearances: of each face, from `appearance`; they tell two people apart who cross.
        """
        self._tracks = [track for track in self._tracks if time_s - track.seen_s <= self._kept_s(track)]
        shown: list[np.ndarray | None] = [None for _ in faces] if appearances is None else list(appearances)
        matches: dict[int, _Track] = {}
        for sure, reach in ((True, _MAX_DISTANCE), (False, _MAX_DISTANCE_UNSURE)):
            taken = {id(track) for track in matches.values()}
            free = [track for track in self._tracks if id(track) not in taken]
            rows = [n for n, f in enumerate(faces) if f.sure is sure]
            costs = [[_cost(faces[n], shown[n], track, time_s, reach) for track in free] for n in rows]
            matches |= {rows[row]: free[column] for row, column in _pairs(costs)}
        self._find_the_hidden(faces, matches)
        _put_right(faces, shown, matches)
        tracks = [
            self._seen(matches.get(n), face, time_s, shown[n] if _alone(face, faces) or n not in matches else None)
            for n, face in enumerate(faces)
        ]
        self._note_who_hides(tracks, time_s)
        return [track.id for track in tracks]

    def trust(self, track: int) -> None:
        """Take a track for a person, who stays known while not found."""
        for known in self._tracks:
            known.trusted |= known.id == track

    @property
    def followed(self) -> set[int]:
        """The ids of all faces that are known, found in the last frame or not."""
        return {track.id for track in self._tracks}

    def missing(self, time_s: float) -> dict[int, np.ndarray]:
        """Return the known faces not seen at time_s: id -> where each is expected, (2,) px."""
        return {t.id: t.expected(time_s) for t in self._tracks if t.seen_s < time_s}

    def forget(self) -> None:
        """Drop all tracks, as before an unrelated picture."""
        self._tracks = []

    def _find_the_hidden(self, faces: Sequence[Face], matches: dict[int, _Track]) -> None:
        """Match the faces that are left with people who went behind somebody, and come out beside them again."""
        places = {id(track): faces[n].region for n, track in matches.items()}
        for track in self._tracks:
            hider = None if track.hidden_by is None else places.get(id(track.hidden_by))
            if not track.trusted or hider is None or id(track) in places:
                continue
            for n, face in enumerate(faces):
                near = math.dist(face.region.center, hider.center) < _BESIDE * max(face.region.size_px, hider.size_px)
                growth = abs(math.log(face.region.size_px / track.size_px))
                if n not in matches and near and growth < math.log(_MAX_GROWTH):
                    matches[n] = track
                    break

    def _note_who_hides(self, seen: Sequence[_Track], time_s: float) -> None:
        """Remember of those who were not seen in this frame for the first time who is where they should be."""
        shown = {id(track) for track in seen}
        for track in self._tracks:
            if id(track) in shown:
                track.hidden_by = None
            elif track.hidden_by is None and seen:
                place = track.expected(time_s)
                hider = min(seen, key=lambda other: math.dist(other.center, place))
                near = math.dist(hider.center, place) < _BESIDE * max(hider.size_px, track.size_px)
                track.hidden_by = hider if near and hider.trusted else None

    def _kept_s(self, track: _Track) -> float:
        return self.keep_s if track.trusted else min(self.keep_s, _KEPT_UNTRUSTED_S)

    def _seen(self, track: _Track | None, face: Face, time_s: float, shown: np.ndarray | None) -> _Track:
        center = np.array(face.region.center)
        if track is None:
            track = _Track(
                id=self._next_id,
                center=center,
                size_px=face.region.size_px,
                velocity=np.zeros(2),
                seen_s=time_s,
                appearance=shown,
            )
            self._next_id += 1
            self._tracks.append(track)
        else:
            elapsed_s = time_s - track.seen_s
            if elapsed_s > 0:
                share = 1 - math.exp(-elapsed_s / _VELOCITY_S)
                track.velocity = track.velocity + share * ((center - track.center) / elapsed_s - track.velocity)
            track.center, track.size_px, track.seen_s = center, face.region.size_px, time_s
            if shown is not None and track.appearance is not None:
                mixed = track.appearance + np.float32(_APPEARANCE_SHARE) * (shown - track.appearance)
                track.appearance = mixed / max(float(np.linalg.norm(mixed)), 1e-6)
        return track


def appearance(patch: np.ndarray) -> np.ndarray:
    """Return how a face looks, whatever the light: a coarse patch of mean 0 and length 1, float32 (144,).

    patch: uint8 (S, S), from `face_patch`.
    """
    coarse = (
        cv2.resize(patch, (_APPEARANCE_SIDE_PX, _APPEARANCE_SIDE_PX), interpolation=cv2.INTER_AREA)
        .astype(np.float32)
        .ravel()
    )
    coarse -= coarse.mean()
    return coarse / max(float(np.linalg.norm(coarse)), 1e-6)


def _put_right(faces: Sequence[Face], shown: Sequence[np.ndarray | None], matches: dict[int, _Track]) -> None:
    """Let two tracks exchange who they are if their faces look like each other's: half hidden ones mislead."""
    seen = [(faces[n].region, shown[n], track) for n, track in matches.items()]
    clear = [(region, look, track) for region, look, track in seen if look is not None and track.appearance is not None]
    if len(clear) < 2:
        return
    alike = np.array([look for _, look, _ in clear]) @ np.array([track.appearance for *_, track in clear]).T
    own = np.diagonal(alike)
    exchanged = (np.minimum(alike, alike.T) > _EXCHANGED) & (alike + alike.T > own[:, None] + own + _EXCHANGED_MORE)
    for first, second in np.argwhere(np.triu(exchanged)):
        (here, _, one), (there, _, other) = clear[first], clear[second]
        if math.dist(here.center, there.center) < _MET * max(here.size_px, there.size_px):
            one.id, other.id = other.id, one.id
            one.appearance, other.appearance = other.appearance, one.appearance
            one.trusted, other.trusted = other.trusted, one.trusted


def _alone(face: Face, faces: Sequence[Face]) -> bool:
    near = _CROWDED * face.region.size_px
    return all(f is face or math.dist(f.region.center, face.region.center) > near for f in faces)


def _pairs(costs: list[list[float]]) -> list[tuple[int, int]]:
    """Return the pairs (face, track) of least total cost; what is left alone costs _ALONE_COST."""
    if not costs or not costs[0]:
        return []
    table = np.array(costs)
    return [pair for pair in assignment(np.minimum(table, _ALONE_COST)) if table[pair] < _ALONE_COST]


def _cost(face: Face, shown: np.ndarray | None, track: _Track, time_s: float, reach: float) -> float:
    """Return how unlikely it is that a face is a track's, infinite where it can't be."""
    distance = math.dist(face.region.center, track.expected(time_s)) / max(face.region.size_px, track.size_px)
    growth = abs(math.log(face.region.size_px / track.size_px))
    alike = None if shown is None or track.appearance is None else float(shown @ track.appearance)
    if alike is not None and alike > _ALIKE:
        reach *= _ALIKE_REACH
    # The longer somebody is hidden, the less certain is where they went.
    reach *= 1 + min(time_s - track.seen_s, _MOST_DOUBT_S)
    if distance >= reach or growth >= math.log(_MAX_GROWTH):
        return math.inf
    return distance + _GROWTH_COST * growth + (0.0 if alike is None else _APPEARANCE_COST * (1 - alike))
