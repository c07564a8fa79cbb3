"""How a run tells of its epochs: run.json, metrics.csv, TensorBoard and the terminal."""

from __future__ import annotations

import argparse
import contextlib
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lightning.fabric import Fabric
from tqdm import tqdm

from realtime.errors import UsageError
from training.run_record import RunWriter
from training.writing import writing


class Reports:
    """Tells of the epochs that have ended."""

    def __init__(self, folder: Path, writer: RunWriter, board: Any, quiet: bool) -> None:
        """Tell of a run.

        Args:
            folder: Of the run.
            writer: Of its record.
            board: A TensorBoard writer, None without.
            quiet: In a helper process, which tells nothing.
        """
        self._folder = folder
        self._writer = writer
        self._board = board
        self._quiet = quiet

    def epoch(self, history: list[dict[str, float]], epochs: int) -> None:
        """Tell of the last epoch; history: the rows of all that have ended. epochs: how many the run has."""
        if self._quiet:
            return
        self._writer.epoch(history, epochs)
        _write_csv(self._folder / "metrics.csv", history)
        row = history[-1]
        if self._board is not None:
            for key, value in row.items():
                self._board.add_scalar(key, value, row["epoch"])
        tqdm.write("  ".join(f"{key} {value:.4g}" for key, value in row.items()))


@contextlib.contextmanager
def tensorboard(args: argparse.Namespace, fabric: Fabric) -> Iterator[Any]:
    """Give a writer for TensorBoard, None where it is not wanted. Raises UsageError without the package."""
    if not (args.tensorboard and fabric.is_global_zero):
        yield None
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise UsageError(
            "--tensorboard needs the package tensorboard, which is not there.",
            "Run 'pip install tensorboard', or leave it out: metrics.csv has the same figures.",
        ) from error
    with contextlib.closing(SummaryWriter(str(args.output_dir / "tensorboard"))) as board:
        yield board


def _write_csv(path: Path, rows: list[dict[str, float]]) -> None:
    with writing(path) as part, part.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
