"""From rows of single frames to curves of equal steps, few enough to be drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from realtime.metrics import PARTS, expressiveness, valence
from realtime.records import EMOTIONS
from realtime.report.session import SMOOTHED, Person

STEPS_S = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
# More points than this are not seen on any screen, and would make a page heavy.
_MOST_POINTS = 3600


@dataclass(frozen=True, eq=False)
class Curve:
    """What somebody showed, step by step; NaN where their face could not be read.

    step_s: length of a step, the first begins at 0. emotions: mean probabilities, float (N, 7), order EMOTIONS.
    shown: position in EMOTIONS of what was shown longest, int (N,), -1 for nothing. valence, expressiveness: float
    (N,). parts: of the face, float (N,) each, by the names of PARTS. read: share of the step in which the face was
    read, float (N,).
    """

    step_s: float
    emotions: np.ndarray
    shown: np.ndarray
    valence: np.ndarray
    expressiveness: np.ndarray
    parts: dict[str, np.ndarray]
    read: np.ndarray


def step_for(length_s: float) -> float:
    """Return the shortest step in which so long a session does not have too many."""
    return next((step for step in STEPS_S if length_s / step <= _MOST_POINTS), length_s / _MOST_POINTS)


def codes_of(emotions: np.ndarray) -> np.ndarray:
    """Return the position in EMOTIONS of each name, text (N,), -1 for any other: int (N,)."""
    codes = np.full(len(emotions), -1)
    for code, name in enumerate(EMOTIONS):
        codes[emotions == name] = code
    return codes


def curve_of(person: Person, length_s: float, step_s: float) -> Curve:
    """Return the curve of a person over a session of this length."""
    columns, read = person.columns, person.read
    count = max(int(np.ceil(length_s / step_s - 0.5)), 1)  # less than half a step at the end is no step of its own
    at = (columns["time_s"] / step_s).astype(int).clip(0, count - 1)
    emotions = np.column_stack([columns[name] for name in SMOOTHED])
    lasts = person.seconds

    def averaged(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
        rows = rows & np.isfinite(values)
        weight = np.bincount(at[rows], lasts[rows], count)
        total = np.bincount(at[rows], lasts[rows] * values[rows], count)
        return np.divide(total, weight, out=np.full(count, np.nan), where=weight > 0)

    codes = codes_of(columns["emotion"])
    held = np.array(
        [np.bincount(at[rows], lasts[rows], count) for rows in (read & (codes == c) for c in range(len(EMOTIONS)))]
    )
    mean = np.column_stack([averaged(emotions[:, code], read) for code in range(len(EMOTIONS))])
    seen = columns["seen"] > 0
    return Curve(
        step_s=step_s,
        emotions=mean,
        shown=np.where(held.sum(0) > 0, held.argmax(0), -1),
        valence=valence(mean),
        expressiveness=expressiveness(mean),
        parts={name: averaged(columns[name], seen) for name in PARTS if name in columns},
        read=np.nan_to_num(averaged(read.astype(float), np.ones(len(read), bool))),
    )
