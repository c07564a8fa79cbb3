"""The one memory of everybody in view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from realtime.people.evidence import Ask, Evidence
from realtime.people.neutral import NeutralProfile, RunningBaseline
from realtime.people.own import Shown
from realtime.people.smoothing import Smoother
from realtime.people.steadiness import Steadiness
from realtime.people.tracker import KEEP_S, KEEP_STRICT_S, Tracker, appearance
from realtime.records import GENDER_THRESHOLDS, Face, Prediction, Reading, Region, Sighting, Suspect


@dataclass
class _Person:
    """All that is remembered of one person.

    own: which expression of their own is shown. beside_owner: whether they were seen in one frame with the owner of the
    profile, and so are somebody else.
    """

    smoother: Smoother
    own: Shown = field(default_factory=Shown)
    baseline: RunningBaseline = field(default_factory=RunningBaseline)
    beside_owner: bool = False


class People:
    """Says who is seen, who is missing and who is gone, and remembers each person until they are gone.

    A face is followed from its first sighting on, but becomes a person only once it is confirmed.
    Somebody who is not detected for a moment is missing: all that is known of them stays. Somebody who is neither seen
    nor missing is gone, and is forgotten. The readings of a frame name everybody who is known, so whoever keeps
    something else for each person, as the overlay does, may forget those who are not in them.
    """

    def __init__(
        self,
        tracker: Tracker | None = None,
        steadiness: Steadiness | None = None,
        profile: NeutralProfile | None = None,
        running_neutral: bool = False,
        gender_thresholds: tuple[float, ...] = GENDER_THRESHOLDS,
    ) -> None:
        """Begin with nobody.

        Args:
            tracker: says which face is whose.
            steadiness: the settings of the smoothing.
            profile: the resting face of the program's owner, against which the owner's expressions are measured, and
                what they taught.
            running_neutral: measure everybody against their own slow average instead.
            gender_thresholds: how sure the model must be before it chooses a drawing, order GENDERS.
        """
        self._tracker = tracker or Tracker()
        self._steadiness = steadiness or Steadiness()
        self.profile = profile or NeutralProfile()
        self._running_neutral = running_neutral
        self._gender_thresholds = gender_thresholds
        self._evidence: dict[int, Evidence] = {}
        self._known: dict[int, _Person] = {}
        self._owner: int | None = None

    def keep_strict(self, strict: bool) -> None:
        """Let people who are not found stay known for longer, as strict privacy wants it, or not."""
        self._tracker.keep_s = KEEP_STRICT_S if strict else KEEP_S

    @property
    def all_followed(self) -> bool:
        """Whether there is somebody to follow, and nobody of whom it is not clear yet whether it is a person."""
        evidence = self._evidence.values()
        return any(one.confirmed for one in evidence) and all(one.settled for one in evidence)

    def recognise(self, faces: Sequence[Face], patches: Sequence[np.ndarray], time_s: float) -> list[int]:
        """Return whose each face of a frame is, a track id, in order.

        patches: uint8 (S, S), grey, of each face.
        """
        tracks = self._tracker.update(faces, time_s, [appearance(patch) for patch in patches])
        for track, face in zip(tracks, faces, strict=True):
            if track not in self._evidence:
                self._evidence[track] = Evidence(face, time_s)
            self._evidence[track].seen(face, time_s)
        self._evidence = {track: self._evidence[track] for track in sorted(self._tracker.followed)}
        return tracks

    def confirm(self, ask: Ask | None, time_s: float, most: int) -> None:
        """Find out which of the faces just recognised are faces of people.

        Args:
            ask: looks for landmarks where a face is; None where the detectors' word has to do.
            time_s: of the frame.
            most: how often to ask. The others wait for another frame.
        """
        if ask is None:
            for one in self._evidence.values():
                one.trust_detector()
        else:
            due = [one for one in self._evidence.values() if one.wants_answer(time_s)]
            for one in sorted(due, key=lambda one: one.urgency)[:most]:
                one.answer(ask(one.region), time_s)
        for track, one in self._evidence.items():
            if one.confirmed:
                self._tracker.trust(track)

    def is_confirmed(self, track: int) -> bool:
        """Return whether a face that is followed is that of a person."""
        return self._evidence[track].confirmed

    @property
    def suspects(self) -> tuple[Suspect, ...]:
        """Faces that are followed, but not confirmed."""
        return tuple(Suspect(face.region, likely) for face, likely in self.doubtful.values())

    @property
    def doubtful(self) -> dict[int, tuple[Face, bool]]:
        """Faces that are followed, but not confirmed, as seen last, by track; and whether each is likely to be one."""
        return {track: (one.face, one.likely) for track, one in self._evidence.items() if not one.confirmed}

    def expected(self, time_s: float) -> list[Region]:
        """Return where faces are expected: those of people, and what is likely to be one."""
        missing = self._tracker.missing(time_s)
        return [
            replace(one.face.region, center=(float(missing[track][0]), float(missing[track][1])))
            for track, one in self._evidence.items()
            if track in missing and (one.confirmed or one.likely)
        ]

    def as_taught(self, sightings: Sequence[Sighting], time_s: float) -> list[Sighting]:
        """Return what a frame shows of the people recognised in it, the owner read by what they taught.

        During a lesson they are read as everybody is, as it keeps what the model says of a face untaught.
        """
        taught = self.profile.taught
        if taught is None or self.profile.lesson is not None:
            return list(sightings)
        self._meet(sightings, time_s)
        return [
            replace(one, prediction=taught.read(one.prediction)) if one.track == self._owner else one
            for one in sightings
        ]

    def update(self, sightings: Sequence[Sighting], time_s: float) -> list[Reading]:
        """Take in what a frame shows of the people recognised in it; return a reading of everybody who is known.

        Those who are seen come first, in the order of the sightings, then those who are missing.
        """
        self._meet(sightings, time_s)
        readings = []
        for sighting in sightings:
            measured = replace(sighting, prediction=self._measured(sighting, time_s))
            readings.append(self._known[sighting.track].smoother.seen(measured, time_s))
        return readings + self.expect(time_s)

    def with_own(self, sightings: Sequence[Sighting], readings: Sequence[Reading], time_s: float) -> list[Reading]:
        """Return the readings with the expressions of their own that people make, once it is known how they move.

        These are the owner's, who may be teaching one at the moment; nobody else has any. A trace tells them by itself.
        """
        words = {sighting.track: sighting.prediction.own for sighting in sightings}
        movements = {reading.track: reading.movement for reading in readings}
        for sighting in sightings:
            if sighting.track == self._owner and not words[sighting.track]:
                words[sighting.track] = self.profile.see(sighting, movements.get(sighting.track), time_s)
        return [self._with_own(reading, words.get(reading.track, ""), time_s) for reading in readings]

    def _with_own(self, reading: Reading, word: str, time_s: float) -> Reading:
        shown = self._known[reading.track].own.see(word, time_s)
        if not (word or shown):
            return reading
        raw = None if reading.raw is None else replace(reading.raw, own=word)
        return replace(reading, raw=raw, own=shown)

    def expect(self, time_s: float) -> list[Reading]:
        """Return readings of those who were not seen at this time, moved to where they are expected."""
        missing = self._tracker.missing(time_s)
        return [
            self._known[track].smoother.expected(center, time_s)
            for track, center in missing.items()
            if track in self._known  # a frame that failed before it could be read leaves a track without a person
        ]

    def forget(self) -> None:
        """Forget everybody, as before an unrelated picture."""
        self._tracker.forget()
        self._evidence = {}
        self._forget_the_gone(set())

    def _meet(self, sightings: Sequence[Sighting], time_s: float) -> None:
        """Let those who are seen be known, the gone be forgotten, and the owner be found; twice is as good as once."""
        self._forget_the_gone({sighting.track for sighting in sightings} | self._tracker.missing(time_s).keys())
        for sighting in sightings:
            if sighting.track not in self._known:
                self._known[sighting.track] = _Person(Smoother(self._steadiness, self._gender_thresholds))
        self._settle_owner(sightings)

    def _forget_the_gone(self, known: set[int]) -> None:
        self._known = {track: person for track, person in self._known.items() if track in known}

    def _settle_owner(self, sightings: Sequence[Sighting]) -> None:
        """Choose whose the profile is, and keep to that person for as long as they are known.

        It is the largest face, but nobody who was ever seen beside the owner: when the owner has left and others stay,
        the profile waits for the owner to come back.
        """
        if self._owner not in self._known:
            able = [sighting for sighting in sightings if not self._known[sighting.track].beside_owner]
            main = max(able, key=lambda sighting: sighting.face.region.size_px, default=None)
            self._owner = None if main is None else main.track
        if any(sighting.track == self._owner for sighting in sightings):
            for sighting in sightings:
                self._known[sighting.track].beside_owner |= sighting.track != self._owner

    def _measured(self, sighting: Sighting, time_s: float) -> Prediction:
        """Return what a sighting shows, measured against the resting face that belongs to it, if there is one."""
        is_owner = sighting.track == self._owner
        if is_owner and self.profile.lesson is None:
            self.profile.learn(sighting.prediction, time_s)
        if self._running_neutral:
            return self._known[sighting.track].baseline.measure(sighting.prediction, time_s)
        return self.profile.measure(sighting.prediction) if is_owner else sighting.prediction
