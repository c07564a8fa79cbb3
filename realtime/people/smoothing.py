"""What is remembered of each person: steady geometry, steady probabilities, steady choices.

Every time here is in seconds, so that nothing depends on the frame rate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from realtime.people.one_euro import OneEuro
from realtime.records import EMOTIONS, GENDERS, UNSURE, Face, Keypoints, Prediction, Reading, Region

# A gendered drawing is chosen at this average probability, and given up again below the second.
_GENDER_ENTER = 0.75
_GENDER_LEAVE = 0.6
# The gender of a track is the average over this much of its life; then it hardly moves any more.
_GENDER_LIFE_S = 60.0
# The strong drawing is chosen at this lead of the emotion over the next likely one, and given up below the second.
_STRONG_ENTER = 0.55
_STRONG_LEAVE = 0.35
# Where no emotion is this likely, none can be told; the second brings it back.
_UNSURE_BELOW = 0.28
_UNSURE_ABOVE = 0.34
# ... for so long, or when something has stood in the way of reading the face for so long.
_UNSURE_S = 0.4
# A face that is not found grows by no more than this share.
_MAX_DOUBT = 0.6
# The roll is found less exactly than the place: what counts as rest is so many times larger.
_ROLL_REST = 2.5
# The cover grows by what the detected place differs from the steady one, but for so much of the face's size.
_PLAY = 0.04


@dataclass(frozen=True)
class Steadiness:
    """How steady emoji are; all of it can be set in the configuration file's [smoothing].

    emotion_s: time constant of the average of the emotion probabilities. margin, dwell_s: another emotion is shown once
    it leads by so much for so long. unrest_s: every change raises the margin by itself, which dies away with this time
    constant, so that a face between two emotions comes to rest. doubt_per_s: share by which a face that is not found
    grows each second, as its place gets less certain. min_cutoff_hz, beta, derivative_cutoff_hz: of the One Euro
    filters of place (in sizes of the face), size (in its logarithm) and roll (in radians). rest: speed in these units
    and seconds that counts as none, since a still face seems to move a little.
    """

    emotion_s: float = 0.2
    margin: float = 0.12
    dwell_s: float = 0.1
    unrest_s: float = 20.0
    doubt_per_s: float = 0.5
    min_cutoff_hz: float = 0.8
    beta: float = 5.0
    derivative_cutoff_hz: float = 3.0
    rest: float = 0.25

    def scaled(self, smooth: float) -> Steadiness:
        """Return these settings for the one knob: 0 is none of it, 0.5 leaves them as they are, 1 is twice as much."""
        times = 2 * smooth
        return replace(
            self,
            emotion_s=self.emotion_s * times,
            margin=self.margin * times,
            dwell_s=self.dwell_s * times,
            min_cutoff_hz=self.min_cutoff_hz / max(times, 1e-3),
        )


class People:
    """The memory of everybody in view, by track id."""

    def __init__(self, steadiness: Steadiness | None = None) -> None:
        self._steadiness = steadiness or Steadiness()
        self._people: dict[int, _Person] = {}

    def update(
        self,
        ids: Sequence[int],
        faces: Sequence[Face],
        predictions: Sequence[Prediction],
        time_s: float,
        hints: Sequence[str] | None = None,
    ) -> list[Reading]:
        """Take in the faces of a frame and return what is now known of them, in order.

        hints: what stands in the way of reading each face, empty where nothing does.
        """
        readings = []
        for track, face, prediction, hint in zip(ids, faces, predictions, hints or [""] * len(ids), strict=True):
            person = self._people.setdefault(track, _Person(track, self._steadiness))
            readings.append(person.seen(face, prediction, time_s, hint))
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
    def __init__(self, track: int, steadiness: Steadiness) -> None:
        self._track = track
        self._set = steadiness
        euro = steadiness.min_cutoff_hz, steadiness.beta, steadiness.derivative_cutoff_hz
        self._center = OneEuro(*euro, steadiness.rest)  # unit: the size of the face
        self._log_size = OneEuro(*euro, steadiness.rest)
        self._turned = OneEuro(*euro, steadiness.rest * _ROLL_REST)
        self._roll = 0.0
        self._seen_s: float | None = None
        self._emotions = np.zeros(len(EMOTIONS), np.float32)
        self._known = False  # whether a readable face has been seen
        self._genders = np.zeros(len(GENDERS), np.float32)
        self._gender_s = 0.0
        self._emotion = ""
        self._rival = ""
        self._rival_since_s = 0.0
        self._unrest = 0.0
        self._doubt_since_s: float | None = None
        self._unsure = False
        self._strong = False
        self._presentation = "neutral"
        self._reading: Reading | None = None

    def seen(self, face: Face, prediction: Prediction, time_s: float, hint: str) -> Reading:
        elapsed_s = 0.0 if self._seen_s is None else time_s - self._seen_s
        self._seen_s = time_s
        average = self._averaged(prediction, elapsed_s, hint)
        self._choose_emotion(average.emotions, elapsed_s, time_s)
        self._choose_presentation(average.genders)
        intensity = self._lead(average.emotions)
        self._doubt(average.emotions, hint, time_s)
        steady = _moved(face, self._steady(face.region, elapsed_s))
        emotion = UNSURE if self._unsure else self._emotion
        self._reading = Reading(
            self._track, steady, prediction, average, emotion, self._presentation, intensity, self._strong, hint
        )
        return self._reading

    def expected(self, center: np.ndarray, time_s: float) -> Reading:
        last = self._reading
        assert last is not None  # a track begins with a face
        assert self._seen_s is not None
        doubt = min(self._set.doubt_per_s * (time_s - self._seen_s), _MAX_DOUBT)
        # Somebody who moved may have stopped, or gone on faster.
        way = min(math.dist(center, last.face.region.center) / last.face.region.size_px, _MAX_DOUBT)
        size_px = last.face.region.size_px * (1 + doubt + way)
        region = Region((float(center[0]), float(center[1])), size_px, last.face.region.roll_rad)
        return replace(last, face=_moved(last.face, region), raw=None)

    def _averaged(self, prediction: Prediction, elapsed_s: float, hint: str) -> Prediction:
        if hint and self._known:  # what can't be read well says nothing
            return Prediction(self._emotions, self._genders)
        share = _settled(elapsed_s, self._set.emotion_s) if self._known else 1.0
        self._emotions = self._emotions + np.float32(share) * (prediction.emotions - self._emotions)
        self._gender_s = min(self._gender_s + elapsed_s, _GENDER_LIFE_S)
        share = elapsed_s / max(self._gender_s, 1e-6) if self._known else 1.0
        self._genders = self._genders + np.float32(share) * (prediction.genders - self._genders)
        self._known = self._known or not hint
        return Prediction(self._emotions, self._genders)

    def _choose_emotion(self, emotions: np.ndarray, elapsed_s: float, time_s: float) -> None:
        self._unrest *= 1 - _settled(elapsed_s, self._set.unrest_s)
        leader = EMOTIONS[int(emotions.argmax())]
        if not self._emotion:
            self._emotion = leader
        margin = self._set.margin * (1 + self._unrest)
        lead = emotions.max() - emotions[EMOTIONS.index(self._emotion)]
        if leader == self._emotion or leader != self._rival or lead < margin:
            self._rival, self._rival_since_s = leader, time_s
        if leader != self._emotion and lead >= margin and time_s - self._rival_since_s >= self._set.dwell_s:
            self._emotion = leader
            self._unrest += 1

    def _choose_presentation(self, genders: np.ndarray) -> None:
        leader = int(genders.argmax())
        if genders[leader] >= _GENDER_ENTER:
            self._presentation = GENDERS[leader]
        elif GENDERS[leader] != self._presentation or genders[leader] < _GENDER_LEAVE:
            self._presentation = "neutral"

    def _lead(self, emotions: np.ndarray) -> float:
        """Return the lead of the chosen emotion over the next likely one, and settle whether it is a strong one."""
        chosen = EMOTIONS.index(self._emotion)
        lead = max(float(emotions[chosen] - np.delete(emotions, chosen).max()), 0.0)
        self._strong = lead >= (_STRONG_LEAVE if self._strong else _STRONG_ENTER)
        return lead

    def _doubt(self, emotions: np.ndarray, hint: str, time_s: float) -> None:
        """Settle whether the face can be read at all; at first sight at once, else with some patience."""
        doubtful = bool(hint) or emotions.max() < (_UNSURE_ABOVE if self._unsure else _UNSURE_BELOW)
        if not doubtful:
            self._doubt_since_s, self._unsure = None, False
            return
        if self._doubt_since_s is None:
            self._doubt_since_s = time_s if self._known else -math.inf
        self._unsure = self._unsure or time_s - self._doubt_since_s >= _UNSURE_S

    def _steady(self, region: Region, elapsed_s: float) -> Region:
        # The same angle, in the turn nearest to the last one.
        self._roll += math.remainder(region.roll_rad - self._roll, 2 * math.pi)
        x, y = self._center(np.array(region.center), elapsed_s, unit=region.size_px)
        size_px = math.exp(float(self._log_size(np.array([math.log(region.size_px)]), elapsed_s)[0]))
        (roll,) = self._turned(np.array([self._roll]), elapsed_s)
        # Whatever the filters lag behind, the detected face stays covered.
        behind = math.dist((x, y), region.center) + max(region.size_px - size_px, 0.0) / 2
        size_px += 2 * max(behind - _PLAY * region.size_px, 0.0)
        return Region((float(x), float(y)), size_px, float(roll))


def _settled(elapsed_s: float, constant_s: float) -> float:
    """Return the share of a new value that an average of this time constant has taken in."""
    return 1 - math.exp(-elapsed_s / constant_s) if constant_s > 0 else 1.0


def _moved(face: Face, region: Region) -> Face:
    """Return the face moved and scaled along with its region."""
    scale = region.size_px / face.region.size_px
    old, new = np.array(face.region.center), np.array(region.center)
    left, top = new + (np.array(face.box[:2]) - old) * scale
    right, bottom = new + (np.array(face.box[2:]) - old) * scale
    keypoints = Keypoints((new + (face.keypoints.points - old) * scale).astype(np.float32))
    return replace(face, box=(float(left), float(top), float(right), float(bottom)), keypoints=keypoints, region=region)
