"""Sessions of many viewers put over each other: how many show what, second by second, and how far they agree.

Nothing is told of fewer people than are wanted at least, and nothing from which they could be worked out: where a
segment has too few people at some second, they are counted nowhere at that second, also not among all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from realtime.records import EMOTIONS
from realtime.report.curves import Curve

# Two-sided, 95 %.
_Z = 1.96
# The share that a viewer's second has to be read for them to count in it.
_MIN_READ = 0.5


@dataclass(frozen=True, eq=False)
class Viewers:
    """What some viewers showed, second by second.

    shown: position in EMOTIONS, int (V, N), -1 where nothing could be read. valence, expressiveness: float (V, N), NaN
    there.
    """

    shown: np.ndarray
    valence: np.ndarray
    expressiveness: np.ndarray

    @property
    def count(self) -> np.ndarray:
        """How many were read at each second, int (N,)."""
        return (self.shown >= 0).sum(0)

    def where(self, kept: np.ndarray) -> Viewers:
        """Return them with nothing read in the seconds, bool (N,), that are not kept."""
        return Viewers(
            np.where(kept, self.shown, -1),
            np.where(kept, self.valence, np.nan),
            np.where(kept, self.expressiveness, np.nan),
        )

    def between(self, start: int, end: int) -> Viewers:
        """Return the seconds from one to before another."""
        return Viewers(self.shown[:, start:end], self.valence[:, start:end], self.expressiveness[:, start:end])


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares of viewers with their 95 % intervals, each float (N, 7), order EMOTIONS, NaN for too few people."""

    share: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, eq=False)
class Mean:
    """A mean over viewers, the spread between them (standard deviation) and the mean's 95 % interval: float (N,)."""

    mean: np.ndarray
    spread: np.ndarray
    low: np.ndarray
    high: np.ndarray


def viewers_of(curves: Sequence[Curve], seconds: int) -> Viewers:
    """Return viewers from their curves of one second a step, cut or filled up to a length."""

    def filled(values: np.ndarray, nothing: float) -> np.ndarray:
        wide = np.full(seconds, nothing)
        wide[: len(values)] = values[:seconds]
        return wide

    read = np.array([filled(curve.read, 0) for curve in curves]).reshape(len(curves), seconds) >= _MIN_READ
    shown = np.array([filled(curve.shown, -1) for curve in curves]).reshape(len(curves), seconds)
    read &= shown >= 0
    valence = np.array([filled(curve.valence, np.nan) for curve in curves]).reshape(len(curves), seconds)
    expressive = np.array([filled(curve.expressiveness, np.nan) for curve in curves]).reshape(len(curves), seconds)
    return Viewers(
        np.where(read, shown, -1).astype(int), np.where(read, valence, np.nan), np.where(read, expressive, np.nan)
    )


def protected(segments: Mapping[str, Viewers], min_group: int) -> dict[str, Viewers]:
    """Return the segments that have enough people, and of these only the seconds in which enough could be read."""
    kept = {}
    for name, viewers in segments.items():
        if len(viewers.shown) >= min_group:
            kept[name] = viewers.where(viewers.count >= min_group)
    return kept


def together(segments: Sequence[Viewers]) -> Viewers:
    """Return the viewers of all segments."""
    return Viewers(
        *(np.concatenate([getattr(one, what) for one in segments]) for what in ("shown", "valence", "expressiveness"))
    )


def shares(viewers: Viewers) -> Shares:
    """Return the share of viewers that show each emotion, with Wilson's interval (1927)."""
    count = viewers.count[:, None].astype(float)
    showing = np.column_stack([(viewers.shown == code).sum(0) for code in range(len(EMOTIONS))])
    with np.errstate(invalid="ignore", divide="ignore"):
        share = showing / count
        middle = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
        half = _Z / (1 + _Z**2 / count) * np.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    return Shares(
        share,
        np.where(count > 0, (middle - half).clip(0, 1), np.nan),
        np.where(count > 0, (middle + half).clip(0, 1), np.nan),
    )


def mean_of(values: np.ndarray) -> Mean:
    """Return the mean over viewers of values, float (V, N), NaN for nothing."""
    known = np.isfinite(values)
    count = known.sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, values, 0).sum(0) / count
        square = np.where(known, (values - mean) ** 2, 0).sum(0)
        spread = np.sqrt(square / (count - 1))
        half = _Z * spread / np.sqrt(count)
    return Mean(mean, spread, mean - half, mean + half)


def agreement(viewers: Viewers) -> np.ndarray:
    """Return how likely two viewers, drawn at random, show the same emotion at each second: float (N,), NaN for none.

    It is the observed agreement of Fleiss' kappa (1971).
    """
    count = viewers.count.astype(float)
    pairs = sum((showing := (viewers.shown == code).sum(0)) * (showing - 1.0) for code in range(len(EMOTIONS)))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 1, pairs / (count * (count - 1)), np.nan)


def kappa(viewers: Viewers) -> float:
    """Return Fleiss' kappa over all seconds: 1 where all agree, 0 where they agree as by chance; NaN for no data."""
    agreed = agreement(viewers)
    seconds = np.isfinite(agreed)
    if not seconds.any():
        return float("nan")
    shown = viewers.shown[:, seconds]
    chance = sum(float((shown == code).sum() / max((shown >= 0).sum(), 1)) ** 2 for code in range(len(EMOTIONS)))
    observed = float(agreed[seconds].mean())
    return (observed - chance) / (1 - chance) if chance < 1 else 1.0


def synchrony(viewers: Viewers) -> float:
    """Return how alike the curves of valence are: the mean correlation of each viewer with the mean of the others.

    NaN where there are too few seconds. It is the inter-subject correlation of Hasson et al. (Science, 2004), used on
    faces.
    """
    values = viewers.valence[:, np.isfinite(viewers.valence).sum(0) > 1]
    known = np.isfinite(values)
    total, count = np.where(known, values, 0).sum(0), known.sum(0)
    found = []
    for own, there in zip(values, known, strict=True):
        both = there & (count > 1)
        if both.sum() >= 10:
            others = (total[both] - own[both]) / (count[both] - 1)
            if own[both].std() > 1e-6 and others.std() > 1e-6:
                found.append(float(np.corrcoef(own[both], others)[0, 1]))
    return float(np.mean(found)) if found else float("nan")
