"""From the folders of many sessions to one page and one table about all viewers."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from realtime.errors import EmojiCameraError, InputError
from realtime.images import make_parent, write_file
from realtime.records import EMOTIONS
from realtime.report import group
from realtime.report.curves import Curve, curve_of
from realtime.report.group import Viewers
from realtime.report.session import FEW, Session, read_session, sessions_in
from realtime.report.viewing import viewings
from realtime.stimulus.record import Stimulus

log = logging.getLogger(__name__)

MIN_GROUP = 5
# What is longer is no stimulus that anybody has seen to its end.
_MAX_SECONDS = 12 * 3600
# Somebody in the background of a session about everyone, seen for less than this share of it, is no viewer.
_MIN_SHARE = 0.1


@dataclass(frozen=True)
class Part:
    """A part of what was watched, in whole seconds. stimulus: the name of its file; empty for whatever was watched."""

    name: str
    start: int
    end: int
    stimulus: str = ""


@dataclass(frozen=True)
class Merged:
    """Viewers by segment, with nothing of too few people. left_out: of segments, for how few they are.

    sessions: how many were read. seconds: length. parts: which are compared. stimulus: what all of them watched, None
    for sessions that are laid over each other from their beginning. folders: of the sessions.
    """

    segments: dict[str, Viewers]
    left_out: list[str]
    sessions: int
    seconds: int
    min_group: int
    parts: Sequence[Part] = field(default_factory=tuple)
    stimulus: Stimulus | None = None
    folders: Sequence[Path] = field(default_factory=tuple)

    @property
    def everybody(self) -> Viewers:
        """The viewers of all segments that are told of."""
        return group.together(list(self.segments.values()))


@dataclass
class _Watched:
    """What is to be laid over each other: the curves of viewers by segment, of one stimulus or of whole sessions."""

    stimulus: Stimulus | None
    curves: dict[str, list[Curve]] = field(default_factory=dict)
    folders: list[Path] = field(default_factory=list)


def merge(
    segments: dict[str, list[Path]], min_group: int = MIN_GROUP, from_mark: str = "", parts: Sequence[Part] = ()
) -> list[Merged]:
    """Put sessions over each other: those before stimuli by each stimulus' own time, in whatever order it was shown.

    Args:
        segments: folders of sessions, or folders of these, by the name of the segment of viewers.
        min_group: fewer people than this are told nothing of.
        from_mark: the word of the mark at which a session begins; without it, with its first frame, or by stimuli.
        parts: of what was watched, to be compared.

    Returns:
        One for each stimulus, in the order of their names; or one for sessions without.

    Raises:
        InputError: there is no session, or too few people.
    """
    watched = _read(segments, from_mark)
    merged = [_merged(one, list(segments), min_group, parts) for one in watched]
    if not (told := [one for one in merged if one.segments]):
        found = "; ".join(
            (f"{one.stimulus.name}: " if one.stimulus else "")
            + ", ".join(f"{len(one.curves.get(name, ()))} in {name}" for name in segments)
            for one in watched or [_Watched(None)]
        )
        raise InputError(
            f"There are too few people to tell anything of them: {found}, and --min-group is {min_group}.",
            "Give more sessions; the pages of single sessions are for those who were in them.",
        )
    for one in merged:
        if not one.segments and one.stimulus is not None:
            log.warning("Left out: %s was watched by fewer than %d people.", one.stimulus.name, min_group)
    return told


def _read(segments: dict[str, list[Path]], from_mark: str) -> list[_Watched]:
    """Read all sessions; return what was watched in them, stimuli first. What can't be read is left out and named."""
    watched: dict[str, _Watched] = {}
    for name, folders in segments.items():
        for folder in (one for given in folders for one in sessions_in(given)):
            try:
                session = read_session(folder, FEW)
                found: list[tuple[Stimulus | None, list[Curve]]] = []
                if not from_mark:
                    found += _curves_by_stimulus(session)
                for stimulus, curves in found or [(None, _curves(session, from_mark))]:
                    one = watched.setdefault(stimulus.sha256 if stimulus else "", _Watched(stimulus))
                    one.curves.setdefault(name, []).extend(curves)
                    one.folders.append(folder)
            except EmojiCameraError as error:
                log.warning("Left out: %s", error.what)
    if len(watched) > 1 and (others := watched.pop("", None)) is not None:
        log.warning("Left out: %d sessions without a stimulus, as others have some.", len(others.folders))
    return sorted(watched.values(), key=lambda one: one.stimulus.name if one.stimulus else "")


def _merged(watched: _Watched, names: Sequence[str], min_group: int, parts: Sequence[Part]) -> Merged:
    curves = {name: watched.curves.get(name, []) for name in names}
    seconds = max((len(curve.shown) for some in curves.values() for curve in some), default=0)
    viewers = {name: group.viewers_of(some, seconds) for name, some in curves.items()}
    kept = group.protected(viewers, min_group)
    own = watched.stimulus.name if watched.stimulus else ""
    return Merged(
        segments=kept,
        left_out=sorted(viewers.keys() - kept.keys()),
        sessions=len(watched.folders),
        seconds=seconds,
        min_group=min_group,
        parts=[part for part in parts if part.stimulus in ("", own)],
        stimulus=watched.stimulus,
        folders=watched.folders,
    )


