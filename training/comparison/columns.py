"""What a table of the comparison's page is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from training.comparison.charts import Chart, number
from training.comparison.results import Row


@dataclass(frozen=True)
class Column:
    """A column of the page. key: of the CSV file. kind: text, share (in %), interval (of a share) or digits (three)."""

    head: str
    key: str
    kind: str = "text"

    def cell(self, row: Row) -> str:
        """Return what stands in the column for a row of the CSV file."""
        value = row.get(self.key, "")
        if value in ("", "nan"):
            return "-"
        if self.kind == "share":
            return f"{100 * float(value):.1f}"
        if self.kind == "interval":
            return f"{100 * float(value):.1f} ({100 * number(row, 'low'):.1f} to {100 * number(row, 'high'):.1f})"
        if self.kind == "digits":
            return f"{float(value):,.0f}".replace(",", " ") if float(value) >= 1000 else f"{float(value):.3g}"
        return value


@dataclass(frozen=True)
class Table:
    """A table of the page. columns: none where the picture says all. prepared: makes the rows that are shown."""

    name: str
    columns: tuple[Column, ...]
    chart: Chart
    prepared: Callable[[list[Row]], list[Row]] = lambda rows: rows
