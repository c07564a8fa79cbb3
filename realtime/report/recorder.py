"""Writes the report of a session while it runs, so that a session that is killed loses seconds and not all."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from realtime import __version__
from realtime.errors import EmojiCameraError, OutputError
from realtime.images import PART_PREFIX
from realtime.records import Frame, Reading
from realtime.report.about import About, Mark
from realtime.report.main_person import MainPerson
from realtime.report.schema import NO_STIMULUS, Row, row_of, row_of_nobody
from realtime.report.tables import check_format, default_format, join, write_rows
from realtime.stimulus.record import Screening

log = logging.getLogger(__name__)

# A part is written this often, and a session that is killed loses no more than that.
_PART_S = 5.0
# While nothing can be written, this many rows are kept, five minutes of one face at 30 frames a second.
_MOST_KEPT = 9000

# How long those in view are told of a report about everybody, and of a mark.
_NOTICE_S, _MARKED_S = 10.0, 1.5

_TABLE = "readings"
# What was played is told so much later at most; rows wait for it.
_TOLD_S = 2.0


class Shows(Protocol):
    """Shows stimuli; `realtime.stimulus.stage.Stage` does."""

    def at(self, time_s: float) -> tuple[int, float | None]: ...
    def told(self, began_s: float) -> Screening: ...


@dataclass(frozen=True)
class Wanted:
    """How a report is to be.

    folder: in which each session gets a folder of its own. everyone: it is about all who are in view. format: of the
    table, "parquet" or "csv"; None for the one that can be had.
    """

    folder: Path
    everyone: bool = False
    format: str | None = None


class SessionRecorder:
    """Keeps what is read of every frame in files of its own folder.

    A fault of the disk ends nothing: rows wait for it to pass, and `finish` raises if it has not.
    """

    def __init__(
        self, wanted: Wanted, source: str, clock: Callable[[], float] = time.monotonic, shows: Shows | None = None
    ) -> None:
        """Make the folder of the session, named by date and time.

        Args:
            wanted: how the report is to be.
            source: what is looked at, as a user would write it.
            clock: tells the time in seconds.
            shows: what is shown meanwhile; None for nothing.

        Raises:
            OutputError: it can't be made, or the format can't be written here.
        """
        self._format = wanted.format or default_format()
        check_format(self._format)
        now = datetime.now().astimezone()
        self.folder = _new_folder(wanted.folder, now.strftime("%Y-%m-%d_%H-%M-%S"))
        self._about = About(now.isoformat(timespec="milliseconds"), source, wanted.everyone, __version__)
        self._about.write(self.folder)
        self._main = None if wanted.everyone else MainPerson()
        self._clock = clock
        self._shows = shows
        self._rows: list[Row] = []
        self._parts = 0
        self._began_s: float | None = None
        self._now_s = 0.0
        self._due_s = clock() + _PART_S
        self._fault: OutputError | None = None
        self._dropped = 0

    def __call__(self, frame: Frame, readings: Sequence[Reading]) -> None:
        """Take in a frame's readings."""
        if self._began_s is None:
            self._began_s = frame.time_s
        self._now_s = frame.time_s - self._began_s
        if self._main is not None:
            readings = self._main.among(readings)
        if readings:
            self._rows += [row_of(frame, reading, self._began_s) for reading in readings]
        else:
            self._rows.append(row_of_nobody(frame, self._began_s))
        if self._clock() >= self._due_s:
            self._write_part()

    @property
    def notice(self) -> str:
        """What those in view are told at the moment: that a report is made of them, or that a moment was marked."""
        if self._main is None and self._now_s < _NOTICE_S:
            return "A report is made of everybody in view."
        if self._about.marks and 0 <= self._now_s - self._about.marks[-1].time_s < _MARKED_S:
            return "Marked."
        return ""

    def mark(self, word: str = "", time_s: float | None = None) -> float:
        """Mark a moment, or give a word to one that was marked; return its time.

        Args:
            word: for it; empty for none.
            time_s: of a mark that is there already; None for a new one, at the newest frame.
        """
        marks = list(self._about.marks)
        at = round(self._now_s if time_s is None else time_s, 4)
        if time_s is not None:
            marks = [mark for mark in marks if mark.time_s != at]
        marks = sorted([*marks, Mark(at, word)], key=lambda mark: mark.time_s)
        self._about = replace(self._about, marks=tuple(marks))
        self._keep_about()
        return at

    def finish(self) -> None:
        """Write what is left, and put the parts together. Raises OutputError: not everything could be written."""
        if self._began_s is None:  # nothing was ever seen: no session
            _remove(self.folder)
            return
        self._write_part(all_of_them=True)
        lost = f"{self._dropped} rows could not be written. {self._fault.what}" if self._dropped and self._fault else ""
        self._about = replace(self._about, complete=True, lost=lost)
        self._keep_about()
        if self._fault is None:
            put_together(self.folder)
        if self._rows or lost:
            assert self._fault is not None
            raise self._fault

    def _write_part(self, all_of_them: bool = False) -> None:
        self._due_s = self._clock() + _PART_S
        rows = self._rows
        if self._shows is not None:
            self._keep_about()
            if not all_of_them:
                rows = [row for row in rows if row[1] < self._now_s - _TOLD_S]
        if not rows:
            return
        try:
            path = self.folder / f"{_TABLE}-{self._parts + 1:06d}.{self._format}"
            write_rows(path, [row + self._shown_at(row[1]) for row in rows])
        except OSError as error:
            self._complain(error)
            self._dropped += len(self._rows[:-_MOST_KEPT])
            self._rows = self._rows[-_MOST_KEPT:]
            return
        self._parts += 1
        self._rows = self._rows[len(rows) :]  # they are in the order of time
        if not self._dropped:
            self._fault = None

    def _shown_at(self, time_s: float) -> Row:
        """Return what was played at a time since the session's first frame: the last columns of a row."""
        if self._shows is None or self._began_s is None:
            return NO_STIMULUS
        return self._shows.at(self._began_s + time_s)

    def _keep_about(self) -> None:
        if self._shows is not None and self._began_s is not None:
            self._about = replace(self._about, screening=self._shows.told(self._began_s))
        try:
            self._about.write(self.folder)
        except EmojiCameraError as error:
            log.warning("%s", error)

    def _complain(self, error: OSError) -> None:
        if self._fault is None:
            log.warning("The report can't be written at the moment: %s.", error.strerror or error)
        self._fault = OutputError(
            f"The report in {self.folder} lacks what came last: {error.strerror or error}.",
            f"Free some space, and type: python -m realtime.report page {self.folder}",
        )


