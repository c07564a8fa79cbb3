"""Whether data sets go where they were put, told before a run begins that would fail or learn the wrong thing."""

from __future__ import annotations

from pathlib import Path

from realtime.errors import InputError
from training.formats import list_pictures


def check_kinds(data: str, gender_data: str) -> None:
    """Check that expressions and genders have not changed places; an empty path is none.

    Raises InputError. A path that can't be read passes, because training says what is wrong with it.
    """
    if _kind(data) == "gender":
        raise InputError(
            f"{data} is a gender set: a model that learns it as data set would take female and male for expressions.",
            "Give a set of expressions as data set, and this one as gender set.",
        )
    if _kind(gender_data) == "emotion":
        raise InputError(
            f"{gender_data} is a set of expressions, not of genders.",
            "Give a set like UTKFace as gender set, or leave the field empty.",
        )


def _kind(path: str) -> str:
    """Return "emotion" or "gender"; empty for a place that is none, or can't be read."""
    root = Path(path).expanduser()
    if not path or not root.is_dir():
        return "emotion" if root.suffix.lower() == ".csv" and root.is_file() else ""
    try:
        return list_pictures(root).kind
    except (InputError, OSError):
        return ""
