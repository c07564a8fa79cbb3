"""The loss by step, in a few hundred points however long the run."""

from __future__ import annotations

import math
from collections.abc import Iterable

# When there are more points than this, each two become one.
MOST = 400


class LossCurve:
    """Points (epochs learned so far, mean loss of the steps since the point before)."""

    def __init__(self, points: Iterable[tuple[float, float]] = ()) -> None:
        """Begin a curve, with the points of the run that is resumed."""
        self._points = list(points)
        self._each = 1  # steps that make a point
        self._waiting: list[float] = []

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        """The points so far."""
        return tuple(self._points)

    def add(self, at: float, loss: float) -> None:
        """Add a step.

        Args:
            at: How many epochs are learned with it. What was told of that place or later ones before goes: a run that
                is resumed takes some steps again.
            loss: Of its batch; what is no number is left out.
        """
        while self._points and self._points[-1][0] >= at:
            self._points.pop()
        if not math.isfinite(loss):
            return
        self._waiting.append(loss)
        if len(self._waiting) < self._each:
            return
        self._points.append((at, sum(self._waiting) / len(self._waiting)))
        self._waiting.clear()
        if len(self._points) > MOST:
            pairs = zip(self._points[::2], self._points[1::2], strict=False)
            self._points = [(at, (one + other) / 2) for (_, one), (at, other) in pairs]
            self._each *= 2
