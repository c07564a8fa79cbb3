"""Corrections of a set's labels: kept in a file of their own, so that the set itself is never changed."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from realtime.errors import InputError, OutputError
from realtime.images import replacing
from training.formats import Entry, read_csv

_COLUMNS = ("picture", "label")
# The label of a picture that is left out.
LEFT_OUT = ""


def read_corrections(path: Path, classes: Sequence[str]) -> dict[str, str]:
    """Read what pictures are labelled instead, by the names that messages call them; empty: they are left out.

    Raises:
        InputError: The file is no such table, or names a class that the set does not have.
    """
    _, rows = read_csv(path, _COLUMNS)
    corrections = {row["picture"]: row["label"].strip().lower() for row in rows}
    if unknown := sorted(set(corrections.values()) - {*classes, LEFT_OUT}):
        raise InputError(
            f"{path} labels pictures {', '.join(unknown)}, which is no class of the set.",
            f"Known are {', '.join(classes)}; leave the label empty for a picture that is to be left out.",
        )
    return corrections


def write_corrections(path: Path, corrections: Mapping[str, str]) -> None:
    """Write corrections, the whole file or nothing. Raises OutputError."""
    try:
        with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([_COLUMNS, *sorted(corrections.items())])
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror}.", "Free some space.") from error


def corrected(entries: Sequence[Entry], corrections: Mapping[str, str]) -> list[Entry]:
    """Return entries with their new labels, without those that are left out.

    A picture that gets another label loses its FER+ votes, which speak for the old one.
    """
    kept = []
    for entry in entries:
        label = corrections.get(entry.name, entry.label)
        if label == entry.label:
            kept.append(entry)
        elif label != LEFT_OUT:
            kept.append(replace(entry, label=label, votes=None))
    return kept
