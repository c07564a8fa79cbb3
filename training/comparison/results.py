"""The rows of the comparison's tables, kept in CSV files as they come, so that an interrupted run goes on."""

from __future__ import annotations

import csv
import datetime
import io
import time
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from realtime.images import make_parent, write_file
from training.export import git_revision
from training.formats import read_csv

Row = dict[str, str]

# What is known of the making of every row.
ABOUT = ("budget", "seed", "hours", "date", "revision", "versions")
_PACKAGES = ("torch", "scikit-learn", "opencv-contrib-python", "mediapipe", "onnxruntime", "numpy")


class Results:
    """One CSV file a table; a row is known by its name, `row`, its budget and its seed, and made once."""

    def __init__(self, folder: Path, budget: str, anew: bool = False) -> None:
        """Take a folder for the files, which is made if need be.

        Args:
            folder: Of the CSV files.
            budget: The name of the budget that the coming rows are made under.
            anew: Make rows again that are there already.

        Raises:
            OutputError: The folder can't be made.
        """
        make_parent(folder / "any.csv")
        self.folder = folder
        self._budget = budget
        self._anew = anew
        self._revision = git_revision()
        self._began_s: dict[str, float] = {}
        self._made: set[tuple[str, str, int]] = set()

    def missing(self, table: str, row: str, seed: int = 0) -> bool:
        """Return whether a row is still to be made; its time runs from now."""
        found = any(self._is(one, row, seed) for one in self.rows(table))
        if found and (not self._anew or (table, row, seed) in self._made):
            return False
        self._began_s[table] = time.process_time()
        print(f"{table}: {row} ...", flush=True)
        return True

    def some_missing(self, table: str, rows: Iterable[str]) -> bool:
        """Return whether any of some rows is still to be made; the time of all runs from now."""
        return any([self.missing(table, row) for row in rows])  # noqa: C419  # all of them are asked

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table so far, none if there is no such file. Raises InputError if it is damaged."""
        path = self.folder / f"{table}.csv"
        return read_csv(path, ("row", *ABOUT))[1] if path.is_file() else []

    def add(self, table: str, row: str, figures: Mapping[str, object], seed: int = 0) -> None:
        """Write a row down, in place of an older one of this name, budget and seed. Raises OutputError."""
        began_s = self._began_s.get(table, time.process_time())
        about = {
            "budget": self._budget,
            "seed": seed,
            "hours": f"{(time.process_time() - began_s) / 3600:.4f}",
            "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
            "revision": self._revision,
            "versions": " ".join(f"{name}={_version(name)}" for name in _PACKAGES),
        }
        new = {"row": row} | {key: _text(value) for key, value in (dict(figures) | about).items()}
        rows = [one for one in self.rows(table) if not self._is(one, row, seed)]
        self._write(table, [*rows, new])
        self._made.add((table, row, seed))
        self._began_s[table] = time.process_time()
        print("  " + ", ".join(f"{key} {_text(value)}" for key, value in figures.items()), flush=True)

    def _is(self, one: Row, row: str, seed: int) -> bool:
        return (one["row"], one["budget"], one["seed"]) == (row, self._budget, str(seed))

    def _write(self, table: str, rows: list[Row]) -> None:
        figures = [key for key in dict.fromkeys(key for row in rows for key in row) if key not in ("row", *ABOUT)]
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, ["row", *figures, *ABOUT], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_file(self.folder / f"{table}.csv", text.getvalue().encode())


def _text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"
