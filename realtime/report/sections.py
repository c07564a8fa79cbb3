"""The parts of pages about one person: figures, charts and lists of moments, of a session or of one stimulus."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from realtime.metrics import PARTS
from realtime.records import EMOTIONS
from realtime.report.charts import Chart, Line, Span, clock
from realtime.report.curves import Curve, curve_of, step_for
from realtime.report.html import figure, table, text
from realtime.report.moments import STRETCHES, Moment, arrivals, changes, peaks, stretches
from realtime.report.session import Person

# From below: the order in which they are stacked.
ORDER = ("neutral", "happy", "surprise", "sad", "fear", "disgust", "angry")
# The list of moments names this many changes of each person; all are in the table of the time line.
_MOST_CHANGES = 40


@dataclass(frozen=True, eq=False)
class Period:
    """A stretch of time that people are told of: a session, or a stimulus.

    key: of its time line, unlike those of all others of a page. times: of the frames, float (N,) s. length_s: in all.
    name: of it, unlike others. said: what it is, as in "of the session". kinds: of stretches, with their names. gaps:
    without a picture, None for wherever frames are far apart. beside: what else is a stretch, whoever it is.
    """

    key: str
    times: np.ndarray
    length_s: float
    name: str = "session"
    said: str = "session"
    kinds: Mapping[str, str] = field(default_factory=lambda: STRETCHES)
    gaps: Sequence[tuple[float, float]] | None = None
    beside: Sequence[Moment] = ()

    @property
    def step_s(self) -> float:
        """Of its curves."""
        return step_for(self.length_s)


def person_section(person: Person, period: Period, key: str, heading: str) -> tuple[str, list[Chart], Curve]:
    """Return what is told of a person over a period: as HTML, its charts, and their curve.

    Args:
        person: whose rows are of that period alone.
        period: which.
        key: unlike those of all others of a page.
        heading: in HTML.
    """
    curve = curve_of(person, period.length_s, period.step_s)
    around = [*stretches(person, period.times, period.gaps), *period.beside]
    whose = f"{person.name}, {period.name}"
    charts = [replace(chart, timeline=period.key, whose=whose) for chart in _charts(key, period, curve, around)]
    moments = sorted(
        [*changes(person)[:_MOST_CHANGES], *peaks(curve), *arrivals(person)[:_MOST_CHANGES]],
        key=lambda moment: moment.time_s,
    )
    told = (
        f"{heading}{_figures(person, period, around)}{''.join(map(figure, charts))}"
        f"<h3>Changes and peaks</h3>{listed(moments)}"
    )
    return told, charts, curve


def listed(moments: Sequence[Moment], pictures: Sequence[bytes] = ()) -> str:
    """Return moments as a list of buttons that jump to them. pictures: for each a JPEG file; empty for none."""
    if not moments:
        return "<p>There were none.</p>"
    shown = [f'<img src="data:image/jpeg;base64,{base64.b64encode(p).decode()}" alt="">' if p else "" for p in pictures]
    shown += [""] * (len(moments) - len(shown))
    items = "".join(
        f'<li><button type="button" class="jump {m.kind}" data-time="{m.time_s:.2f}">{image}<b>{clock(m.time_s)}</b> '
        f"{text(m.words)}</button></li>"
        for m, image in zip(moments, shown, strict=True)
    )
    return f'<ul class="moments">{items}</ul>'


def _figures(person: Person, period: Period, around: Sequence[Moment]) -> str:
    """Return the shares of time: of each expression while the face was read, and of each kind of stretch."""
    lasts, read = person.seconds, person.read
    total_s = float(lasts[read].sum())
    rows = []
    for name in reversed(ORDER):
        share = float(lasts[read & (person.columns["emotion"] == name)].sum()) / total_s if total_s else 0.0
        rows.append((name, f"{share:.0%}", share))
    bars = "".join(
        f'<tr><th scope="row">{text(name)}</th><td><meter class="c-{name}" min="0" max="1" value="{share:.3f}" '
        f'aria-label="{text(name)}">{said}</meter></td><td>{said}</td></tr>'
        for name, said, share in rows
    )
    sums = {kind: sum(m.end_s - m.time_s for m in around if m.kind == kind) for kind in period.kinds}
    told = [
        (words, clock(sums[kind]), f"{sums[kind] / max(period.length_s, 1e-9):.0%}")
        for kind, words in period.kinds.items()
    ]
    return (
        f'<div class="sums"><div><table><caption>Share of {clock(total_s)} in which the face was read</caption>'
        '<thead><tr><th scope="col">Shown</th><th scope="col">Bar</th><th scope="col">Share</th></tr></thead>'
        f"<tbody>{bars}</tbody></table></div>"
        f"{table(f'How long: {person.name}, {period.name}', ('What', 'Time', f'Of the {period.said}'), told)}</div>"
    )


def _charts(key: str, period: Period, curve: Curve, around: Sequence[Moment]) -> Iterator[Chart]:
    step_s = curve.step_s
    percent = 100 * curve.emotions
    yield Chart(
        f"{key}-emotions",
        "Expressions",
        "How likely each expression was, in percent. Where nothing is drawn the face was not read.",
        "stacked",
        step_s,
        lines=[Line(name, name, percent[:, EMOTIONS.index(name)]) for name in ORDER],
    )
    yield Chart(
        f"{key}-valence",
        "Valence and expressiveness",
        "Valence: pleasant above 0, unpleasant below. Expressiveness: how far from neutral.",
        "lines",
        step_s,
        (-1.0, 1.0),
        "",
        [Line("valence", "happy", curve.valence), Line("expressiveness", "surprise", curve.expressiveness)],
    )
    if any(np.isfinite(part).any() for part in curve.parts.values()):
        yield Chart(
            f"{key}-parts",
            "Parts of the face",
            "How far each part moved, 0 to 100, as MediaPipe's blendshapes tell.",
            "lines",
            step_s,
            unit="%",
            lines=[
                Line(name.replace("_", " "), colour, 100 * curve.parts[name])
                for name, colour in zip(PARTS, _PART_COLOURS, strict=True)
            ],
        )
    yield Chart(
        f"{key}-stretches",
        "At a glance",
        "When somebody smiled, frowned or looked away, and where the face could not be read, and why.",
        "spans",
        rows=[
            (words, kind, [Span(m.time_s, m.end_s, m.words) for m in around if m.kind == kind])
            for kind, words in period.kinds.items()
        ],
    )
    yield Chart(
        f"{key}-sure",
        "How sure the readings are",
        "The probability of the likeliest expression, and how much of the time the face was read.",
        "lines",
        step_s,
        lines=[
            Line("likeliest expression", "sad", percent.max(1)),
            Line("face was read", "neutral", 100 * curve.read),
        ],
    )


_PART_COLOURS = ("sad", "angry", "neutral", "disgust", "fear", "happy", "plum", "surprise", "gold")
