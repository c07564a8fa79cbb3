"""What is averaged over time of one person: steady geometry, steady probabilities, steady choices.

Every time here is in seconds, so that nothing depends on the frame rate.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from realtime.people.one_euro import OneEuro
from realtime.people.presentation import Presentation
from realtime.people.steadiness import Steadiness
from realtime.records import EMOTIONS, GENDER_THRESHOLDS, GENDERS, UNSURE, Prediction, Reading, Region, Sighting

# The gender is the average over this much of a person's time in view; then it hardly moves any more.
_GENDER_LIFE_S = 60.0
# The strong drawing is chosen at this lead of the emotion over the next likely one.
STRONG_ENTER = 0.9
# The strong drawing is given up below this lead.
STRONG_LEAVE = 0.75
# Where no emotion is this likely, none can be told.
UNSURE_BELOW = 0.4
# An emotion that is this likely can be told again.
UNSURE_ABOVE = 0.46
# Nothing is told of a face that has been in doubt, or could not be read, for this long.
UNSURE_S = 0.4
# A face that is not found grows by no more than this share.
_MAX_DOUBT = 0.6
# It grows by the way that it is expected to have gone, times this: with less, a head that moves by a third of its size
# from frame to frame, and turns back just while it is not found, shows its edge.
_TURNED_BACK = 1.4
# Factor on the speed that counts as rest for the roll, which is found less exactly than the place.
_ROLL_REST = 2.5
# Share of the face's size by which the detected place may differ from the steady one before the cover grows.
PLAY = 0.04


class Smoother:
    """Turns what single frames show of one person into steady readings."""

    def __init__(self, steadiness: Steadiness, gender_thresholds: tuple[float, ...] = GENDER_THRESHOLDS) -> None:
        """Begin with nothing known. gender_thresholds: for the choice of a drawing, as in `Presentation`."""
        self._steadiness = steadiness
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
        self._presentation = Presentation(gender_thresholds)
        self._reading: Reading | None = None

    def seen(self, sighting: Sighting, time_s: float) -> Reading:
        """Take in a sighting and return what is now known of the person."""
        hint = sighting.hint
        elapsed_s = 0.0 if self._seen_s is None else time_s - self._seen_s
        self._seen_s = time_s
        average = self._averaged(sighting.prediction, elapsed_s, hint)
        self._choose_emotion(average.emotions, elapsed_s, time_s)
        intensity = self._lead(average.emotions)
        self._doubt(average.emotions, hint, time_s)
        self._reading = Reading(
            track=sighting.track,
            face=sighting.face.moved_to(self._steady(sighting.face.region, elapsed_s)),
            raw=sighting.prediction,
            prediction=average,
            emotion=UNSURE if self._unsure else self._emotion,
            presentation=self._presentation.choose(average.genders),
            intensity=intensity,
            strong=self._strong,
            hint=hint,
        )
        return self._reading

    def expected(self, center: np.ndarray, time_s: float) -> Reading:
        """Return the last reading, moved to where the person is expected, (2,) px.

        The longer somebody is missing, the less sure the place, so the face grows.
        """
        last = self._reading
        assert last is not None  # a person begins with a sighting
        assert self._seen_s is not None
        doubt = min(self._steadiness.doubt_per_s * (time_s - self._seen_s), _MAX_DOUBT)
        # Somebody who moved may have stopped, turned back, or gone on faster.
        way = min(_TURNED_BACK * math.dist(center, last.face.region.center) / last.face.region.size_px, _MAX_DOUBT)
        size_px = last.face.region.size_px * (1 + doubt + way)
        region = Region((float(center[0]), float(center[1])), size_px, last.face.region.roll_rad)
        return replace(last, face=last.face.moved_to(region), raw=None)

    def _averaged(self, prediction: Prediction, elapsed_s: float, hint: str) -> Prediction:
        if hint and self._known:  # what can't be read well says nothing
            return Prediction(self._emotions, self._genders)
        share = _settled(elapsed_s, self._steadiness.emotion_s) if self._known else 1.0
        self._emotions = self._emotions + np.float32(share) * (prediction.emotions - self._emotions)
        self._gender_s = min(self._gender_s + elapsed_s, _GENDER_LIFE_S)
        share = elapsed_s / max(self._gender_s, 1e-6) if self._known else 1.0
        self._genders = self._genders + np.float32(share) * (prediction.genders - self._genders)
        self._known = self._known or not hint
        return Prediction(self._emotions, self._genders)

    def _choose_emotion(self, emotions: np.ndarray, elapsed_s: float, time_s: float) -> None:
        self._unrest *= 1 - _settled(elapsed_s, self._steadiness.unrest_s)
        leader = EMOTIONS[int(emotions.argmax())]
        if not self._emotion:
            self._emotion = leader
        margin = self._steadiness.margin * (1 + self._unrest)
        lead = emotions.max() - emotions[EMOTIONS.index(self._emotion)]
        if leader == self._emotion or leader != self._rival or lead < margin:
            self._rival, self._rival_since_s = leader, time_s
        if leader != self._emotion and lead >= margin and time_s - self._rival_since_s >= self._steadiness.dwell_s:
            self._emotion = leader
            self._unrest += 1

    def _lead(self, emotions: np.ndarray) -> float:
        """Return the lead of the chosen emotion over the next likely one, and settle whether it is a strong one."""
        chosen = EMOTIONS.index(self._emotion)
        lead = max(float(emotions[chosen] - np.delete(emotions, chosen).max()), 0.0)
        self._strong = lead >= (STRONG_LEAVE if self._strong else STRONG_ENTER)
        return lead

    def _doubt(self, emotions: np.ndarray, hint: str, time_s: float) -> None:
        """Settle whether the face can be read at all; at first sight at once, else with some patience."""
        doubtful = bool(hint) or emotions.max() < (UNSURE_ABOVE if self._unsure else UNSURE_BELOW)
        if not doubtful:
            self._doubt_since_s, self._unsure = None, False
            return
        if self._doubt_since_s is None:
            self._doubt_since_s = time_s if self._known else -math.inf
        self._unsure = self._unsure or time_s - self._doubt_since_s >= UNSURE_S

    def _steady(self, region: Region, elapsed_s: float) -> Region:
        # The same angle, in the turn nearest to the last one.
        self._roll += math.remainder(region.roll_rad - self._roll, 2 * math.pi)
        x, y = self._center(np.array(region.center), elapsed_s, unit=region.size_px)
        size_px = math.exp(float(self._log_size(np.array([math.log(region.size_px)]), elapsed_s)[0]))
        (roll,) = self._turned(np.array([self._roll]), elapsed_s)
        # Whatever the filters lag behind, the detected face stays covered.
        behind = math.dist((x, y), region.center) + max(region.size_px - size_px, 0.0) / 2
        size_px += 2 * max(behind - PLAY * region.size_px, 0.0)
        return Region((float(x), float(y)), size_px, float(roll))


def _settled(elapsed_s: float, constant_s: float) -> float:
    """Return the share of a new value that an average of this time constant has taken in."""
    return 1 - math.exp(-elapsed_s / constant_s) if constant_s > 0 else 1.0
