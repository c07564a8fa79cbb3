"""Personal neutral: expressions are measured against somebody's own resting face.

Some faces at rest look sad or angry to a model that has only seen others. What is told apart here is not the face but
its difference from the same person's neutral one (Chen et al., neutral-versus-expression difference, 2019), in the
space of the answers: what the resting face shows of an expression beyond a typical neutral one is taken away. Nothing
is added, so that a resting face that reads as neutral anyway changes nothing; docs/comparison.md tells what adding
costs. The less a face resembles the resting one, the less is taken away: clear expressions stay what they are.
"""

from __future__ import annotations

import logging
import math
from pathlib import Path

import numpy as np

from realtime.errors import UsageError
from realtime.people.lesson import LOOK_S, MAX_YAW, Lesson
from realtime.people.own import alike, check_others, ordinary, own_word, shapes_of
from realtime.people.profile_file import Kept, read_profile, write_profile
from realtime.people.profile_file import checked_resting as checked_resting  # also for those who import it from here
from realtime.people.profile_file import forget_profile as forget_profile
from realtime.people.taught import Taught
from realtime.records import EMOTIONS, FaceMovement, Prediction, Sighting
from realtime.words import said

log = logging.getLogger(__name__)

# How long the resting face is looked at.
CALIBRATION_S = 2.0
# The fewest frames that make a resting face.
_MIN_FRAMES = 5
# How much of each a neutral face may show: what an earlier model said on average of the neutral faces of FER-2013's
# validation split. What today's says (0.77 neutral) would take away more, and loses 3.6 points of natural faces in
# place of 1.2.
TYPICAL = np.array([0.10, 0.02, 0.09, 0.07, 0.17, 0.04, 0.51], np.float32)
# An answer up to this Hellinger distance (0 to 1) from that of the resting face is shifted wholly.
_ALIKE = 0.3
# An answer from this distance on is not shifted at all.
_DIFFERENT = 0.65
# Time constant of the running baseline.
_RUNNING_S = 30.0
# How long a face must have been seen before its running baseline has all its weight.
_TRUSTED_S = 15.0
# Examples that could not be seen well enough for this long are given up.
_GIVE_UP_S = 10.0
_NEUTRAL = EMOTIONS.index("neutral")
# Nobody's resting face; somebody who laughs for a minute is happy.
_NEVER_AT_REST = ("happy", "surprise")


def shifted(prediction: Prediction, resting: np.ndarray, weight: float = 1.0) -> Prediction:
    """Measure a prediction against a resting face's, float32 (7,), order EMOTIONS. weight: 0 to 1, how much."""
    weight *= alikeness(prediction.emotions, resting)
    kept = np.minimum(TYPICAL / resting, 1) ** np.float32(weight)
    kept[_NEUTRAL] = 1
    emotions = prediction.emotions * kept
    return Prediction((emotions / emotions.sum()).astype(np.float32), prediction.genders)


def alikeness(emotions: np.ndarray, resting: np.ndarray) -> float:
    """Return how much a face resembles the resting one, 0 to 1; answers float (7,) of both."""
    distance = float(np.sqrt(max(1 - float(np.sqrt(emotions * resting).sum()), 0.0)))
    return float(np.clip((_DIFFERENT - distance) / (_DIFFERENT - _ALIKE), 0, 1))


class RunningBaseline:
    """The slow average of one person's answers, taken for their resting face."""

    def __init__(self) -> None:
        self._mean: np.ndarray | None = None
        self._last_s = 0.0
        self._seen_s = 0.0

    def measure(self, prediction: Prediction, time_s: float) -> Prediction:
        """Take in a prediction, and return it measured against the average so far."""
        logs = np.log(np.maximum(prediction.emotions, 1e-4))
        if self._mean is None:
            self._mean, self._last_s = logs, time_s
        elapsed_s, self._last_s = max(time_s - self._last_s, 0.0), time_s
        if EMOTIONS[int(prediction.emotions.argmax())] not in _NEVER_AT_REST:
            self._seen_s += elapsed_s
            share = elapsed_s / max(min(self._seen_s, _RUNNING_S), 1e-3)
            self._mean = self._mean + min(share, 1.0) * (logs - self._mean)
        resting = np.exp(self._mean)
        return shifted(prediction, (resting / resting.sum()).astype(np.float32), min(self._seen_s / _TRUSTED_S, 1.0))


