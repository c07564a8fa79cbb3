"""What is known of a session besides its readings: one small JSON file, always whole."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from realtime.errors import InputError
from realtime.images import write_file
from realtime.report.schema import SCHEMA_VERSION
from realtime.stimulus.record import Screening, screening_of

NAME = "session.json"
# A session has a few marks; more than this is something else.
_MAX_BYTES = 10_000_000


@dataclass(frozen=True)
class Mark:
    """A moment that somebody marked. time_s: since the session's first frame. word: for it, may be empty."""

    time_s: float
    word: str = ""


@dataclass(frozen=True)
class About:
    """A session.

    began: when, ISO 8601 with the offset from UTC. source: what was looked at. everyone: whether it is about all who
    were in view, and not about one person. program: version that wrote it. complete: whether it was ended, by whatever;
    what is not complete was killed, or goes on. lost: why a part is missing, empty if none is. screening: what
    was shown to the viewer meanwhile, None for nothing.
    """

    began: str
    source: str
    everyone: bool
    program: str
    complete: bool = False
    lost: str = ""
    marks: tuple[Mark, ...] = ()
    screening: Screening | None = None
    schema: int = SCHEMA_VERSION

    def write(self, folder: Path) -> None:
        """Write it into the folder of the session. Raises OutputError."""
        write_file(folder / NAME, json.dumps(asdict(self), indent=1).encode())


def read_about(folder: Path) -> About:
    """Read what is known of the session in a folder. Raises InputError: there is none, or of another version."""
    path = folder / NAME
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError(f"it is larger than {_MAX_BYTES // 10**6} MB")
        table = json.loads(path.read_text(encoding="utf-8"))
        if table["schema"] != SCHEMA_VERSION:
            raise ValueError(f"it has schema {table['schema']}, and this program reads {SCHEMA_VERSION}")
        return _checked(table)
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}.", "Give the folder of a session.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is of no session that can be read: {error}.", "Leave its folder out.") from error


def _checked(table: dict[str, Any]) -> About:
    marks = tuple(Mark(float(mark["time_s"]), str(mark["word"])) for mark in table["marks"])
    return About(
        began=str(table["began"]),
        source=str(table["source"]),
        everyone=bool(table["everyone"]),
        program=str(table["program"]),
        complete=bool(table["complete"]),
        lost=str(table["lost"]),
        marks=marks,
        # Sessions without one, and those of before there were any.
        screening=screening_of(table["screening"]) if table.get("screening") else None,
    )
