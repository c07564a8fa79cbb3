"""Practising expressions: one to show after the other, and what the program sees of it. Nothing is counted or kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from realtime.drawing.placement import main_face
from realtime.drawing.prompt import Asked, Prompt
from realtime.engine.advice import ADVICE
from realtime.packs.pack import Pack
from realtime.records import EMOTIONS, Reading
from realtime.words import said

# An expression that was shown for this long, all in all, is well shown.
_HOLD_S = 1.0
# While it is not shown, this share of the time that passes is taken away from what was held.
_FADE = 0.5
# Praise stays for this long.
_PRAISE_S = 1.5
# A gap between frames counts as this much at most.
_MAX_STEP_S = 0.2


class Practice:
    """Asks for one expression after the other, as often as wanted."""

    def __init__(self, emotions: Sequence[str] = tuple(ADVICE)) -> None:
        self._emotions = list(emotions)
        self._at = 0
        self._held_s = 0.0
        self._likely = 0.0
        self._seen_s: float | None = None
        # None while an expression is asked for.
        self._praised_until_s: float | None = None
        self._prompt = Prompt()

    @property
    def target(self) -> str:
        """The emotion that is asked for."""
        return self._emotions[self._at]

    @property
    def notice(self) -> str:
        """What the user is told."""
        if self._praised_until_s is not None:
            return said("That is {emotion}.", emotion=said(self.target))
        return said("Show {emotion}: {advice}.", emotion=said(self.target), advice=said(ADVICE[self.target]))

    def next(self) -> None:
        """Ask for the next expression."""
        self._at = (self._at + 1) % len(self._emotions)
        self._held_s, self._likely, self._praised_until_s = 0.0, 0.0, None

    def see(self, readings: Sequence[Reading], time_s: float) -> None:
        """Take in what the main face shows."""
        step_s = 0.0 if self._seen_s is None else min(max(time_s - self._seen_s, 0.0), _MAX_STEP_S)
        self._seen_s = time_s
        if self._praised_until_s is not None:
            if time_s >= self._praised_until_s:
                self.next()
            return
        face = main_face([reading for reading in readings if reading.raw is not None])
        self._likely = 0.0 if face is None else float(face.prediction.emotions[EMOTIONS.index(self.target)])
        shown = face is not None and face.emotion == self.target
        self._held_s = max(self._held_s + step_s * (1 if shown else -_FADE), 0.0)
        if self._held_s >= _HOLD_S:
            self._praised_until_s = time_s + _PRAISE_S

    def draw(self, image: np.ndarray, pack: Pack) -> None:
        """Draw what is asked for into a picture, uint8 (H, W, 3) BGR, in place; see `Prompt.draw`."""
        asked = Asked(self.target, self._held_s / _HOLD_S, self._likely)
        self._prompt.draw(image, pack, asked, self._seen_s or 0.0)
