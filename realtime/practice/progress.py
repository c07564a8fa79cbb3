"""How often each expression was shown, kept by day as numbers, for those who ask for it."""

from __future__ import annotations

import datetime
import json
import logging
import os
import re
from collections.abc import Callable
from pathlib import Path

from realtime.errors import InputError
from realtime.images import replacing
from realtime.limits import one_line, read_json
from realtime.records import EMOTIONS

log = logging.getLogger(__name__)

_VERSION = 1
# Ten years of practice have 1 MB.
_MAX_BYTES = 2_000_000
_MOST = 10**6


class Progress:
    """The numbers of one person, in a file of their own: {"version": 1, "days": {"2026-12-01": {"happy": 3}}}."""

    def __init__(self, path: Path, day: Callable[[], datetime.date] = datetime.date.today) -> None:
        """Read what is there, if anything is. Raises InputError if it is broken."""
        self._path, self._day = path, day
        self.days = read_progress(path)
        self._kept = bool(self.days)

    def add(self, emotion: str) -> None:
        """Count that an expression was shown. A full disk costs the count, not the practice."""
        if self._kept and not self._path.exists():  # it was deleted meanwhile, and does not come back
            self.days, self._kept = {}, False
        today = self.days.setdefault(self._day().isoformat(), {})
        today[emotion] = min(today.get(emotion, 0) + 1, _MOST)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self._path) as part:
                part.write_text(json.dumps({"version": _VERSION, "days": self.days}) + "\n", encoding="utf-8")
            self._kept = True
        except OSError as error:
            log.warning("The progress could not be saved in %s: %s. It counts until you quit.", self._path, error)

    def today(self) -> tuple[tuple[str, int], ...]:
        """Return how often each expression was shown today, those that were."""
        return tuple(self.days.get(self._day().isoformat(), {}).items())


def read_progress(path: Path) -> dict[str, dict[str, int]]:
    """Return the counts of each day, by the date; nothing without a file. Raises InputError if it is broken."""
    if not os.path.isfile(path):
        return {}
    try:
        stored = read_json(path, _MAX_BYTES)
        if stored["version"] != _VERSION:
            raise ValueError(f"it is of version {stored['version']}, this program knows {_VERSION}")
        return {_date(day): _counts(counts) for day, counts in stored["days"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"The progress {path} can't be read ({one_line(error)}).",
            "Remove that file, or practise without keeping progress.",
        ) from error


def forget_progress(path: Path) -> None:
    """Remove somebody's progress, if there is any. Raises OSError."""
    path.unlink(missing_ok=True)


def _date(day: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        raise ValueError(f"{day[:20]!r} is no date")
    return day


def _counts(counts: dict[str, int]) -> dict[str, int]:
    for emotion, count in counts.items():
        if emotion not in EMOTIONS or type(count) is not int or not 0 < count <= _MOST:
            raise ValueError("it holds something else than counts of expressions")
    return dict(counts)
