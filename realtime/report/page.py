"""The page of one session: what each person showed over time, when it changed, and where nothing could be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from realtime.images import write_file
from realtime.metrics import PARTS
from realtime.records import EMOTIONS
from realtime.report.charts import Chart, Line, Span, clock
from realtime.report.curves import Curve, curve_of, step_for
from realtime.report.html import figure, page, table, text
from realtime.report.moments import STRETCHES, Moment, changes, marked, peaks, stretches
from realtime.report.recorder import put_together
from realtime.report.session import Person, Session, read_session

NAME = "report.html"

# From below: the order in which they are stacked.
ORDER = ("neutral", "happy", "surprise", "sad", "fear", "disgust", "angry")
# More people would make the page endless.
_MOST_PEOPLE = 8
# The list of moments names this many changes of each person; all are in the table of the time line.
_MOST_CHANGES = 40
NOTICE = (
    "What a face shows is not what a person feels: these are readings of a program, often wrong, and no diagnosis. In "
    "the European Union it is forbidden to infer emotions of people at work and in education (AI Act, Article 5(1)(f))."
)


def write_page(folder: Path) -> Path:
    """Write the page of the session in a folder, and return where it is. Raises EmojiCameraError."""
    put_together(folder)
    path = folder / NAME
    write_file(path, session_page(read_session(folder)).encode())
    return path


def session_page(session: Session) -> str:
    """Return the page of a session."""
    people = session.people[:_MOST_PEOPLE]
    step_s = step_for(session.length_s)
    charts: list[Chart] = []
    parts = [_head(session)]
    marks = marked(session.about.marks)
    if marks:
        parts.append(f"<section><h2>Marked</h2>{_listed(marks)}</section>")
    for number, person in enumerate(people):
        curve = curve_of(person, session.length_s, step_s)
        around = stretches(person, session.times)
        own = list(_charts(f"p{number}", curve, around))
        charts += own
        listed = sorted([*changes(person)[:_MOST_CHANGES], *peaks(curve)], key=lambda moment: moment.time_s)
        parts.append(
            f"<section><h2>{text(person.name)}</h2>{_figures(person, session, around)}"
            f"{''.join(map(figure, own))}<h3>Changes and peaks</h3>{_listed(listed)}</section>"
        )
    if not people:
        parts.append("<section><h2>Nobody</h2><p>No face was read in this session.</p></section>")
    data = {"length": session.length_s, "charts": [chart.as_data() for chart in charts]}
    data |= {"marks": [[moment.time_s, moment.words] for moment in marks]}
    return page(f"Expressions, {session.about.began[:16].replace('T', ' ')}", "".join(parts) + "</main>", data)


def _head(session: Session) -> str:
    about = session.about
    told = [f"{clock(session.length_s)} of {about.source}, begun {about.began[:19].replace('T', ' ')}."]
    if about.everyone:
        told.append("It is about everybody who was in view.")
    if len(session.people) > _MOST_PEOPLE:
        told.append(f"{len(session.people) - _MOST_PEOPLE} more people are in the table only.")
    if not about.complete:
        told.append("The session was cut off; its last seconds may be missing.")
    if about.lost:
        told.append(about.lost)
    return (
        f"<header><h1>Expressions over time</h1><p>{text(' '.join(told))}</p></header>"
        f'<main><p class="notice">{text(NOTICE)}</p><div id="tools"></div>'
    )


def _figures(person: Person, session: Session, around: Sequence[Moment]) -> str:
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
    sums = {kind: sum(m.end_s - m.time_s for m in around if m.kind == kind) for kind in STRETCHES}
    told = [
        (words, clock(sums[kind]), f"{sums[kind] / max(session.length_s, 1e-9):.0%}")
        for kind, words in STRETCHES.items()
    ]
    return (
        f'<div class="sums"><div><table><caption>Share of {clock(total_s)} in which the face was read</caption>'
        '<thead><tr><th scope="col">Shown</th><th scope="col">Bar</th><th scope="col">Share</th></tr></thead>'
        f"<tbody>{bars}</tbody></table></div>"
        f"{table('How long', ('What', 'Time', 'Of the session'), told)}</div>"
    )


def _charts(key: str, curve: Curve, around: Sequence[Moment]) -> Iterator[Chart]:
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
            for kind, words in STRETCHES.items()
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


def _listed(moments: Sequence[Moment]) -> str:
    """Return moments as a list of buttons that jump to them."""
    if not moments:
        return "<p>There were none.</p>"
    items = "".join(
        f'<li><button type="button" class="jump {m.kind}" data-time="{m.time_s:.2f}"><b>{clock(m.time_s)}</b> '
        f"{text(m.words)}</button></li>"
        for m in moments
    )
    return f'<ul class="moments">{items}</ul>'
