"""Averages of what is known before and after each moment: steady, without lagging behind."""

from __future__ import annotations

import numpy as np

from realtime.people.steadiness import Steadiness

# Deviation of the bell over which places are averaged, in seconds, with the usual steadiness, ...
_STEADY_S = 0.1
# ... whose cutoff is this; half of that is twice the time.
_USUAL_HZ = 0.8
# A place is averaged as long as that moves it by less than this share of the face's size; one that is moved by more
# than the second of these is left as it was found, which is what a fast head needs.
_TREMBLE, _MOVE = 0.025, 0.07
# The same for the roll in radians.
_TREMBLE_RAD, _MOVE_RAD = 0.06, 0.2
# The bell is cut off here, in deviations.
_BELL = 3.0
# What is usual is taken over so long before and after.
_USUAL_S = 0.5


def smoothed(times: np.ndarray, values: np.ndarray, deviation_s: float) -> np.ndarray:
    """Return values averaged over a bell around each moment, which delays nothing.

    Args:
        times: float (N,) s, rising.
        values: float (N, C). Beyond both ends they go on as if turned around the last one.
        deviation_s: of the bell.
    """
    count = len(times)
    if count < 3 or deviation_s <= 0:
        return values
    step_s = max((times[-1] - times[0]) / (count - 1), 1e-6)
    reach = min(int(np.ceil(_BELL * deviation_s / step_s)), count - 1)
    if reach < 1:
        return values
    padded_s = np.concatenate([2 * times[0] - times[reach:0:-1], times, 2 * times[-1] - times[-2 : -reach - 2 : -1]])
    before, after = 2 * values[0] - values[reach:0:-1], 2 * values[-1] - values[-2 : -reach - 2 : -1]
    padded = np.concatenate([before, values, after])
    total, weights = np.zeros_like(values, dtype=float), np.zeros(count)
    for offset in range(2 * reach + 1):
        part = slice(offset, offset + count)
        weight = np.exp(-(((padded_s[part] - times) / deviation_s) ** 2) / 2)
        total += weight[:, None] * padded[part]
        weights += weight
    return total / weights[:, None]


def steady_places(times: np.ndarray, raw: np.ndarray, steadiness: Steadiness) -> np.ndarray:
    """Return places averaged where that takes off what trembles, and as they are where somebody moves."""
    deviation_s = min(_STEADY_S * _USUAL_HZ / max(steadiness.min_cutoff_hz, 1e-3), 4 * _STEADY_S)
    calm = smoothed(times, raw, deviation_s)
    away = np.linalg.norm((raw - calm)[:, :2], axis=1) / np.exp(raw[:, 2])
    away = np.maximum(away, np.abs((raw - calm)[:, 2]))
    followed = _followed(times, away, (_TREMBLE, _MOVE), deviation_s)
    turned = _followed(times, np.abs((raw - calm)[:, 3]), (_TREMBLE_RAD, _MOVE_RAD), deviation_s)
    shares = np.column_stack([followed, followed, followed, turned])
    return calm + shares * (raw - calm)


def _followed(times: np.ndarray, away: np.ndarray, limits: tuple[float, float], deviation_s: float) -> np.ndarray:
    """Return how much of what averaging takes away is put back at each moment, 0 to 1, changing slowly."""
    low, high = limits
    wanted = np.clip((away - low) / (high - low), 0, 1)
    return np.maximum(wanted, smoothed(times, wanted[:, None], deviation_s / 2)[:, 0]).clip(0, 1)


def usual(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the median of values around each moment, float (N,)."""
    step_s = max((times[-1] - times[0]) / max(len(times) - 1, 1), 1e-6)
    reach = min(round(_USUAL_S / step_s), len(times) - 1)
    padded = np.pad(values, reach, mode="reflect") if reach else values
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1), axis=1)
