"""What other methods do on the same pictures, as `make compare` last measured it."""

from __future__ import annotations

from pathlib import Path

from realtime.errors import InputError
from realtime.web import widgets
from training.formats import read_csv

# Where the program's own comparison lies; an installed program may come without.
_TABLES = Path(__file__).resolve().parents[3] / "docs" / "comparison"
_SHOWN = (
    ("classical", "Landmarks, gradients and networks on FER's validation split"),
    ("votes", "Four ways to learn from the votes of FER+"),
    ("depth", "Networks of other depths after equal time"),
)


def show_comparison(folder: Path = _TABLES) -> None:
    """Show the tables of accuracy that there are, and say where the rest is; nothing where there are none."""
    tables = [(title, shown) for name, title in _SHOWN if (shown := _rows(folder / f"{name}.csv"))]
    if not tables:
        return
    with widgets.sheet(), widgets.folded("Other methods on the same pictures"):
        widgets.text(
            "Measured by make compare, which docs/comparison.md explains. A label says what a face looks like, "
            "not what somebody feels: docs/expressions.md.",
            classes="quiet",
        )
        for title, rows in tables:
            widgets.table(title, ["read by", "accuracy, %", "ms a face", "budget"], rows)


def _rows(path: Path) -> list[list[str]]:
    """Return name, accuracy in %, time and budget of a table's rows; none where it can't be read."""
    try:
        _, rows = read_csv(path, ("row", "accuracy", "face ms", "budget"))
        return [
            [row["row"], f"{100 * float(row['accuracy']):.1f}", f"{float(row['face ms']):.2g}", row["budget"]]
            for row in rows
        ]
    except (InputError, ValueError):
        return []