def tables_in(folder: Path) -> list[Path]:
    """Return the files that make the table of a session, in order: one if it was finished, else its parts."""
    whole = [path for suffix in ("parquet", "csv") if (path := folder / f"{_TABLE}.{suffix}").is_file()]
    return whole[:1] or sorted(folder.glob(f"{_TABLE}-[0-9]*.*"))


def put_together(folder: Path) -> None:
    """Make one table of the parts of a session that is over, and remove what a killed one has left unfinished.

    Raises OutputError, InputError.
    """
    parts = sorted(folder.glob(f"{_TABLE}-[0-9]*.*"))
    try:
        if parts and tables_in(folder) == parts:
            join(parts, folder / f"{_TABLE}{parts[0].suffix}")
        for path in (*parts, *folder.glob(f"{PART_PREFIX}*")):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(
            f"The parts of the report in {folder} can't be put together: {error.strerror or error}.",
            f"Free some space, and type: python -m realtime.report page {folder}",
        ) from error


def _new_folder(parent: Path, name: str) -> Path:
    try:
        parent.mkdir(parents=True, exist_ok=True)
        for number in range(1, 1000):
            folder = parent / (name if number == 1 else f"{name}_{number}")
            try:
                folder.mkdir()
                return folder
            except FileExistsError:
                continue
        raise FileExistsError(0, "there are a thousand sessions of this second")
    except OSError as error:
        raise OutputError(
            f"The folder {parent} can't be written: {error.strerror}.", "Give another one, as in --report ~/feelings."
        ) from error


def _remove(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
