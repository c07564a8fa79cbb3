"""A lesson: the owner shows one expression after the other, and a few numbers of each are kept."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from realtime.people.taught import Taught, unit
from realtime.records import Sighting
from realtime.words import said

# Before an expression is looked at, there is this much time to make it.
_PAUSE_S = 1.0
# So long it is looked at, all in all.
_LOOK_S = 2.0
# The fewest frames that teach an expression.
_MIN_FRAMES = 6
# A gap between frames counts as this much at most.
_MAX_STEP_S = 0.2
# A head that is turned further than this, as `Keypoints.yaw` measures it, is not looked at: about 20 degrees.
_MAX_YAW = 0.25
# An expression is kept as the means of this many parts of the time, so that one bad moment spoils one of them.
_PARTS = 2


class Lesson:
    """Asks for expressions one by one, looks at each while the face is well seen, and keeps what was taught."""

    def __init__(self, advice: Mapping[str, str], model: str) -> None:
        """Begin before the first expression.

        Args:
            advice: The expressions to show, in order -> how each is made.
            model: The fingerprint of the model whose features are kept.
        """
        self._advice = dict(advice)
        self._names = list(advice)
        self._model = model
        self._vectors: dict[str, np.ndarray] = {}
        self._seen: list[np.ndarray] = []
        self._paused_s = self._looked_s = 0.0
        self._last_s: float | None = None
        self._hint = ""

    @property
    def taught(self) -> Taught | None:
        """What was taught, once all expressions were shown; None before."""
        return None if self._names else Taught(self._model, self._vectors)

    @property
    def target(self) -> str:
        """The expression that is asked for; empty at the end."""
        return self._names[0] if self._names else ""

    @property
    def left(self) -> float:
        """What share of the time to make the expression is left, 1 to 0; it is looked at from 0 on."""
        return max(1 - self._paused_s / _PAUSE_S, 0.0)

    @property
    def held(self) -> float:
        """For what share of the time that is needed the expression has been looked at, 0 to 1."""
        return min(self._looked_s / _LOOK_S, 1.0)

    @property
    def time_s(self) -> float:
        """When the owner was last seen."""
        return self._last_s or 0.0

    @property
    def notice(self) -> str:
        """What the owner is asked to do; empty at the end."""
        name = self.target
        if not name:
            return ""
        if self._paused_s < _PAUSE_S:
            return said("Next, show {emotion}: {advice}.", emotion=said(name), advice=said(self._advice[name]))
        wait = said(self._hint) or f"{max(math.ceil(_LOOK_S - self._looked_s), 1)} s"
        return said("Hold {emotion} and look at the camera: {wait}", emotion=said(name), wait=wait)

    def see(self, sighting: Sighting, time_s: float) -> None:
        """Take in what a frame shows of the owner."""
        if not self._names:
            return
        step_s = 0.0 if self._last_s is None else min(max(time_s - self._last_s, 0.0), _MAX_STEP_S)
        self._last_s = time_s
        if self._paused_s < _PAUSE_S:
            self._paused_s += step_s
            return
        features = sighting.prediction.features
        self._hint = sighting.hint or ("turn to it" if abs(sighting.face.keypoints.yaw) > _MAX_YAW else "")
        if self._hint or features is None:
            return
        self._seen.append(features)
        self._looked_s += step_s
        if self._looked_s >= _LOOK_S and len(self._seen) >= _MIN_FRAMES:
            self._keep()

    def _keep(self) -> None:
        """Keep what was seen of an expression, and go on to the next."""
        parts = np.array_split(np.stack(self._seen), _PARTS)
        self._vectors[self._names.pop(0)] = np.stack([unit(part.mean(0)) for part in parts])
        self._seen, self._paused_s, self._looked_s = [], 0.0, 0.0
