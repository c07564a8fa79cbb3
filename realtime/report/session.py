"""A session as it was kept: what is known of it, and the readings of each person in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from realtime.errors import InputError
from realtime.metrics import METRICS
from realtime.records import EMOTIONS
from realtime.report.about import NAME, About, read_about
from realtime.report.recorder import tables_in
from realtime.report.schema import NOBODY
from realtime.report.tables import read_columns

SMOOTHED = tuple(f"smoothed_{name}" for name in EMOTIONS)
# What a page is made of; a merge needs less.
_PLAYED = ("stimulus", "stimulus_time_s")
ALL = ("time_s", "track", "seen", "readable", "hint", "emotion", *SMOOTHED, *METRICS, "yaw_deg", "pitch_deg", *_PLAYED)
FEW = ("time_s", "track", "seen", "readable", "emotion", *SMOOTHED, *_PLAYED)
# Who was seen for less than this, all in all, is likely to be nobody.
_MIN_SEEN_S = 1.0
# Frames are this far apart at most; after more, the camera was away.
MAX_STEP_S = 1.0


@dataclass(frozen=True, eq=False)
class Person:
    """What was read of one person: columns of the same length, in the order of time. name: in words."""

    name: str
    columns: dict[str, np.ndarray]

    @property
    def seconds(self) -> np.ndarray:
        """How long each row lasts, float (N,) s."""
        return durations(self.columns["time_s"])

    @property
    def read(self) -> np.ndarray:
        """In which rows the face could be read, bool (N,)."""
        return (self.columns["seen"] > 0) & (self.columns["readable"] > 0)


@dataclass(frozen=True, eq=False)
class Session:
    """A session. times: of its frames, float (N,) s, rising. people: longest seen first.

    stimuli: what was played in each frame, its number, float (N,), 0 for nothing. stimulus_times: its own time, float
    (N,) s, NaN for none; both None for sessions without.
    """

    folder: Path
    about: About
    times: np.ndarray
    people: list[Person]
    stimuli: np.ndarray | None = None
    stimulus_times: np.ndarray | None = None

    @property
    def length_s(self) -> float:
        """How long it was."""
        return float(self.times[-1] + durations(self.times)[-1]) if len(self.times) else 0.0


def durations(times: np.ndarray) -> np.ndarray:
    """Return how long what was seen at these times lasts: until the next, or as long as usual; float (N,) s."""
    if len(times) < 2:
        return np.full(len(times), 1 / 30)
    steps = np.diff(times)
    usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 1 / 30
    return np.append(np.where(steps > MAX_STEP_S, usual, np.maximum(steps, 0)), usual)


def read_session(folder: Path, columns: Sequence[str] = ALL) -> Session:
    """Read the session in a folder, whole or killed. Raises InputError."""
    about = read_about(folder)
    table = read_columns(tables_in(folder), columns)
    order = np.argsort(table["time_s"], kind="stable")
    table = {name: column[order] for name, column in table.items()}
    if not np.isfinite(table["time_s"]).all():
        raise InputError(f"The session in {folder} has rows without a time.", "Leave it out.")
    times, first = np.unique(table["time_s"], return_index=True)
    played = (table[name][first] for name in _PLAYED)
    return Session(folder, about, times, _people(table, about.everyone), *played)


def sessions_in(folder: Path) -> list[Path]:
    """Return the folders of sessions in a folder, itself or below it. Raises InputError: there is none."""
    if (folder / NAME).is_file():
        return [folder]
    found = sorted(path.parent for path in folder.glob(f"*/{NAME}"))
    if not found:
        raise InputError(f"There is no session in {folder}.", "Give a folder that --report has written to.")
    return found


def _people(table: dict[str, np.ndarray], everyone: bool) -> list[Person]:
    tracks = table["track"]
    if not everyone:
        mine = {name: column[tracks != NOBODY] for name, column in table.items()}
        return [Person("You", mine)] if len(mine["time_s"]) else []
    people = [
        Person(f"Person {track:.0f}", {name: column[tracks == track] for name, column in table.items()})
        for track in np.unique(tracks[tracks != NOBODY])
    ]
    seen = {one.name: float(one.seconds[one.columns["seen"] > 0].sum()) for one in people}
    people.sort(key=lambda one: -seen[one.name])
    return [one for one in people if seen[one.name] >= _MIN_SEEN_S] or people[:1]
