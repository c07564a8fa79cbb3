"""What happened in a session, as a list: changes of expression, peaks, marks, and stretches of several kinds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from realtime.records import EMOTIONS
from realtime.report.about import Mark
from realtime.report.curves import Curve, codes_of
from realtime.report.session import MAX_STEP_S, Person

# What is shown for less than this is no moment.
_MIN_SHOWN_S = 1.0
# Stretches are told from this length on, and joined over shorter gaps.
_MIN_STRETCH_S = 0.5
_GAP_S = 0.4
# Who is not found in a frame or two has not gone.
_OVERLOOKED_S = 0.25
# Peaks are this far apart, at most so many, and stand out from the mean by this many standard deviations.
_PEAK_APART_S = 5.0
_MOST_PEAKS = 8
_PEAK_DEVIATIONS = 1.5
# A head that is turned further than this looks at something else than a screen straight ahead.
_AWAY_YAW_DEG, _AWAY_PITCH_DEG = 30.0, 25.0
# A smile is one from here on; brows are drawn together where they are by so much more than usual in this session.
_SMILE, _FROWN_MORE = 0.4, 0.25


@dataclass(frozen=True)
class Moment:
    """Something that happened. kind: as in KINDS. words: what, in words. end_s: the same as time_s for a moment."""

    kind: str
    time_s: float
    end_s: float
    words: str


# Kinds of stretches, with what they are called, in the order of the rows in which they are drawn.
STRETCHES = {
    "smiled": "Smiled",
    "frowned": "Drew the brows together",
    "away": "Looked away",
    "unreadable": "Could not be read",
    "absent": "Not in view",
    "no_picture": "No picture",
}
# The same of a stimulus.
NOT_SHOWN = "not_shown"
STRETCHES_OF_STIMULI = STRETCHES | {NOT_SHOWN: "Was not shown"}
KINDS = ("mark", "change", "peak", "arrival", *STRETCHES_OF_STIMULI)


def changes(person: Person) -> list[Moment]:
    """Return when somebody went over to another expression and stayed with it for a second."""
    codes = np.where(person.read, codes_of(person.columns["emotion"]), -1)
    found, last = [], -1
    for code, start_s, end_s in _runs(codes, person.columns["time_s"], person.seconds):
        if code < 0 or end_s - start_s < _MIN_SHOWN_S:
            continue
        if code != last:
            words = EMOTIONS[code] if last < 0 else f"{EMOTIONS[last]} to {EMOTIONS[code]}"
            found.append(Moment("change", start_s, start_s, words))
        last = code
    return found


def arrivals(person: Person) -> list[Moment]:
    """Return when the face that is followed was lost and another found, which may be that of somebody else."""
    tracks, times = person.columns["track"], person.columns["time_s"]
    anew = np.flatnonzero(np.diff(tracks) != 0) + 1
    words = "a face came anew: of the same person, or of another"
    return [Moment("arrival", time_s, time_s, words) for time_s in times[anew].tolist()]


def peaks(curve: Curve, at_least: int = 0) -> list[Moment]:
    """Return the moments of most expression, the strongest first chosen, in the order of time.

    at_least: so many are given if there are, also where they don't stand out.
    """
    values = np.nan_to_num(curve.expressiveness, nan=-1.0)
    known = values[values >= 0]
    stand_out = len(known) >= 3 and known.std() >= 0.02
    least = known.mean() + _PEAK_DEVIATIONS * known.std() if stand_out else np.inf
    chosen: list[int] = []
    for at in np.argsort(-values, kind="stable"):
        if values[at] < (0 if len(chosen) < at_least else least) or len(chosen) == _MOST_PEAKS:
            break
        if all(abs(at - other) * curve.step_s >= _PEAK_APART_S for other in chosen):
            chosen.append(int(at))
    return [_peak(curve, at) for at in sorted(chosen)]


def marked(marks: tuple[Mark, ...]) -> list[Moment]:
    """Return what was marked."""
    return [Moment("mark", mark.time_s, mark.time_s, mark.word or "marked") for mark in marks]


def stretches(person: Person, times: np.ndarray, gaps: Sequence[tuple[float, float]] | None = None) -> list[Moment]:
    """Return the stretches of STRETCHES.

    Args:
        person: of whom.
        times: of all frames of the session, float (N,) s.
        gaps: in which there were none, from one second to another; None for wherever frames are far apart.
    """
    columns, lasts = person.columns, person.seconds
    seen = columns["seen"] > 0
    states = {
        "smiled": seen & _smiles(columns),
        "frowned": seen & _frowns(columns, person.read),
        "away": seen & _away(columns),
        "unreadable": seen & ~person.read,
    }
    found = [
        Moment(kind, start_s, end_s, _reason(columns, start_s, end_s) if kind == "unreadable" else "")
        for kind, state in states.items()
        for start_s, end_s in _stretches(state, columns["time_s"], lasts)
    ]
    there = _there(times, columns["time_s"][seen])
    steps = np.append(np.minimum(np.diff(times), MAX_STEP_S), 0.0) if len(times) else times
    found += [Moment("absent", start_s, end_s, "") for start_s, end_s in _stretches(~there, times, steps)]
    found += [Moment("no_picture", *gap, "") for gap in (gaps_in(times) if gaps is None else gaps)]
    return sorted(found, key=lambda moment: moment.time_s)


def _there(times: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return at which times somebody was there who was seen at some of them: a busy machine overlooks every other."""
    before = np.append(-np.inf, seen)[np.searchsorted(seen, times, "right")]
    after = np.append(seen, np.inf)[np.searchsorted(seen, times, "left")]
    return after - before <= _OVERLOOKED_S


