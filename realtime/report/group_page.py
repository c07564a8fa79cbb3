"""The page about many viewers: shares with intervals, means with spread, agreement, segments and parts compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from realtime.records import EMOTIONS
from realtime.report import group
from realtime.report.charts import Chart, Line
from realtime.report.curves import Curve
from realtime.report.group import Viewers
from realtime.report.html import figure, page, table, text, timeline_tools
from realtime.report.merge import Merged
from realtime.report.moments import Moment, peaks
from realtime.report.page import NOTICE
from realtime.report.sections import ORDER
from realtime.report.stimulus_section import watched

_SEGMENT_COLOURS = ("sad", "happy", "surprise", "disgust", "angry", "fear", "neutral", "plum", "gold")


def group_page(merged: Sequence[Merged], folder: Path = Path()) -> str:
    """Return the page. merged: one for each stimulus, or one. folder: where the page is to be."""
    parts, charts, timelines = [_head(merged)], list[Chart](), list[dict[str, Any]]()
    for number, one in enumerate(merged):
        key = f"m{number}"
        told, own = _section(one, key, folder, len(merged))
        parts.append(told)
        charts += own
        length_s = one.stimulus.length_s if one.stimulus else float(one.seconds)
        timelines.append({"key": key, "length": length_s, "marks": []})
    data = {"timelines": timelines, "charts": [chart.as_data() for chart in charts]}
    return page("Many viewers", "".join(parts) + "</main>", data)


def _head(merged: Sequence[Merged]) -> str:
    viewers, sessions = max((len(one.everybody.shown), one.sessions) for one in merged)
    told = (
        f"{viewers} viewers in {sessions} sessions. Nothing is shown where fewer than {merged[0].min_group} people "
        "could be read."
    )
    if any(one.stimulus for one in merged):
        told += " Each stimulus is told of by its own time, in whatever order and with whatever breaks it was shown."
    return (
        f"<header><h1>Expressions of many viewers</h1><p>{text(told)}</p></header>"
        f'<main><p class="notice">{text(NOTICE)}</p>'
    )


def _section(merged: Merged, key: str, folder: Path, of: int) -> tuple[str, list[Chart]]:
    """Return what is told of those who watched the same, as HTML, and its charts. of: how many such there are."""
    everybody, stimulus = merged.everybody, merged.stimulus
    name = stimulus.name if stimulus else "everybody"
    charts = [replace(chart, timeline=key, whose=name) for chart in _charts(key, everybody)]
    parts = [_agreement(merged, name), *map(figure, charts)]
    if len(merged.segments) > 1:
        compared = [replace(chart, timeline=key, whose=name) for chart in _compared(merged, key)]
        charts += compared
        parts += ["<h3>Segments compared</h3>", _segments(merged, name), *map(figure, compared)]
    if merged.parts:
        parts += ["<h3>Parts compared</h3>", _parts(merged, name)]
    told = "".join(parts)
    if stimulus is not None:
        places = [*merged.folders[:1], folder]
        told = watched(stimulus, _strongest(everybody), places, of, told)
    heading = text(stimulus.name) if stimulus else "Everybody"
    return f'<section data-timeline="{key}"><h2>{heading}</h2>{timeline_tools(key)}{told}</section>', charts


def _agreement(merged: Merged, name: str) -> str:
    everybody = merged.everybody
    told = f"{len(everybody.shown)} viewers in {merged.sessions} sessions."
    if merged.left_out:
        told += f" Left out altogether, as they have fewer people: {', '.join(merged.left_out)}."
    rows = [
        ("Agreement beyond chance (Fleiss' kappa)", _said(group.kappa(everybody))),
        ("Likeness of the curves of valence (mean correlation with the others)", _said(group.synchrony(everybody))),
    ]
    return f"<p>{text(told)}</p>{table(f'Agreement between viewers: {name}', ('Figure', 'Value'), rows)}"


def _strongest(viewers: Viewers) -> list[Moment]:
    """Return the seconds in which all viewers together show most."""
    shares = group.shares(viewers).share
    curve = Curve(
        step_s=1.0,
        emotions=shares,
        shown=np.full(len(shares), -1),
        valence=group.mean_of(viewers.valence).mean,
        expressiveness=group.mean_of(viewers.expressiveness).mean,
        parts={},
        read=np.ones(len(shares)),
    )
    return [replace(moment, words=_shown_at(shares[int(moment.time_s)])) for moment in peaks(curve, 1)]


def _shown_at(shares: np.ndarray) -> str:
    """Return what most people show besides neutral, in words. shares: float (7,), order EMOTIONS."""
    most = max((name for name in EMOTIONS if name != "neutral"), key=lambda name: shares[EMOTIONS.index(name)])
    return f"most expression: {shares[EMOTIONS.index(most)]:.0%} show {most}"


def _charts(key: str, viewers: Viewers) -> Iterator[Chart]:
    shares = group.shares(viewers)
    yield Chart(
        f"{key}-stacked",
        "What is shown, by share of people",
        "Of those whose face could be read in that second.",
        "stacked",
        lines=[Line(name, name, 100 * shares.share[:, EMOTIONS.index(name)]) for name in ORDER],
    )
    yield Chart(
        f"{key}-shares",
        "Shares with their intervals",
        "The same as lines, each with its 95 % interval (Wilson). Names switch lines off and on.",
        "lines",
        lines=[
            Line(name, name, *(100 * one[:, EMOTIONS.index(name)] for one in (shares.share, shares.low, shares.high)))
            for name in ORDER
        ],
    )
    yield Chart(
        f"{key}-means",
        "Valence and expressiveness",
        "Mean over viewers, and one standard deviation around it: how far they spread.",
        "lines",
        limits=(-1.0, 1.0),
        unit="",
        lines=[
            Line(name, colour, mean.mean, mean.mean - mean.spread, mean.mean + mean.spread)
            for name, colour, mean in (
                ("valence", "happy", group.mean_of(viewers.valence)),
                ("expressiveness", "surprise", group.mean_of(viewers.expressiveness)),
            )
        ],
    )
    count = viewers.count.astype(float)
    yield Chart(
        f"{key}-agreement",
        "Agreement, and how many were read",
        "How likely two viewers drawn at random show the same expression; and the share of viewers that could be read.",
        "lines",
        lines=[
            Line("agreement", "sad", 100 * group.agreement(viewers)),
            Line("read", "neutral", np.where(count > 0, 100 * count / max(len(viewers.shown), 1), np.nan)),
        ],
    )


def _compared(merged: Merged, key: str) -> Iterator[Chart]:
    for name in ("valence", "expressiveness"):
        means = [group.mean_of(getattr(viewers, name)) for viewers in merged.segments.values()]
        yield Chart(
            f"{key}-segments-{name}",
            f"{name.capitalize()} of each segment",
            "Mean with its 95 % interval.",
            "lines",
            limits=(-1.0, 1.0),
            unit="",
            lines=[
                Line(segment, _SEGMENT_COLOURS[at % len(_SEGMENT_COLOURS)], mean.mean, mean.low, mean.high)
                for at, (segment, mean) in enumerate(zip(merged.segments, means, strict=True))
            ],
        )


def _segments(merged: Merged, name: str) -> str:
    rows = [_row(segment, viewers) for segment, viewers in merged.segments.items()]
    return table(f"Each segment over all the time: {name}", _COLUMNS, rows)


def _parts(merged: Merged, name: str) -> str:
    rows = []
    for part in merged.parts:
        viewers = merged.everybody.between(part.start, min(part.end, merged.seconds))
        rows.append(_row(part.name, viewers, merged.min_group))
    return table(f"Each part, everybody: {name}", _COLUMNS, rows)


_COLUMNS = ("Name", "People", "Valence (95 %)", "Expressiveness (95 %)", "Shown most", "Kappa")


def _row(name: str, viewers: Viewers, min_group: int = 1) -> tuple[str, ...]:
    """Return the figures of viewers over all of a stretch: each counts once, with their mean over it."""
    there = viewers.shown >= 0
    people = int(there.any(1).sum()) if there.size else 0
    if people < min_group:
        return (name, "too few", "-", "-", "-", "-")
    figures = []
    for values in (viewers.valence, viewers.expressiveness):
        sums, counts = np.nansum(values, 1), np.isfinite(values).sum(1)
        own = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
        mean = group.mean_of(own[:, None])
        figures.append(f"{mean.mean[0]:+.2f} ({mean.low[0]:+.2f} to {mean.high[0]:+.2f})")
    held = [(viewers.shown == code).sum() for code in range(len(EMOTIONS))]
    most = int(np.argmax(held))
    said = f"{EMOTIONS[most]} {held[most] / max(there.sum(), 1):.0%}"
    return (name, str(people), *figures, said, _said(group.kappa(viewers)))


def _said(value: float) -> str:
    return "too little to say" if np.isnan(value) else f"{value:.2f}"
