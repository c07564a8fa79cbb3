"""What is remembered of each person: steady geometry, steady probabilities, steady choices.

Every time here is in seconds, so that nothing depends on the frame rate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from realtime.records import EMOTIONS, GENDERS, Face, Prediction, Reading, Region

# Time constant of the average of the emotion probabilities.
_EMOTION_S = 0.2
# Another emotion is shown once it leads by this much ...
_MARGIN = 0.12
# ... for this long.
_DWELL_S = 0.1
# A gendered drawing is chosen at this average probability, and given up again below the second.
_GENDER_ENTER = 0.75
_GENDER_LEAVE = 0.6
# A face that is not found grows by this share each second, as its place gets less certain.
_DOUBT_PER_S = 0.5
# The gender of a track is the average over this much of its life; then it hardly moves any more.
_GENDER_LIFE_S = 60.0


class OneEuro:
    """A low-pass filter whose cutoff rises with the speed (Casiez, Roussel and Vogel, CHI 2012)."""

    def __init__(self, min_cutoff_hz: float, beta: float, derivative_cutoff_hz: float = 2.0) -> None:
        """beta: Hz of cutoff per unit and second of speed."""
        self._min_cutoff_hz = min_cutoff_hz
        self._beta = beta
        self._derivative_cutoff_hz = derivative_cutoff_hz
        self._value: np.ndarray | None = None
        self._speed = np.zeros(0)

    def __call__(self, value: np.ndarray, elapsed_s: float, unit: float = 1.0) -> np.ndarray:
        """Filter one sample, float (n,), `elapsed_s` after the last. unit: the length that counts as 1."""
        if self._value is None or elapsed_s <= 0:
            self._value, self._speed = value, np.zeros_like(value)
            return value
        speed = (value - self._value) / elapsed_s
        self._speed = self._speed + _share(self._derivative_cutoff_hz, elapsed_s) * (speed - self._speed)
        cutoff_hz = self._min_cutoff_hz + self._beta * float(np.linalg.norm(self._speed)) / unit
        self._value = self._value + _share(cutoff_hz, elapsed_s) * (value - self._value)
        return self._value


def _share(cutoff_hz: float, elapsed_s: float) -> float:
    """Return how much of a new sample a low-pass filter of this cutoff takes."""
    return 1 / (1 + 1 / (2 * math.pi * cutoff_hz * elapsed_s))


class People:
    """The memory of everybody in view, by track id."""

    def __init__(self) -> None:
        self._people: dict[int, _Person] = {}

    def update(
        self, ids: Sequence[int], faces: Sequence[Face], predictions: Sequence[Prediction], time_s: float
    ) -> list[Reading]:
        """Take in the faces of a frame and return what is now known of them, in order."""
        readings = []
        for track, face, prediction in zip(ids, faces, predictions, strict=True):
            person = self._people.setdefault(track, _Person(track))
            readings.append(person.seen(face, prediction, time_s))
        return readings

    def expect(self, missing: dict[int, np.ndarray], time_s: float) -> list[Reading]:
        """Return readings of people who were not found, moved to where they are expected: id -> (2,) px.

        The longer somebody is missing, the less sure the place, so the face grows.
        """
        return [self._people[track].expected(center, time_s) for track, center in missing.items()]

    def keep(self, ids: Sequence[int]) -> None:
        """Forget everybody but these."""
        self._people = {track: person for track, person in self._people.items() if track in ids}


class _Person:
    def __init__(self, track: int) -> None:
        self._track = track
        self._center = OneEuro(min_cutoff_hz=1.0, beta=5.0)  # unit: the size of the face
        self._shape = OneEuro(min_cutoff_hz=1.0, beta=4.0)  # (log size, roll)
        self._roll = 0.0
        self._seen_s: float | None = None
        self._emotions = np.zeros(len(EMOTIONS), np.float32)
        self._genders = np.zeros(len(GENDERS), np.float32)
        self._gender_s = 0.0
        self._emotion = ""
        self._rival = ""
        self._rival_since_s = 0.0
        self._presentation = "neutral"
        self._reading: Reading | None = None

    def seen(self, face: Face, prediction: Prediction, time_s: float) -> Reading:
        elapsed_s = 0.0 if self._seen_s is None else time_s - self._seen_s
        self._seen_s = time_s
        average = self._averaged(prediction, elapsed_s)
        self._choose_emotion(average.emotions, time_s)
        self._choose_presentation(average.genders)
        steady = _moved(face, self._steady(face.region, elapsed_s))
        self._reading = Reading(self._track, steady, prediction, average, self._emotion, self._presentation)
        return self._reading

    def expected(self, center: np.ndarray, time_s: float) -> Reading:
        last = self._reading
        assert last is not None  # a track begins with a face
        assert self._seen_s is not None
        size_px = last.face.region.size_px * (1 + _DOUBT_PER_S * (time_s - self._seen_s))
        region = Region((float(center[0]), float(center[1])), size_px, last.face.region.roll_rad)
        face = _moved(last.face, region)
        return Reading(last.track, face, None, last.prediction, last.emotion, last.presentation)

    def _averaged(self, prediction: Prediction, elapsed_s: float) -> Prediction:
        first = not self._emotion
        share = 1.0 if first else 1 - math.exp(-elapsed_s / _EMOTION_S)
        self._emotions = self._emotions + np.float32(share) * (prediction.emotions - self._emotions)
        self._gender_s = min(self._gender_s + elapsed_s, _GENDER_LIFE_S)
        share = 1.0 if first else elapsed_s / max(self._gender_s, 1e-6)
        self._genders = self._genders + np.float32(share) * (prediction.genders - self._genders)
        return Prediction(self._emotions, self._genders)

    def _choose_emotion(self, emotions: np.ndarray, time_s: float) -> None:
        leader = EMOTIONS[int(emotions.argmax())]
        if not self._emotion:
            self._emotion = leader
        lead = emotions.max() - emotions[EMOTIONS.index(self._emotion)]
        if leader != self._rival or lead < _MARGIN:
            self._rival, self._rival_since_s = leader, time_s
        if lead >= _MARGIN and time_s - self._rival_since_s >= _DWELL_S:
            self._emotion = leader

    def _choose_presentation(self, genders: np.ndarray) -> None:
        leader = int(genders.argmax())
        if genders[leader] >= _GENDER_ENTER:
            self._presentation = GENDERS[leader]
        elif GENDERS[leader] != self._presentation or genders[leader] < _GENDER_LEAVE:
            self._presentation = "neutral"

    def _steady(self, region: Region, elapsed_s: float) -> Region:
        # The same angle, in the turn nearest to the last one.
        self._roll += math.remainder(region.roll_rad - self._roll, 2 * math.pi)
        x, y = self._center(np.array(region.center), elapsed_s, unit=region.size_px)
        log_size, roll = self._shape(np.array([math.log(region.size_px), self._roll]), elapsed_s)
        return Region((float(x), float(y)), math.exp(log_size), float(roll))


def _moved(face: Face, region: Region) -> Face:
    """Return the face moved and scaled along with its region."""
    scale = region.size_px / face.region.size_px
    old, new = np.array(face.region.center), np.array(region.center)
    left, top = new + (np.array(face.box[:2]) - old) * scale
    right, bottom = new + (np.array(face.box[2:]) - old) * scale
    keypoints = (new + (face.keypoints - old) * scale).astype(np.float32)
    return Face((float(left), float(top), float(right), float(bottom)), face.score, keypoints, region)
