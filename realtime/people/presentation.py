"""Which of a pack's drawings suits a face: a woman's, a man's, or the neutral one where it can't be told.

A wrong drawing is worse than a neutral one, so a drawing is chosen only where the model is sure. Models err on women
more often than on men, or the other way; how sure a model must be of each is therefore something it says itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from realtime.errors import AssetError
from realtime.limits import one_line, strict_json
from realtime.records import GENDERS

# Where a model says how sure it must be, in its metadata: gender -> average probability.
THRESHOLDS_KEY = "gender_thresholds"
# For a model that does not say, order GENDERS.
THRESHOLDS = (0.75, 0.75)
# A drawing stays until the average probability is this much below what it was chosen at.
_HOLD = 0.15


class Presentation:
    """Chooses the drawing for one person, and stays with it while there is doubt."""

    def __init__(self, thresholds: tuple[float, ...] = THRESHOLDS) -> None:
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


def checked_thresholds(value: Any) -> tuple[float, ...]:
    """Return thresholds, order GENDERS. Raises ValueError, for whatever else was in a file."""
    fits = isinstance(value, list) and len(value) == len(GENDERS)
    if not fits or not all(isinstance(p, (int, float)) and not isinstance(p, bool) and 0.5 <= p <= 1 for p in value):
        raise ValueError(f"{len(GENDERS)} probabilities from 0.5 to 1")
    return tuple(float(p) for p in value)


def thresholds_in(metadata: Mapping[str, str]) -> tuple[float, ...]:
    """Return how sure a model says it must be of each gender, order GENDERS.

    Raises:
        AssetError: It says anything else.
    """
    if THRESHOLDS_KEY not in metadata:
        return THRESHOLDS
    text = metadata[THRESHOLDS_KEY]
    try:
        stored = strict_json(text)
        return checked_thresholds([stored[gender] for gender in GENDERS])
    except (ValueError, KeyError, TypeError) as error:
        raise AssetError(
            f"The model has '{THRESHOLDS_KEY}' {one_line(text)}, the program needs two probabilities from 0.5 to 1.",
            "Choose them again with 'python -m training.gender MODEL DATA --write', or use the model that came with "
            "the program.",
        ) from error