def gaps_in(times: np.ndarray) -> list[tuple[float, float]]:
    """Return begin and end of each stretch without a frame, as of a camera that was away. times: float (N,) s."""
    far = np.flatnonzero(np.diff(times) > MAX_STEP_S)
    return [(float(times[at]), float(times[at + 1])) for at in far]


def _peak(curve: Curve, at: int) -> Moment:
    strongest = int(np.delete(curve.emotions[at], EMOTIONS.index("neutral")).argmax())
    name = [name for name in EMOTIONS if name != "neutral"][strongest]
    time_s = at * curve.step_s
    return Moment("peak", time_s, time_s, f"most expression: {name} {curve.emotions[at][EMOTIONS.index(name)]:.0%}")


def _smiles(columns: dict[str, np.ndarray]) -> np.ndarray:
    """Return where somebody smiles: by the mouth, or by the emotion where nobody looked at parts of the face."""
    smile = columns["smile"]
    return np.where(np.isfinite(smile), smile >= _SMILE, columns["emotion"] == "happy")


def _frowns(columns: dict[str, np.ndarray], read: np.ndarray) -> np.ndarray:
    furrow = columns["brow_furrow"]
    known = furrow[read & np.isfinite(furrow)]
    usual = float(np.median(known)) if len(known) else 0.0
    return np.isfinite(furrow) & (np.nan_to_num(furrow) >= usual + _FROWN_MORE)


def _away(columns: dict[str, np.ndarray]) -> np.ndarray:
    yaw, pitch = np.nan_to_num(columns["yaw_deg"]), np.nan_to_num(columns["pitch_deg"])
    turned = (np.abs(yaw) > _AWAY_YAW_DEG) | (np.abs(pitch) > _AWAY_PITCH_DEG)
    return turned | (columns["hint"] == "turn to the camera")


def _reason(columns: dict[str, np.ndarray], start_s: float, end_s: float) -> str:
    """Return the commonest hint of a stretch."""
    within = (columns["time_s"] >= start_s) & (columns["time_s"] < end_s)
    hints = [hint for hint in columns["hint"][within] if hint]
    return max(sorted(set(hints)), key=hints.count, default="no expression is clear")


def _runs(values: np.ndarray, times: np.ndarray, lasts: np.ndarray) -> Iterator[tuple[int, float, float]]:
    """Give each run of equal values without a gap in time: the value, its begin and its end in seconds."""
    if not len(values):
        return
    new = (np.diff(values) != 0) | (np.diff(times) > MAX_STEP_S)
    for start, end in pairwise([0, *(np.flatnonzero(new) + 1).tolist(), len(values)]):
        yield int(values[start]), float(times[start]), float(times[end - 1] + lasts[end - 1])


def _stretches(state: np.ndarray, times: np.ndarray, lasts: np.ndarray) -> list[tuple[float, float]]:
    """Return begin and end of each stretch in which a state, bool (N,), holds, over short gaps."""
    joined: list[tuple[float, float]] = []
    for value, start_s, end_s in _runs(state.astype(int), times, lasts):
        if not value:
            continue
        if joined and start_s - joined[-1][1] <= _GAP_S:
            joined[-1] = (joined[-1][0], end_s)
        else:
            joined.append((start_s, end_s))
    return [(start_s, end_s) for start_s, end_s in joined if end_s - start_s >= _MIN_STRETCH_S]
