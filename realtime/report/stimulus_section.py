"""What a page tells of one stimulus: how it was shown, its frames at the strongest moments, and who showed what."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from realtime.report.charts import Chart
from realtime.report.curves import Curve
from realtime.report.html import film, text, timeline_tools
from realtime.report.moments import STRETCHES_OF_STIMULI, Moment, peaks
from realtime.report.sections import Period, listed, person_section
from realtime.report.viewing import Viewing
from realtime.stimulus.record import Stimulus

# So many frames make a page that can still be sent: each has 24 kB at most.
_MOST_FRAMES = 60


def stimulus_section(viewing: Viewing, folder: Path, of: int, most_people: int) -> tuple[str, list[Chart]]:
    """Return what is told of a stimulus, as HTML, and its charts.

    Args:
        viewing: of the stimulus.
        folder: of the session: the stimulus is looked for where it was, beside the page and in the two folders above.
        of: how many stimuli there are.
        most_people: so many are told of.
    """
    key = f"s{viewing.number}"
    period = Period(
        key=key,
        times=viewing.times,
        length_s=viewing.length_s,
        name=viewing.stimulus.name,
        said="stimulus",
        kinds=STRETCHES_OF_STIMULI,
        gaps=viewing.gaps,
        beside=viewing.not_shown,
    )
    people, charts, curves = [], list[Chart](), list[Curve]()
    for number, person in enumerate(viewing.people[:most_people]):
        told, own, curve = person_section(person, period, f"{key}p{number}", f"<h3>{text(person.name)}</h3>")
        people.append(told)
        charts += own
        curves.append(curve)
    if not people:
        people.append("<p>No face was read while it was shown.</p>")
    strongest = sorted((moment for curve in curves for moment in peaks(curve, 1)), key=lambda moment: moment.time_s)
    return (
        f'<section data-timeline="{key}"><h2>{text(viewing.stimulus.name)}</h2><p>{text(viewing.told())}</p>'
        f"{timeline_tools(key)}{watched(viewing.stimulus, strongest, [folder], of, ''.join(people))}</section>"
    ), charts


def watched(stimulus: Stimulus, strongest: Sequence[Moment], folders: Sequence[Path], of: int, curves: str) -> str:
    """Return a stimulus to be watched, its frames at the strongest moments, and its curves beside them, as HTML.

    Args:
        stimulus: which.
        strongest: the moments, in the order of time.
        folders: beside and above which the clip may lie.
        of: how many stimuli the page has.
        curves: what is told by its time, as HTML.
    """
    return (
        f'<div class="watched"><div class="aside">{film(stimulus.name, stimulus.length_s)}<h3>Strongest moments</h3>'
        f"{listed(strongest, _frames(stimulus, strongest[: max(_MOST_FRAMES // of, 1)], folders))}</div>"
        f"<div>{curves}</div></div>"
    )


def _frames(stimulus: Stimulus, moments: Sequence[Moment], folders: Sequence[Path]) -> list[bytes]:
    if not moments:
        return []
    # Loaded here: a report of a camera alone has no use for PyAV.
    from realtime.stimulus.files import found_again, frames_at

    places = (place for folder in folders for place in (folder, folder.parent, folder.parent.parent))
    path = found_again(stimulus, places)
    return [] if path is None else frames_at(path, [moment.time_s for moment in moments])
