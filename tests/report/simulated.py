"""Simulated sessions: somebody who smiles and is surprised at set times, each in their own way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from realtime.records import EMOTIONS, UNSURE, FaceMovement, Prediction, Reading
from realtime.report.recorder import SessionRecorder, Wanted
from tests.fakes import face, frame

_IMAGE = np.zeros((8, 8, 3), np.uint8)
# What the stimulus does: emotion, begin and end within a minute, in seconds.
JOKES = (("happy", 8, 13), ("surprise", 20, 22), ("sad", 30, 36), ("happy", 44, 52))
_FAR = 100.0


class Viewer:
    """Gives the reading of somebody at a time. seed: who."""

    def __init__(self, seed: int = 0) -> None:
        self._chance = np.random.default_rng(seed)
        self._moved = self._chance.uniform(0.3, 1.0)
        self._late_s = self._chance.uniform(0.2, 1.2)
        self._rest = np.array([0.3, -0.5, -0.3, 0.2, 0.4, 0.0, 2.2]) + self._chance.normal(0, 0.3, 7)
        self._logits = self._rest.copy()

    def reading(self, time_s: float, track: int = 1) -> Reading:
        goal = self._rest.copy()
        for emotion, start_s, end_s in JOKES:
            if start_s < (time_s - self._late_s) % 60 < end_s:
                goal[EMOTIONS.index(emotion)] += 5 * self._moved
        self._logits += 0.1 * (goal - self._logits) + self._chance.normal(0, 0.05, 7)
        p = np.exp(self._logits)
        p = (p / p.sum()).astype(np.float32)
        happy, surprise = float(p[EMOTIONS.index("happy")]), float(p[EMOTIONS.index("surprise")])
        shapes = {f"mouthSmile{side}": happy for side in ("Left", "Right")}
        shapes |= {f"eyeSquint{side}": 0.2 + 0.5 * happy for side in ("Left", "Right")}
        shapes |= {
            "jawOpen": surprise,
            "browInnerUp": surprise,
            "browOuterUpLeft": surprise,
            "browOuterUpRight": surprise,
        }
        said = Prediction(p, np.array([0.5, 0.5], np.float32))
        movement = FaceMovement(shapes, 40 * np.sin(time_s / 9) ** 9, 5 * np.sin(time_s), 0.0)
        emotion = EMOTIONS[int(p.argmax())]
        if 38 < time_s % 60 < 40:
            return Reading(track, face(), said, said, UNSURE, "neutral", 0.0, False, "too dark", movement)
        return Reading(track, face(), said, said, emotion, "neutral", 0.3, True, "", movement)


def record(
    folder: Path,
    seconds: float,
    seed: int = 0,
    *,
    fps: float = 30.0,
    wanted: Wanted | None = None,
    also: Callable[[SessionRecorder, float], None] = lambda recorder, time_s: None,
    away: Sequence[tuple[float, float]] = ((25.0, 27.0),),
) -> SessionRecorder:
    """Record somebody for a while; the session is not finished yet.

    also: is called after each frame. away: when they are not in view, from one second to another.
    """
    recorder, viewer = SessionRecorder(wanted or Wanted(folder), "camera 0"), Viewer(seed)
    for n in range(round(seconds * fps)):
        time_s = n / fps
        there = not any(start <= time_s < end for start, end in away)
        recorder(frame(n, _FAR + time_s, _IMAGE), [viewer.reading(time_s)] if there else [])
        also(recorder, time_s)
    return recorder
