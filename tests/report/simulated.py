"""Simulated sessions: somebody who smiles and is surprised at set times, each in their own way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from realtime.records import EMOTIONS, UNSURE, FaceMovement, Prediction, Reading
from realtime.report.recorder import SessionRecorder, Wanted
from realtime.stimulus.playback import Playback
from realtime.stimulus.record import Screening, Stimulus
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
    shows: Shows | None = None,
) -> SessionRecorder:
    """Record somebody for a while; the session is not finished yet.

    also: is called after each frame. away: when they are not in view, from one second to another. shows: clips
    meanwhile, to whose jokes they react instead of those of each minute.
    """
    recorder, viewer = SessionRecorder(wanted or Wanted(folder), "camera 0", shows=shows), Viewer(seed)
    for n in range(round(seconds * fps)):
        time_s = n / fps
        there = not any(start <= time_s < end for start, end in away)
        seen_s = time_s if shows is None else shows.at(_FAR + time_s)[1] or 0.0
        recorder(frame(n, _FAR + time_s, _IMAGE), [viewer.reading(seen_s)] if there else [])
        also(recorder, time_s)
    return recorder


CLIPS = tuple(Stimulus(f"{name}.mp4", f"/films/{name}.mp4", name * 32, 60.0, 25.0) for name in ("ab", "cd"))


class Shows:
    """Shows clips of a minute to whoever is recorded.

    pieces: number of the clip, when, from and to which second of it, and why it ends.
    """

    def __init__(self, *pieces: tuple[int, float, float, float, str], order: Sequence[int] = (1, 2)) -> None:
        self.playback, self._order = Playback(), tuple(order)
        for number, begin_s, from_s, to_s, then in pieces:
            count = round((to_s - from_s) * 25)
            for n in range(count + 1):
                self.playback.shown(number, _FAR + begin_s + n / 25, from_s + n / 25)
            self.playback.stopped(_FAR + begin_s + (count + 1) / 25, then)

    def at(self, time_s: float) -> tuple[int, float | None]:
        return self.playback.at(time_s)

    def told(self, began_s: float) -> Screening:
        played = tuple(self.playback.pieces(began_s))
        return Screening(CLIPS, self._order, "random", 7, 4.0, "browser", True, 0.4, played)
