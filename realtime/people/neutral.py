"""Personal neutral: expressions are measured against somebody's own resting face.

Some faces at rest look sad or angry to a model that has only seen others. What is told apart here is not the face but
its difference from the same person's neutral one (Chen et al., neutral-versus-expression difference, 2019), in the
space of the answers: their logarithms are shifted by what separates the resting face from a typical neutral one. The
less a face resembles the resting one, the less it is shifted, so that clear expressions stay what they are.
"""

from __future__ import annotations

import json
import logging
import math
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from realtime.errors import InputError
from realtime.records import EMOTIONS, Face, Prediction

log = logging.getLogger(__name__)

# How long the resting face is looked at, and in how many frames at least.
CALIBRATION_S = 2.0
_MIN_FRAMES = 5
# What the model says on average of the neutral faces of FER-2013's validation split, rounded.
_TYPICAL = np.array([0.10, 0.02, 0.09, 0.07, 0.17, 0.04, 0.51], np.float32)
# Hellinger distances of an answer from the resting face's, 0 to 1: up to the first it is shifted wholly, from the
# second on not at all.
_ALIKE, _DIFFERENT = 0.3, 0.65
# The running baseline: time constant, and how long a face must have been seen before it has all its weight.
_RUNNING_S = 30.0
_TRUSTED_S = 15.0
# Nobody's resting face; somebody who laughs for a minute is happy.
_NEVER_AT_REST = ("happy", "surprise")


def shifted(prediction: Prediction, resting: np.ndarray, weight: float = 1.0) -> Prediction:
    """Measure a prediction against a resting face's, float32 (7,), order EMOTIONS. weight: 0 to 1, how much."""
    likeness = 1 - float(np.sqrt(prediction.emotions * resting).sum())
    distance = float(np.sqrt(max(likeness, 0.0)))
    weight *= float(np.clip((_DIFFERENT - distance) / (_DIFFERENT - _ALIKE), 0, 1))
    emotions = prediction.emotions * (_TYPICAL / resting) ** np.float32(weight)
    return Prediction((emotions / emotions.sum()).astype(np.float32), prediction.genders)


class PersonalNeutral:
    """Shifts the predictions of the main face by its owner's profile, or those of all faces by running baselines."""

    def __init__(self, profile: Path | None = None, running: bool = False, resting: np.ndarray | None = None) -> None:
        """profile: the file in which the resting face is kept; resting: one to begin with, without a file.

        Raises InputError for a profile that is broken.
        """
        self._profile = profile
        self._running = running
        self._resting = _loaded(profile) if profile is not None and profile.is_file() else resting
        self._owner: int | None = None
        self._baselines: dict[int, _Baseline] = {}
        self._samples: list[np.ndarray] | None = None
        self._began_s: float | None = None
        self.notice = ""

    @property
    def resting(self) -> list[float] | None:
        """The resting face that is measured against, order EMOTIONS; None without one."""
        return None if self._resting is None else [float(p) for p in self._resting]

    def calibrate(self) -> None:
        """Begin to look at the resting face of the main person."""
        self._samples, self._began_s = [], None
        self.notice = "Rest your face and look at the camera."

    def forget(self) -> None:
        """Forget the resting face, also in the file."""
        self._resting, self._samples, self.notice = None, None, ""
        if self._profile is not None:
            forget_profile(self._profile)

    def apply(
        self, ids: Sequence[int], faces: Sequence[Face], predictions: Sequence[Prediction], time_s: float
    ) -> list[Prediction]:
        """Return the predictions of a frame's faces measured against their owners' resting faces, in order."""
        self._owner = self._main(ids, faces)
        for track, prediction in zip(ids, predictions, strict=True):
            if track == self._owner and self._samples is not None:
                self._sample(prediction, time_s)
        if self._running:
            self._baselines = {track: self._baselines.get(track) or _Baseline() for track in ids}
            return [self._baselines[t].apply(p, time_s) for t, p in zip(ids, predictions, strict=True)]
        if self._resting is None:
            return list(predictions)
        pairs = zip(ids, predictions, strict=True)
        return [shifted(p, self._resting) if track == self._owner else p for track, p in pairs]

    def _main(self, ids: Sequence[int], faces: Sequence[Face]) -> int | None:
        """Return whose the profile is: the one whose it was, else the largest face."""
        if not ids or self._owner in ids:
            return self._owner
        return max(zip(ids, faces, strict=True), key=lambda pair: pair[1].region.size_px)[0]

    def _sample(self, prediction: Prediction, time_s: float) -> None:
        assert self._samples is not None
        self._began_s = time_s if self._began_s is None else self._began_s
        self._samples.append(np.log(np.maximum(prediction.emotions, 1e-4)))
        left_s = CALIBRATION_S - (time_s - self._began_s)
        self.notice = f"Rest your face and look at the camera: {max(math.ceil(left_s), 1)} s"
        if left_s > 0 or len(self._samples) < _MIN_FRAMES:
            return
        resting = np.exp(np.mean(self._samples, 0))
        self._resting = (resting / resting.sum()).astype(np.float32)
        self._samples, self.notice = None, ""
        if self._profile is not None:
            _save(self._profile, self._resting)


class _Baseline:
    """The slow average of one person's answers."""

    def __init__(self) -> None:
        self._mean: np.ndarray | None = None
        self._last_s = 0.0
        self._seen_s = 0.0

    def apply(self, prediction: Prediction, time_s: float) -> Prediction:
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


def forget_profile(path: Path) -> None:
    """Remove a profile's file, if there is one."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("The profile %s could not be removed: %s.", path, error.strerror)


def _loaded(path: Path) -> np.ndarray:
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))["resting"]
        resting = np.array([stored[emotion] for emotion in EMOTIONS], np.float32)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"The profile {path} can't be read ({error}). Remove it with --forget-profile, and calibrate again."
        ) from error
    if not (np.isfinite(resting).all() and (resting > 0).all() and abs(resting.sum() - 1) < 0.01):
        raise InputError(f"The profile {path} holds no probabilities. Remove it with --forget-profile.")
    return resting


def _save(path: Path, resting: np.ndarray) -> None:
    """Keep seven numbers and nothing else: no picture. A full disk costs the profile, not the running picture."""
    part = path.with_name(path.name + ".part")
    text = json.dumps({"resting": {name: float(p) for name, p in zip(EMOTIONS, resting, strict=True)}}, indent=1)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text + "\n", encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        log.warning("The resting face could not be saved in %s: %s. It is used until you quit.", path, error.strerror)
