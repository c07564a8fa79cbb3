"""From an analysis to what is drawn in each of its frames, with its edits obeyed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from realtime.engine.analysis import Analysis, Edits, Found, Track, Zone, merged, roots
from realtime.engine.covering import AROUND, SEEN, Path, path_of
from realtime.engine.crowding import crowded_frames
from realtime.engine.showing import Show, show_of
from realtime.people.steadiness import Steadiness
from realtime.records import Prediction, Reading, Region, Suspect


@dataclass(frozen=True, eq=False)
class Person:
    """A person of a plan: what was found of them, where they are covered, and what they show.

    seen: of the track, which would be worked out anew for each frame.
    """

    track: Track
    seen: tuple[Found, ...]
    path: Path
    show: Show


class Plan:
    """What is drawn in each frame of a video; made of an analysis, always the same of the same."""

    def __init__(self, analysis: Analysis, steadiness: Steadiness | None = None) -> None:
        """Work out all of it.

        Args:
            analysis: with its edits.
            steadiness: how steady places and expressions are to be.

        Raises:
            UsageError: the edits make one of two who are seen together.
        """
        self.analysis = analysis
        self._edits = analysis.edits
        steadiness = steadiness or Steadiness()
        tracks = merged(analysis)
        left = _left_out(self._edits)
        self.kept = [track for track in tracks if track.id in left]
        self.people = [
            _person(analysis, track, crowd, steadiness)
            for track, crowd in zip(tracks, crowded_frames(tracks), strict=True)
            if track.confirmed and track.id not in left
        ]
        self.doubtful = [track for track in tracks if not track.confirmed and track.id not in left]
        self._firsts = np.array([person.path.first for person in self.people], int)
        self._lasts = np.array([person.path.last for person in self.people], int)
        self._suspects: dict[int, list[Suspect]] = {}
        for track in self.doubtful:
            for one in track.found:
                self._suspects.setdefault(one.at, []).append(Suspect(one.face.region, one.likely))

    def readings(self, at: int) -> list[Reading]:
        """Return a reading of everybody who is covered in a frame, by its position; `raw` is None if not seen in it."""
        there = np.flatnonzero((self._firsts <= at) & (at <= self._lasts))
        readings = [_reading(self.people[number], at) for number in there]
        return [reading for reading in readings if not self._is_off(reading.face.region, at)]

    def suspects(self, at: int) -> list[Suspect]:
        """Return where something is in a frame that may be a face and was never confirmed."""
        return [one for one in self._suspects.get(at, ()) if not self._is_off(one.region, at)]

    def zones(self, at: int) -> list[Zone]:
        """Return what is covered in a frame whatever is there."""
        time_s = self.analysis.frames[at].time_s
        return [zone for zone in self._edits.zones if zone.applies(time_s)]

    def blurred(self) -> int:
        """Return in how many frames something is blurred of which nobody knows whether it is a face."""
        return sum(any(one.likely for one in suspects) for suspects in self._suspects.values())

    def _is_off(self, region: Region, at: int) -> bool:
        if not self._edits.zones_off:
            return False
        time_s = self.analysis.frames[at].time_s
        return any(zone.applies(time_s) and zone.holds(*region.center) for zone in self._edits.zones_off)


def _left_out(edits: Edits) -> set[int]:
    """Return the ids of those who are not covered; who was made one with another is that one."""
    into = roots(edits)
    return {into.get(number, number) for number in (*edits.keep, *edits.exclude)}


def _person(analysis: Analysis, track: Track, crowded: Collection[int], steadiness: Steadiness) -> Person:
    seen = track.seen
    path = path_of(analysis.frames, seen, steadiness, crowded)
    thresholds = analysis.about.gender_thresholds
    times = np.array([frame.time_s for frame in analysis.frames[path.first : path.last + 1]])
    return Person(track, seen, path, show_of(times, path.first, seen, steadiness, thresholds))


def _reading(person: Person, at: int) -> Reading:
    path, show, row = person.path, person.show, at - person.path.first
    found = person.seen[int(path.nearest[row])]
    x, y = path.centers[row]
    region = Region((float(x), float(y)), float(path.sizes[row]), float(path.rolls[row]))
    average = Prediction(show.emotions[row], show.genders)
    state = int(path.state[row])
    return Reading(
        track=person.track.id,
        face=found.face.moved_to(region),
        raw=(found.prediction or average) if state == SEEN else None,
        prediction=average,
        emotion=show.emotion[row],
        presentation=show.presentation,
        intensity=float(show.lead[row]),
        strong=bool(show.strong[row]),
        hint=found.hint if state != AROUND else "",
    )
