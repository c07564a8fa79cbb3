"""What each person shows in a video whose past and future are known: steady expressions, and one drawing for all of it.

The same two thresholds as live, but a change is shown when it begins, not when it is sure, and one that does not last
is never shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from realtime.engine.analysis import Found
from realtime.engine.steadying import smoothed
from realtime.people.presentation import Presentation
from realtime.people.smoothing import (
    STRONG_ENTER,
    STRONG_LEAVE,
    UNSURE_ABOVE,
    UNSURE_BELOW,
    UNSURE_S,
)
from realtime.people.steadiness import Steadiness
from realtime.records import EMOTIONS, GENDERS, UNSURE

# The bell over which probabilities are averaged, in time constants of the average that is used live.
_BELL = 0.75
# What is shown for less than this, with the usual dwelling of 0.1 s, is not shown, in dwellings.
_SHORTEST = 3.0


@dataclass(frozen=True, eq=False)
class Show:
    """What somebody shows in each frame of their path.

    emotions: float32 (N, 7), averaged. genders: float32 (2,), averaged over all of the video. emotion: one of EMOTIONS,
    or UNSURE, for each frame. lead: float (N,), of the emotion over the next. strong: bool (N,). presentation: one of
    PRESENTATIONS.
    """

    emotions: np.ndarray
    genders: np.ndarray
    emotion: list[str]
    lead: np.ndarray
    strong: np.ndarray
    presentation: str


def show_of(
    times: np.ndarray, first: int, found: Sequence[Found], steadiness: Steadiness, gender_thresholds: tuple[float, ...]
) -> Show:
    """Return what somebody shows.

    Args:
        times: of the frames of the path, float (N,) s, rising.
        first: position of the first of them.
        found: of the person.
        steadiness: how steady expressions are to be.
        gender_thresholds: order GENDERS, the average probability that each drawing needs.
    """
    read = [one for one in found if one.prediction is not None]
    clear = [one for one in read if not one.hint] or read
    emotions = _averaged(times, first, clear, _BELL * steadiness.emotion_s)
    chosen = _chosen(times, emotions, steadiness)
    lead = _lead(emotions, chosen)
    unsure = _unsure(times, first, emotions, read)
    genders = _genders(clear)
    drawing = Presentation(gender_thresholds)
    return Show(
        emotions.astype(np.float32),
        genders,
        [UNSURE if doubt else EMOTIONS[one] for one, doubt in zip(chosen, unsure, strict=True)],
        lead,
        _two_thresholds(lead, STRONG_LEAVE, STRONG_ENTER),
        drawing.choose(genders),
    )


def _averaged(times: np.ndarray, first: int, clear: Sequence[Found], deviation_s: float) -> np.ndarray:
    """Return the averaged probabilities of each frame, float (N, 7); of frames between, what is between."""
    if not clear:
        return np.full((len(times), len(EMOTIONS)), 1 / len(EMOTIONS))
    at = np.array([one.at - first for one in clear])
    said = np.array([one.prediction.emotions for one in clear if one.prediction is not None], float)
    filled = np.column_stack([np.interp(times, times[at], column) for column in said.T])
    averaged = smoothed(times, filled, deviation_s).clip(1e-4, None)
    return averaged / averaged.sum(1, keepdims=True)


def _chosen(times: np.ndarray, emotions: np.ndarray, steadiness: Steadiness) -> np.ndarray:
    """Return which emotion is shown in each frame, int (N,)."""
    leaders = emotions.argmax(1)
    shown, chosen, since = int(leaders[0]), np.empty(len(times), int), 0
    for at, leader in enumerate(leaders):
        if at and leader != leaders[at - 1]:
            since = at  # from here on it was ahead
        if leader != shown and emotions[at, leader] - emotions[at, shown] >= steadiness.margin:
            chosen[since:at] = shown = int(leader)
        chosen[at] = shown
    return _without_short(times, chosen, emotions, _SHORTEST * steadiness.dwell_s)


def _without_short(times: np.ndarray, chosen: np.ndarray, emotions: np.ndarray, shortest_s: float) -> np.ndarray:
    """Return a choice without what does not last, for which the likelier of its neighbours is shown."""
    chosen = chosen.copy()
    while True:
        edges = [0, *(np.flatnonzero(np.diff(chosen)) + 1).tolist(), len(chosen)]
        runs = list(pairwise(edges))
        lasts = [times[min(end, len(times) - 1)] - times[start] for start, end in runs]
        short = int(np.argmin(lasts))
        if len(runs) < 2 or lasts[short] >= shortest_s:
            return chosen
        start, end = runs[short]
        others = [int(chosen[at]) for at in (start - 1, end) if 0 <= at < len(chosen)]
        chosen[start:end] = max(others, key=lambda other: float(emotions[start:end, other].mean()))


def _lead(emotions: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return how far the chosen emotion is ahead of the next likely one, float (N,), 0 to 1."""
    rows = np.arange(len(chosen))
    others = emotions.copy()
    others[rows, chosen] = -1
    return (emotions[rows, chosen] - others.max(1)).clip(0, 1)


def _two_thresholds(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return where values are above the low threshold, in stretches that reach the high one, bool (N,)."""
    above = values >= low
    edges = [0, *(np.flatnonzero(np.diff(above)) + 1).tolist(), len(above)]
    for start, end in pairwise(edges):
        if above[start] and values[start:end].max() < high:
            above[start:end] = False
    return above


def _unsure(times: np.ndarray, first: int, emotions: np.ndarray, read: Sequence[Found]) -> np.ndarray:
    """Return where a face can't be read for longer than a moment, bool (N,)."""
    at = [one.at - first for one in read]
    hinted = np.interp(times, times[at], [bool(one.hint) for one in read]) > 0.5 if read else np.ones(len(times), bool)
    vague = _two_thresholds(1 - emotions.max(1), 1 - UNSURE_ABOVE, 1 - UNSURE_BELOW)
    doubtful = hinted | vague
    edges = [0, *(np.flatnonzero(np.diff(doubtful)) + 1).tolist(), len(doubtful)]
    for start, end in pairwise(edges):
        whole = start == 0 and end == len(doubtful)
        if doubtful[start] and not whole and times[end - 1] - times[start] < UNSURE_S:
            doubtful[start:end] = False
    return doubtful


def _genders(clear: Sequence[Found]) -> np.ndarray:
    """Return the mean of what the gender heads say, float32 (2,): what they are surer of counts more."""
    said = np.array([one.prediction.genders for one in clear if one.prediction is not None], float)
    if not len(said):
        return np.full(len(GENDERS), 1 / len(GENDERS), np.float32)
    weights = np.abs(said[:, 0] - 0.5) + 0.05
    return (weights @ said / weights.sum()).astype(np.float32)
