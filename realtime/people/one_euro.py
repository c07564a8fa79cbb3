"""The One Euro filter: steady when slow, quick when fast."""

from __future__ import annotations

import math

import numpy as np


class OneEuro:
    """A low-pass filter whose cutoff rises with the speed (Casiez, Roussel and Vogel, CHI 2012)."""

    def __init__(self, min_cutoff_hz: float, beta: float, derivative_cutoff_hz: float, rest: float = 0.0) -> None:
        """beta: Hz of cutoff per unit and second of speed. rest: speed that counts as none, for it may be noise."""
        self._min_cutoff_hz = min_cutoff_hz
        self._beta = beta
        self._derivative_cutoff_hz = derivative_cutoff_hz
        self._rest = rest
        self._value: np.ndarray | None = None
        self._speed = np.zeros(0)

    def __call__(self, value: np.ndarray, elapsed_s: float, unit: float = 1.0) -> np.ndarray:
        """Filter one sample, float (n,), `elapsed_s` after the last. unit: the length that counts as 1."""
        if self._value is None or elapsed_s <= 0:
            self._value, self._speed = value, np.zeros_like(value)
            return value
        speed = (value - self._value) / elapsed_s
        self._speed = self._speed + _share(self._derivative_cutoff_hz, elapsed_s) * (speed - self._speed)
        speed_in_units = max(float(np.linalg.norm(self._speed)) / unit - self._rest, 0.0)
        cutoff_hz = self._min_cutoff_hz + self._beta * speed_in_units
        self._value = self._value + _share(cutoff_hz, elapsed_s) * (value - self._value)
        return self._value


def _share(cutoff_hz: float, elapsed_s: float) -> float:
    """Return how much of a new sample a low-pass filter of this cutoff takes."""
    return 1 / (1 + 1 / (2 * math.pi * cutoff_hz * elapsed_s))
