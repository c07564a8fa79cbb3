"""The page about many viewers: shares with intervals, means with spread, agreement, segments and parts compared."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from realtime.records import EMOTIONS
from realtime.report import group
from realtime.report.charts import Chart, Line
from realtime.report.group import Viewers
from realtime.report.html import figure, page, table, text, timeline_tools
from realtime.report.merge import Merged
from realtime.report.page import NOTICE
from realtime.report.sections import ORDER

_SEGMENT_COLOURS = ("sad", "happy", "surprise", "disgust", "angry", "fear", "neutral", "plum", "gold")


def group_page(merged: Merged) -> str:
    """Return the page."""
    everybody = merged.everybody
    charts = [*_charts("all", everybody)]
    parts = [_head(merged), f"<section><h2>Everybody</h2>{''.join(map(figure, charts))}</section>"]
    if len(merged.segments) > 1:
        compared = list(_compared(merged))
        charts += compared
        parts.append(
            f"<section><h2>Segments compared</h2>{_segments(merged)}{''.join(map(figure, compared))}</section>"
        )
    if merged.parts:
        parts.append(f"<section><h2>Parts compared</h2>{_parts(merged)}</section>")
    data = {
        "timelines": [{"key": "all", "length": float(merged.seconds), "marks": []}],
        "charts": [chart.as_data() for chart in charts],
    }
    return page("Many viewers", "".join(parts) + "</main>", data)


def _head(merged: Merged) -> str:
    everybody = merged.everybody
    told = (
        f"{len(everybody.shown)} viewers in {merged.sessions} sessions. Nothing is shown where fewer than "
        f"{merged.min_group} people could be read."
    )
    if merged.left_out:
        told += f" Left out altogether, as they have fewer people: {', '.join(merged.left_out)}."
    rows = [
        ("Agreement beyond chance (Fleiss' kappa)", _said(group.kappa(everybody))),
        ("Likeness of the curves of valence (mean correlation with the others)", _said(group.synchrony(everybody))),
    ]
    return (
        f"<header><h1>Expressions of many viewers</h1><p>{text(told)}</p></header>"
        f'<main><p class="notice">{text(NOTICE)}</p>{timeline_tools("all")}'
        f"{table('Agreement between viewers', ('Figure', 'Value'), rows)}"
    )


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


def _compared(merged: Merged) -> Iterator[Chart]:
    for name in ("valence", "expressiveness"):
        means = [group.mean_of(getattr(viewers, name)) for viewers in merged.segments.values()]
        yield Chart(
            f"segments-{name}",
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


def _segments(merged: Merged) -> str:
    rows = [_row(name, viewers) for name, viewers in merged.segments.items()]
    return table("Each segment over all the time", _COLUMNS, rows)


def _parts(merged: Merged) -> str:
    rows = []
    for part in merged.parts:
        viewers = merged.everybody.between(part.start, min(part.end, merged.seconds))
        rows.append(_row(part.name, viewers, merged.min_group))
    return table("Each part, everybody", _COLUMNS, rows)


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
