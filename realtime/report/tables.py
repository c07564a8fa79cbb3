"""Tables of readings in files: Parquet where pyarrow is there, else CSV. A file is whole or not there at all."""

from __future__ import annotations

import csv
import importlib.util
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from realtime.errors import InputError, OutputError
from realtime.images import replacing
from realtime.report.schema import COLUMNS, LATER, Row

_INSTALL = "pip install -r requirements-report.txt"


def default_format() -> str:
    """Return the format that can be written here."""
    return "parquet" if importlib.util.find_spec("pyarrow") else "csv"


def check_format(name: str) -> None:
    """Raise OutputError where a format can't be written here; what takes time to load is loaded by then."""
    if name != "parquet":
        return
    try:
        import pyarrow.parquet  # noqa: F401  # half a second, which no frame shall wait for
    except ImportError as error:
        what = f"Parquet can't be written: pyarrow can't be loaded ({error})."
        raise OutputError(what, f"Run '{_INSTALL}', or ask for csv.") from error


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write rows in the format that the name tells. Raises OSError."""
    with replacing(path) as part:
        if path.suffix == ".csv":
            with part.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(COLUMNS)
                writer.writerows(map(_as_text, rows))
            return
        import pyarrow.parquet

        pyarrow.parquet.write_table(_arrow(rows), part)


def join(paths: Sequence[Path], whole: Path) -> None:
    """Put the rows of several files of one format into one. Raises OSError, InputError."""
    with replacing(whole) as part:
        if whole.suffix == ".csv":
            with part.open("wb") as file:
                for at, path in enumerate(paths):
                    with path.open("rb") as more:
                        if at:
                            more.readline()  # the names of the columns
                        shutil.copyfileobj(more, file)
            return
        import pyarrow.parquet

        with pyarrow.parquet.ParquetWriter(part, _schema()) as writer:
            for path in paths:
                writer.write_table(_read_arrow(path, None))


def read_columns(paths: Sequence[Path], names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return columns of a table that lies in several files: numbers as float64 with NaN for none, text as str objects.

    Raises InputError: a file can't be read, or is of something else.
    """
    tables = [_read_csv(path, names) if path.suffix == ".csv" else _read_parquet(path, names) for path in paths]
    return {name: np.concatenate([table[name] for table in tables] or [np.empty(0)]) for name in names}


def _as_text(row: Row) -> Iterator[Any]:
    for value in row:
        yield "" if value is None else int(value) if isinstance(value, bool) else _short(value)


def _short(value: Any) -> Any:
    return f"{value:.7g}" if isinstance(value, float) else value


def _schema() -> Any:
    import pyarrow

    return pyarrow.schema(
        [(name, pyarrow.type_for_alias("string" if kind == "text" else kind)) for name, kind in COLUMNS.items()]
    )


def _arrow(rows: Sequence[Row]) -> Any:
    import pyarrow

    return pyarrow.table(
        [pyarrow.array(column, field.type) for column, field in zip(zip(*rows, strict=True), _schema(), strict=True)],
        _schema(),
    )


def _read_arrow(path: Path, names: Sequence[str] | None) -> Any:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise InputError(f"{path} can't be read: pyarrow is not installed.", f"Run '{_INSTALL}'.") from error
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            return file.read(columns=None if names is None else list(names), use_threads=False)
    except (OSError, ValueError, KeyError) as error:  # pyarrow's own errors are of these
        raise _no_report(path) from error


def _read_parquet(path: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    table = _read_arrow(path, names)
    if missing := [name for name in names if name not in (*table.column_names, *LATER)]:
        raise _no_report(path, f"it has no column {missing[0]}")
    there = {name: _as_numpy(table[name], COLUMNS[name]) for name in names if name in table.column_names}
    return {name: there[name] if name in there else np.full(len(table), LATER[name]) for name in names}


def _as_numpy(column: Any, kind: str) -> np.ndarray:
    if kind == "text":
        return np.array(column.to_pylist(), object)
    return column.cast("float64").to_numpy() if kind != "bool" else column.cast("int8").cast("float64").to_numpy()


def _read_csv(path: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    columns: dict[str, list[Any]] = {name: [] for name in names}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            head = next(reader, [])
            there = [name for name in names if name in head or name not in LATER]
            places = [(columns[name], head.index(name), COLUMNS[name] == "text") for name in there]
            rows = 0
            for rows, row in enumerate(reader, 1):  # noqa: B007  # how many there were
                for column, at, is_text in places:
                    column.append(row[at] if is_text else float(row[at] or "nan"))
            for name in set(names) - set(there):
                columns[name] = [LATER[name]] * rows
    except (OSError, ValueError, IndexError, csv.Error) as error:
        raise _no_report(path) from error
    return {name: np.array(values, object if COLUMNS[name] == "text" else float) for name, values in columns.items()}


def _no_report(path: Path, why: str = "it is damaged, or something else") -> InputError:
    return InputError(
        f"{path} is no table of a report that can be read: {why}.", "Remove it, or leave its session out."
    )
