"""What other methods do on the same pictures, as `make compare` last measured it."""

from __future__ import annotations

from pathlib import Path

from realtime.errors import InputError
from realtime.shipped import DOCUMENTS
from realtime.web import widgets
from realtime.web.documents import meaning_link
from training.comparison.budget import best_budget
from training.formats import read_csv

# Where the program's own comparison lies; a program may come without.
TABLES = DOCUMENTS / "comparison"
# Where the pages find its pictures.
ADDRESS = "/comparison"
_SHOWN = (
    ("classical", "Landmarks, gradients and networks on FER's validation split"),
    ("votes", "Four ways to learn from the votes of FER+"),
    ("depth", "Networks of other depths after equal time"),
)


def show_comparison(folder: Path = TABLES) -> None:
    """Show the tables of accuracy that there are, and say where the rest is; nothing where there are none."""
    tables = [(name, title, rows) for name, title in _SHOWN if (rows := _rows(folder / f"{name}.csv"))]
    if not tables:
        return
    with widgets.sheet(), widgets.folded("Other methods on the same pictures"):
        widgets.text("Measured by make compare, which docs/comparison.md explains.", classes="quiet")
        meaning_link("What the labels mean, and what they do not")
        for name, title, rows in tables:
            if (folder / f"{name}.png").is_file():
                widgets.picture(f"{ADDRESS}/{name}.png", f"{title}, as bars or lines; the table below has the figures")
            widgets.table(title, ["read by", "accuracy, %", "ms a face", "seed", "budget"], rows)


def _rows(path: Path) -> list[list[str]]:
    """Return name, accuracy in %, time, seed and budget of a table's rows; none where it can't be read."""
    try:
        _, rows = read_csv(path, ("row", "accuracy", "face ms", "seed", "budget"))
        return [
            [
                row["row"],
                f"{100 * float(row['accuracy']):.1f}",
                f"{float(row['face ms']):.2g}",
                row["seed"],
                row["budget"],
            ]
            for row in best_budget(rows)
        ]
    except (InputError, ValueError):
        return []