class NeutralProfile:
    """The resting face of one person, the owner of the program; learnt, kept in a file, and measured against.

    So are expressions that the owner taught, if any.
    """

    def __init__(
        self,
        path: Path | None = None,
        resting: np.ndarray | None = None,
        model: str = "",
        lesson: Lesson | None = None,
    ) -> None:
        """Read the profile if there is one.

        Args:
            path: the file in which it is kept; None keeps it in memory only.
            resting: the resting face to begin with where there is no file, float32 (7,), order EMOTIONS.
            model: the fingerprint of the model in use; what another one was taught means nothing to it.
            lesson: teaches expressions, from the first frame on.

        Raises:
            InputError: the file is broken.
        """
        self._path = path
        kept = read_profile(path)
        self._resting = resting if kept.resting is None else kept.resting
        self._model, self._taught, self._lesson = model, kept.taught, lesson
        if kept.taught is not None and self.taught is None and lesson is None:
            log.warning("What was taught in %s is of another model, and is not used. Teach it again.", path)
        # Whether the lesson adds to what was taught, and since when it has looked at somebody.
        self._recording = False
        self._looked_since_s: float | None = None
        self.problem = ""
        self._samples: list[np.ndarray] | None = None
        self._began_s: float | None = None
        self._notice = ""

    @property
    def notice(self) -> str:
        """What the owner is asked to do at the moment; empty for nothing."""
        return self._notice if self._lesson is None else self._lesson.notice

    @property
    def lesson(self) -> Lesson | None:
        """What the owner is being asked to show; None once it was all shown."""
        return self._lesson

    @property
    def taught(self) -> Taught | None:
        """The expressions that the owner taught the model in use; None without any."""
        return self._taught if self._taught is not None and self._taught.model == self._model else None

    @property
    def counts(self) -> dict[str, int]:
        """How many examples were taught of each expression."""
        return {} if self.taught is None else {name: len(some.vectors) for name, some in self.taught.examples.items()}

    @property
    def wants_movements(self) -> bool:
        """Whether it has to be known how the owner's face moves."""
        return self._lesson is not None or (self.taught is not None and bool(self.taught.own))

    @property
    def resting(self) -> list[float] | None:
        """The resting face that is measured against, order EMOTIONS; None without one."""
        return None if self._resting is None else [float(p) for p in self._resting]

    def calibrate(self) -> None:
        """Begin to learn the resting face of the owner."""
        self._samples, self._began_s = [], None
        self._notice = said("Rest your face and look at the camera.")

    def forget(self) -> None:
        """Forget the resting face and what was taught, also in the file."""
        self._resting, self._samples, self._notice = None, None, ""
        self._taught = self._lesson = None
        self._recording, self.problem = False, ""
        if self._path is not None:
            forget_profile(self._path)

    def record(self, name: str) -> None:
        """Begin to take two seconds of an expression as more examples of it, with effect once they are over.

        Raises:
            UsageError: Nothing can be taught now, or not this.
        """
        if not self._model:
            raise UsageError("Nothing is kept of your face.", "Choose --neutral profile.")
        if self._lesson is not None:
            raise UsageError("An expression is being learnt already.", "Wait until that is done.")
        if name not in EMOTIONS:
            check_others(name, ordinary(self.taught))
        self._lesson = Lesson({name: ""}, self._model, pause_s=0.0, look_own_s=LOOK_S)
        self._recording, self._looked_since_s, self.problem = True, None, ""

    def forget_one(self, name: str) -> None:
        """Forget what was taught of an expression, also in the file."""
        if self._taught is not None:
            self._taught = self._taught.without(name)
            self._write()

    def see(self, sighting: Sighting, movement: FaceMovement | None, time_s: float) -> str:
        """Take in what a frame shows of the owner, and of a lesson; return which expression of their own they make.

        movement: how their face moves; None where that is not known.
        """
        if self._lesson is not None:
            self._lesson.see(sighting, movement, time_s)
            self._looked_since_s = time_s if self._looked_since_s is None else self._looked_since_s
            if (taught := self._lesson.taught) is not None:
                self._take(taught)
            elif self._recording and time_s - self._looked_since_s > _GIVE_UP_S:
                self._lesson, self._recording = None, False
                self.problem = said("It could not be seen well enough, and nothing is kept of it.")
        taught, features = self.taught, sighting.prediction.features
        turned = abs(sighting.face.keypoints.yaw) > MAX_YAW
        if taught is None or features is None or movement is None or sighting.hint or turned:
            return ""
        return own_word(taught, features, shapes_of(movement))

    def _take(self, lesson: Taught) -> None:
        """Keep what a lesson has taught; of the owner's own expressions those that can be told from the others."""
        before, self._lesson = self.taught, None
        both = lesson
        if before is not None:
            both = before.with_more(lesson) if self._recording else before.and_also(lesson)
        for word in lesson.own:
            if other := alike(both, word):
                self.problem = said(
                    "{word} looks like {other}, and is not kept. Show it more clearly.",
                    word=said(word),
                    other=said(other),
                )
                log.warning("%s looks like %s to the program, and is not kept. Show it more clearly.", word, other)
                both = both.with_only(word, before)
        self._taught, self._recording = both, False
        self._write()

    def _write(self) -> None:
        if self._path is not None and self._resting is None and self._taught is None:
            forget_profile(self._path)
        else:
            write_profile(self._path, Kept(self._resting, self._taught))

    def close(self) -> None:
        """Tell the owner of a lesson that was not finished, as when a run ends before it."""
        if self._lesson is not None and not self._recording:
            log.warning("The lesson was not finished, and nothing of it is kept.")

    def learn(self, prediction: Prediction, time_s: float) -> None:
        """Take in a prediction of the owner's face, if it is being calibrated."""
        if self._samples is None:
            return
        self._began_s = time_s if self._began_s is None else self._began_s
        self._samples.append(np.log(np.maximum(prediction.emotions, 1e-4)))
        left_s = CALIBRATION_S - (time_s - self._began_s)
        seconds = max(math.ceil(left_s), 1)
        self._notice = said("Rest your face and look at the camera: {seconds} s", seconds=seconds)
        if left_s > 0 or len(self._samples) < _MIN_FRAMES:
            return
        resting = np.exp(np.mean(self._samples, 0))
        self._resting = (resting / resting.sum()).astype(np.float32)
        self._samples, self._notice = None, ""
        write_profile(self._path, Kept(self._resting, self._taught))

    def measure(self, prediction: Prediction) -> Prediction:
        """Return a prediction of the owner's face measured against the resting one; as it is where there is none."""
        return prediction if self._resting is None else shifted(prediction, self._resting)
