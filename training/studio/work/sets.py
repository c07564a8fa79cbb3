"""Whether data sets go where they were put, told before a run begins that would fail or learn the wrong thing."""

from __future__ import annotations

from pathlib import Path

from realtime.errors import InputError
from training.formats import check_kind, list_pictures


def check_kinds(data: str, gender_data: str) -> None:
    """Check that expressions and genders have not changed places; an empty path is none.

    Raises InputError. A path that can't be read passes, because training says what is wrong with it.
    """
    check_kind(data, _kind(data), "emotion")
    check_kind(gender_data, _kind(gender_data), "gender")


def _kind(path: str) -> str:
    """Return "emotion" or "gender"; empty for a place that is none, or can't be read."""
    root = Path(path).expanduser()
    if not path or not root.is_dir():
        return "emotion" if root.suffix.lower() == ".csv" and root.is_file() else ""
    try:
        return list_pictures(root).kind
    except (InputError, OSError):
        return ""
