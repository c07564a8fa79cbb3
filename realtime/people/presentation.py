"""Which of a pack's drawings suits a face: a woman's, a man's, or the neutral one where it can't be told.

A wrong drawing is worse than a neutral one, so a drawing is chosen only where the model is sure. Models err on women
more often than on men, or the other way; how sure a model must be of each is therefore something it says itself.
"""

from __future__ import annotations

import numpy as np

from realtime.records import GENDER_THRESHOLDS, GENDERS

# A drawing stays until the average probability is this much below what it was chosen at.
_HOLD = 0.15


class Presentation:
    """Chooses the drawing for one person, and stays with it while there is doubt."""

    def __init__(self, thresholds: tuple[float, ...] = GENDER_THRESHOLDS) -> None:
        """Begin with the neutral drawing. thresholds: order GENDERS, the average probability each drawing needs."""
        self._thresholds = thresholds
        # One of PRESENTATIONS.
        self.shown = "neutral"

    def choose(self, genders: np.ndarray) -> str:
        """Choose by average probabilities, float32 (2,), order GENDERS; return one of PRESENTATIONS."""
        leader = int(genders.argmax())
        needed = self._thresholds[leader]
        if genders[leader] >= needed:
            self.shown = GENDERS[leader]
        elif GENDERS[leader] != self.shown or genders[leader] < needed - _HOLD:
            self.shown = "neutral"
        return self.shown
