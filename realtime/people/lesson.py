"""A lesson: the owner shows one expression after the other, and a few numbers of each are kept."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from realtime.people.own import shapes_of
from realtime.people.taught import Examples, Taught, unit
from realtime.records import EMOTIONS, FaceMovement, Sighting
from realtime.words import said

# Before an expression is looked at, there is this much time to make it.
PAUSE_S = 1.0
# So long it is looked at, all in all, ...
LOOK_S = 2.0
# ... and so long if it is one of the owner's own, of which the model knows nothing.
LOOK_OWN_S = 5.0
# The fewest frames that teach an expression.
_MIN_FRAMES = 6
# A gap between frames counts as this much at most.
_MAX_STEP_S = 0.2
# A head that is turned further than this, as `Keypoints.yaw` measures it, is not looked at: about 20 degrees.
MAX_YAW = 0.25
# An expression is kept as the means of parts of the time as long as this, so that one bad moment spoils one of them.
_PART_S = 1.0


class Lesson:
    """Asks for expressions one by one, looks at each while the face is well seen, and keeps what was taught."""

    def __init__(
        self, advice: Mapping[str, str], model: str, pause_s: float = PAUSE_S, look_own_s: float = LOOK_OWN_S
    ) -> None:
        """Begin before the first expression.

        Args:
            advice: The expressions to show, in order -> how each is made. Words that are no emotions are the owner's.
            model: The fingerprint of the model whose features are kept.
            pause_s: How much time there is to make each.
            look_own_s: How long one of the owner's own is looked at.
        """
        self._advice = dict(advice)
        self._names = list(advice)
        self._model = model
        self._pause_s, self._look_own_s = pause_s, look_own_s
        self._examples: dict[str, Examples] = {}
        # Of each frame the features, what the model says, and how the parts of the face move where that was seen.
        self._seen: list[tuple[np.ndarray, np.ndarray, np.ndarray | None]] = []
        self._paused_s = self._looked_s = 0.0
        self._last_s: float | None = None
        self._hint = ""

    @property
    def taught(self) -> Taught | None:
        """What was taught, once all expressions were shown; None before."""
        return None if self._names else Taught(self._model, self._examples)

    @property
    def target(self) -> str:
        """The expression that is asked for; empty at the end."""
        return self._names[0] if self._names else ""

    @property
    def left(self) -> float:
        """What share of the time to make the expression is left, 1 to 0; it is looked at from 0 on."""
        return max(1 - self._paused_s / self._pause_s, 0.0) if self._pause_s else 0.0

    @property
    def held(self) -> float:
        """For what share of the time that is needed the expression has been looked at, 0 to 1."""
        return min(self._looked_s / self._look_s, 1.0)

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
        if self._paused_s < self._pause_s:
            return said("Next, show {emotion}: {advice}.", emotion=said(name), advice=said(self._advice[name]))
        wait = said(self._hint) or f"{max(math.ceil(self._look_s - self._looked_s), 1)} s"
        return said("Hold {emotion} and look at the camera: {wait}", emotion=said(name), wait=wait)

    @property
    def _look_s(self) -> float:
        return LOOK_S if self.target in EMOTIONS else self._look_own_s

    def see(self, sighting: Sighting, movement: FaceMovement | None, time_s: float) -> None:
        """Take in what a frame shows of the owner, read as everybody's face is.

        movement: how their face moves; None where that is not known.
        """
        if not self._names:
            return
        step_s = 0.0 if self._last_s is None else min(max(time_s - self._last_s, 0.0), _MAX_STEP_S)
        self._last_s = time_s
        if self._paused_s < self._pause_s:
            self._paused_s += step_s
            return
        features = sighting.prediction.features
        self._hint = sighting.hint or ("turn to it" if abs(sighting.face.keypoints.yaw) > MAX_YAW else "")
        if not self._hint and movement is None and self.target not in EMOTIONS:
            self._hint = "how your face moves can't be seen"
        if self._hint or features is None:
            return
        shapes = None if movement is None else shapes_of(movement)
        self._seen.append((features, sighting.prediction.emotions, shapes))
        self._looked_s += step_s
        if self._looked_s >= self._look_s and len(self._seen) >= _MIN_FRAMES:
            self._keep()

    def _keep(self) -> None:
        """Keep what was seen of an expression, and go on to the next."""
        ends = np.array_split(np.arange(len(self._seen)), max(round(self._look_s / _PART_S), 1))
        parts = [tuple(zip(*(self._seen[n] for n in part), strict=True)) for part in ends]
        vectors = np.stack([unit(np.mean(features, 0)) for features, _, _ in parts])
        answers = np.stack([np.mean(said, 0) for _, said, _ in parts]).astype(np.float32)
        moved = [[shapes for shapes in some if shapes is not None] for _, _, some in parts]
        shapes = np.stack([np.mean(some, 0) for some in moved]).astype(np.float32) if all(moved) else None
        self._examples[self._names.pop(0)] = Examples(vectors, answers, shapes)
        self._seen, self._paused_s, self._looked_s = [], 0.0, 0.0
