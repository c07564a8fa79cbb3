"""Charts as data: what the pages' script draws, and the table that stands behind each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

# A table of a time line has about this many rows; all values are in the table that can be saved.
_TABLE_ROWS = 60


@dataclass(frozen=True, eq=False)
class Line:
    """One line of a chart over time. values: float (N,), NaN for none. colour: its name in the style sheet.

    low, high: the interval around it, float (N,) each, or None.
    """

    name: str
    colour: str
    values: np.ndarray
    low: np.ndarray | None = None
    high: np.ndarray | None = None


@dataclass(frozen=True)
class Span:
    """A stretch of time, in seconds, and what is said of it."""

    start_s: float
    end_s: float
    words: str = ""


@dataclass(frozen=True, eq=False)
class Chart:
    """A chart over time. key: unlike those of all others of a page. about: what it shows, in a sentence.

    kind: "stacked" for shares of a whole, "lines", or "spans". unit: after each value. limits: of the values. step_s:
    between values, the first of which is at 0. lines: for the first two kinds. rows: for spans, by the name of the row.
    timeline: the key of that which it shares with others: where its cursor is, and what is seen of it.
    whose: whom and what it is about, which makes its title unlike others.
    """

    key: str
    title: str
    about: str
    kind: str
    step_s: float = 1.0
    limits: tuple[float, float] = (0.0, 100.0)
    unit: str = "%"
    lines: Sequence[Line] = ()
    rows: Sequence[tuple[str, str, Sequence[Span]]] = ()
    timeline: str = "all"
    whose: str = ""

    def as_data(self) -> dict[str, Any]:
        """Return what the script draws, as JSON values."""
        return {
            "key": self.key,
            "timeline": self.timeline,
            "title": self.title,
            "kind": self.kind,
            "step": self.step_s,
            "limits": self.limits,
            "unit": self.unit,
            "lines": [self._line(line) for line in self.lines],
            "rows": [
                {
                    "name": name,
                    "colour": colour,
                    "spans": [[round(s.start_s, 2), round(s.end_s, 2), s.words] for s in spans],
                }
                for name, colour, spans in self.rows
            ],
        }

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Return the head and the rows of the table behind the chart."""
        if self.kind == "spans":
            told = sorted(
                (span.start_s, span.end_s, name, span.words) for name, _, spans in self.rows for span in spans
            )
            return ["From", "To", "What", "Why"], [[clock(a), clock(b), name, words] for a, b, name, words in told]
        count = max((len(line.values) for line in self.lines), default=0)
        together = max(math.ceil(count / _TABLE_ROWS), 1)
        rows = []
        for start in range(0, count, together):
            means = [_mean(line.values[start : start + together]) for line in self.lines]
            rows.append([clock(start * self.step_s), *(_said(mean, self.unit) for mean in means)])
        return ["Time", *(line.name for line in self.lines)], rows

    def _line(self, line: Line) -> dict[str, Any]:
        digits = 1 if self.unit == "%" else 2
        data: dict[str, Any] = {"name": line.name, "colour": line.colour, "values": _listed(line.values, digits)}
        if line.low is not None and line.high is not None:
            data |= {"low": _listed(line.low, digits), "high": _listed(line.high, digits)}
        return data


def clock(time_s: float) -> str:
    """Return a time as people write it: 1:02:03, or 2:03.5 where it is not whole."""
    tenths = round(time_s * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest // 10:02d}" + (f".{rest % 10}" if rest % 10 else "")
    return f"{hours}:{minutes:02d}:{seconds}" if hours else f"{minutes}:{seconds}"


def _listed(values: np.ndarray, digits: int) -> list[float | int | None]:
    """Return values as JSON has them: rounded, None for none."""
    scaled = np.round(values, digits)
    return [None if math.isnan(v) else int(v) if v == int(v) else v for v in scaled.tolist()]


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else math.nan


def _said(value: float, unit: str) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:.0f} %" if unit == "%" else f"{value:+.2f}"
