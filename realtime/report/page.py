"""The page of one session: what each person showed over time, when it changed, and where nothing could be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from realtime.images import write_file
from realtime.report.charts import Chart, Span, clock
from realtime.report.html import figure, page, text, timeline_tools
from realtime.report.moments import marked
from realtime.report.recorder import put_together
from realtime.report.sections import Period, listed, person_section
from realtime.report.session import Session, read_session
from realtime.report.stimulus_section import stimulus_section
from realtime.report.viewing import Viewing, missed, viewings

NAME = "report.html"

# More people would make the page endless.
_MOST_PEOPLE = 8
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
    """Return the page of a session: each stimulus that was shown, then all of it."""
    viewed = viewings(session)
    parts, charts, timelines = [_head(session)], list[Chart](), list[dict[str, Any]]()
    for viewing in viewed:
        told, own = stimulus_section(viewing, session.folder, len(viewed), _MOST_PEOPLE)
        parts.append(told)
        charts += own
        timelines.append({"key": f"s{viewing.number}", "length": viewing.length_s, "marks": []})
    told, own = _whole(session, viewed)
    marks = [[mark.time_s, mark.words] for mark in marked(session.about.marks)]
    timelines.append({"key": "all", "length": session.length_s, "marks": marks})
    data = {"timelines": timelines, "charts": [chart.as_data() for chart in (*charts, *own)]}
    return page(f"Expressions, {session.about.began[:16].replace('T', ' ')}", f"{''.join(parts)}{told}</main>", data)


def _whole(session: Session, viewed: list[Viewing]) -> tuple[str, list[Chart]]:
    """Return what is told of the session from its first frame to its last, and its charts."""
    people = session.people[:_MOST_PEOPLE]
    period = Period("all", session.times, session.length_s)
    parts, charts = [timeline_tools("all")], list[Chart]()
    if viewed:
        charts.append(_shown(viewed))
        parts.insert(0, "<h2>The whole session</h2>")
        parts.append(figure(charts[0]))
    if marks := marked(session.about.marks):
        parts.append(f"<section><h2>Marked</h2>{listed(marks)}</section>")
    for number, person in enumerate(people):
        told, own, _ = person_section(person, period, f"p{number}", f"<h2>{text(person.name)}</h2>")
        parts.append(f"<section>{told}</section>")
        charts += own
    if not people:
        parts.append("<section><h2>Nobody</h2><p>No face was read in this session.</p></section>")
    return f'<div data-timeline="all">{"".join(parts)}</div>', charts


def _shown(viewed: list[Viewing]) -> Chart:
    """Return when each stimulus was shown."""
    rows = [
        (
            viewing.stimulus.name,
            "sad",
            [
                Span(piece.time_s, piece.until_s, f"{clock(piece.from_s)} to {clock(piece.to_s)} of it")
                for piece in viewing.pieces
            ],
        )
        for viewing in viewed
    ]
    return Chart("shown", "What was shown", "When each stimulus was played in this session.", "spans", rows=rows)


def _head(session: Session) -> str:
    about = session.about
    told = [f"{clock(session.length_s)} of {about.source}, begun {about.began[:19].replace('T', ' ')}."]
    if (screening := about.screening) is not None:
        order = f"in random order (seed {screening.seed})" if screening.order == "random" else "in the given order"
        told.append(f"Stimuli were shown {order}, with {screening.pause_s:g} s of grey before each.")
        told.append("The resting face was learnt before." if screening.calibrated else "No resting face was learnt.")
        if screening.player == "window":
            told.append("They had no sound, as there was no browser.")
    if about.everyone:
        told.append("It is about everybody who was in view.")
    if len(session.people) > _MOST_PEOPLE:
        told.append(f"{len(session.people) - _MOST_PEOPLE} more people are in the table only.")
    if not about.complete:
        told.append("The session was cut off; its last seconds may be missing.")
    if about.lost:
        told.append(about.lost)
    told += missed(session)
    return (
        f"<header><h1>Expressions over time</h1><p>{text(' '.join(told))}</p></header>"
        f'<main><p class="notice">{text(NOTICE)}</p>'
    )
