"""How sure a model must be of each gender before a drawing is chosen, which it says in its metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from realtime.errors import AssetError
from realtime.limits import one_line, strict_json
from realtime.records import GENDER_THRESHOLDS, GENDERS

# The key in the metadata, whose value is gender -> average probability; also that of a trace.
THRESHOLDS_KEY = "gender_thresholds"


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
        return GENDER_THRESHOLDS
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
