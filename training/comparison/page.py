"""Make docs/comparison.md and its pictures from the tables: the text is in page.md beside this file."""

from __future__ import annotations

import re
from pathlib import Path

from realtime.errors import OutputError
from realtime.images import write_file
from training.comparison.budget import best_budget
from training.comparison.columns import Table
from training.comparison.results import Results, Row
from training.comparison.tables import TABLES

_TEXT = Path(__file__).parent / "page.md"
# Where a table goes in the text.
_PLACE = re.compile(r"^\{table (\w+)\}$", re.MULTILINE)


def write_page(results: Results, page: Path) -> None:
    """Write the page, and a picture for every table that has rows, into the folder of the tables.

    Args:
        results: The tables.
        page: The page's file, beside that folder.

    Raises:
        InputError: A table's file is damaged.
        OutputError: The page or a picture can't be written.
    """
    tables = {table.name: table for table in TABLES}
    text = _TEXT.read_text(encoding="utf-8")
    write_file(page, _PLACE.sub(lambda found: _shown(tables[found[1]], results), text).encode())


def _shown(table: Table, results: Results) -> str:
    """Return a table as Markdown, with its picture and what it cost."""
    rows = best_budget(results.rows(table.name))
    if not rows:
        return "*Not measured here.*"
    picture = results.folder / f"{table.name}.png"
    prepared = table.prepared(rows)
    try:
        table.chart(prepared, picture)
    except OSError as error:
        raise OutputError(f"{picture} can't be written: {error.strerror}.", "Choose another --results.") from error
    lines = markdown(table, prepared) if table.columns else []
    image = f"![{table.name}]({results.folder.name}/{picture.name})"
    return "\n".join([*lines, "", image, "", _made(table, rows, results.folder.name)]).strip()


def markdown(table: Table, rows: list[Row]) -> list[str]:
    """Return a table's lines in Markdown."""
    heads = [column.head for column in table.columns]
    lines = [" | ".join(["", *heads, ""]).strip(), "|".join(["", *("---" for _ in heads), ""])]
    return [*lines, *(" | ".join(["", *(c.cell(row) for c in table.columns), ""]).strip() for row in rows)]


def _made(table: Table, rows: list[Row], folder: str) -> str:
    """Return a line that tells how a table was made."""
    hours = sum(float(row["hours"]) for row in rows)
    dates = sorted({row["date"] for row in rows})
    revisions = list(dict.fromkeys(row["revision"] for row in rows))
    time = f"{60 * hours:.1f} minutes" if hours < 1 else f"{hours:.1f} hours"
    return (
        f"*[{table.name}.csv]({folder}/{table.name}.csv): budget {rows[0]['budget']}, {time} of one core, "
        f"{' to '.join(dict.fromkeys((dates[0], dates[-1])))}, revision {', '.join(revisions)}.*"
    )