def _curves_by_stimulus(session: Session) -> list[tuple[Stimulus, list[Curve]]]:
    """Return the stimuli that were shown in a session, each with the curves of its viewers, a second a step."""
    return [
        (viewing.stimulus, _counted([curve_of(one, viewing.length_s, 1.0) for one in viewing.people], session))
        for viewing in viewings(session)
        if viewing.pieces and viewing.length_s <= _MAX_SECONDS
    ]


def _counted(curves: Sequence[Curve], session: Session) -> list[Curve]:
    """Return the curves of viewers, without those of who was in the background of a session about everybody."""
    return [curve for curve in curves if not session.about.everyone or curve.read.mean() >= _MIN_SHARE]


def _curves(session: Session, from_mark: str) -> list[Curve]:
    """Return the curves of the viewers of a session, a second a step."""
    begin_s = 0.0
    if from_mark:
        found = [mark.time_s for mark in session.about.marks if mark.word == from_mark]
        if not found:
            raise InputError(f"The session in {session.folder} has no mark '{from_mark}'.", "Leave --from-mark out.")
        begin_s = found[0]
    length_s = min(session.length_s - begin_s, _MAX_SECONDS)
    curves = []
    for person in session.people:
        columns = person.columns
        later = (columns["time_s"] >= begin_s) & (columns["time_s"] < begin_s + length_s)
        moved = {name: column[later] for name, column in columns.items()}
        moved["time_s"] = moved["time_s"] - begin_s
        curves.append(curve_of(type(person)(person.name, moved), length_s, 1.0))
    return _counted(curves, session)


def table_of(merged: Sequence[Merged]) -> str:
    """Return all figures of everybody and of each segment, stimulus by stimulus and second by second, as CSV."""
    told = io.StringIO()
    writer = csv.writer(told, lineterminator="\n")
    names = [f"{what}_{name}" for name in EMOTIONS for what in ("share", "low", "high")]
    means = [f"{name}_{what}" for name in ("valence", "expressiveness") for what in ("mean", "spread", "low", "high")]
    writer.writerow(["stimulus", "segment", "time_s", "people", *names, *means, "agreement"])
    for one in merged:
        _write_rows(one, writer)
    return told.getvalue()


def _write_rows(merged: Merged, writer: Any) -> None:
    stimulus = _safe(merged.stimulus.name) if merged.stimulus else ""
    everybody = {"everybody": merged.everybody}
    for name, viewers in (everybody | (merged.segments if len(merged.segments) > 1 else {})).items():
        shares, agreed = group.shares(viewers), group.agreement(viewers)
        both = [group.mean_of(viewers.valence), group.mean_of(viewers.expressiveness)]
        columns = [getattr(shares, what)[:, code] for code in range(len(EMOTIONS)) for what in ("share", "low", "high")]
        columns += [getattr(mean, what) for mean in both for what in ("mean", "spread", "low", "high")]
        count = viewers.count
        for second, values in enumerate(np.column_stack([*columns, agreed]).tolist()):
            people = int(count[second]) or ""  # too few, and how few is not told
            writer.writerow([stimulus, _safe(name), second, people, *("" if v != v else f"{v:.4f}" for v in values)])


def write(merged: Sequence[Merged], page: Path) -> list[Path]:
    """Write the page and, beside it, the table. Raises OutputError."""
    from realtime.report.group_page import group_page

    make_parent(page)
    table = page.with_suffix(".csv")
    write_file(table, table_of(merged).encode())
    write_file(page, group_page(merged, page.parent).encode())
    return [page, table]


def read_parts(path: Path) -> list[Part]:
    """Read the parts of what was watched: CSV with the columns name, from_s and to_s, and if wanted stimulus.

    Raises InputError.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            parts = [
                Part(
                    row["name"],
                    int(float(row["from_s"])),
                    round(float(row["to_s"])),
                    (row.get("stimulus") or "").strip(),
                )
                for row in csv.DictReader(file)
            ]
    except (OSError, KeyError, TypeError, ValueError, OverflowError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}, {error}"
        raise InputError(
            f"The parts {path} can't be read: {why}.", "Write CSV with the columns name,from_s,to_s, times in seconds."
        ) from error
    if not parts or any(not 0 <= part.start < part.end for part in parts):
        raise InputError(
            f"The parts {path} are none, or one ends before it begins.", "Give from_s and to_s in seconds."
        )
    return parts


def _safe(name: str) -> str:
    """Return a name that no spreadsheet takes for a formula."""
    return f"'{name}" if name[:1] in ("=", "+", "-", "@") else name
