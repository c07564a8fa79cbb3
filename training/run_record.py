"""What a run's folder says of the run, while it goes and afterwards: `run.json`, written by training."""

from __future__ import annotations

import contextlib
import json
import math
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from realtime.errors import EmojiCameraError, OutputError
from training.loss_curve import LossCurve
from training.metrics import ScoreRow
from training.writing import writing

# The name of the file in a run's folder.
NAME = "run.json"
# Readers take a file of another version for missing. Raise it whenever a key changes its meaning.
VERSION = 1

# Steps are faster than anybody reads, so the progress within an epoch is written at most this often.
_WRITE_EVERY_S = 1.0

# What a run does within an epoch.
TRAINING, VALIDATING = "training", "validating"


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    epoch: the one at hand, from 1; 0 before training. step: finished steps of that epoch, of `steps`. done: share of
    the whole training, 0 to 1. left_s: seconds until training ends, None where that is unknown. doing: in words; while
    it learns, TRAINING, and VALIDATING between the last step of an epoch and its end.
    """

    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    done: float = 0.0
    left_s: float | None = None
    doing: str = ""


@dataclass(frozen=True)
class RunRecord:
    """A run as its folder records it.

    state: "running", "finished", "stopped" by the user, or "failed". A run that was killed stays "running", so ask
    whether its process is alive. problem: why it failed, in sentences. pid: of the process that wrote this. settings:
    the fields of TrainConfig and the paths of the data. history: a row for each epoch as in metrics.csv, finite
    numbers only. scores: on the validation splits, once the run is finished. updated_s: Unix time of the writing.
    losses: by step, thinned out: (epochs learned so far, mean loss since the one before).
    """

    state: str
    pid: int
    settings: dict[str, Any]
    problem: str = ""
    progress: Progress = Progress()
    history: list[dict[str, float]] = field(default_factory=list)
    scores: list[ScoreRow] = field(default_factory=list)
    updated_s: float = 0.0
    losses: tuple[tuple[float, float], ...] = ()


def read(path: Path) -> RunRecord | None:
    """Read a run's record.

    Args:
        path: The run's folder, or its run.json.

    Returns:
        The record; None for a file that is missing, broken or of another version.
    """
    try:
        about = json.loads((path / NAME if path.is_dir() else path).read_text(encoding="utf-8"))
        if about["version"] != VERSION or about["state"] not in ("running", "finished", "stopped", "failed"):
            return None
        return RunRecord(
            state=about["state"],
            pid=int(about["pid"]),
            settings=dict(about["settings"]),
            problem=str(about["problem"]),
            progress=Progress(**about["progress"]),
            history=[{str(key): float(value) for key, value in row.items()} for row in about["history"]],
            scores=[ScoreRow.from_json(row) for row in about["scores"]],
            updated_s=float(about["updated_s"]),
            losses=tuple((float(at), float(loss)) for at, loss in about.get("losses", ())),
        )
    except (OSError, LookupError, TypeError, ValueError, AttributeError):
        return None


class RunWriter:
    """Keeps the record of the run of this process up to date; each method writes it whole or not at all."""

    def __init__(self, folder: Path | None, settings: Mapping[str, Any], earlier: RunRecord | None = None) -> None:
        """Begin a record in state "running".

        Args:
            folder: Of the run; None in a helper process, which records nothing.
            settings: JSON values.
            earlier: The record of the run that is resumed; its history and scores are kept.

        Raises:
            OutputError: The file can't be written, here and in every method.
        """
        self._path = folder / NAME if folder else None
        self._record = RunRecord(state="running", pid=os.getpid(), settings=dict(settings))
        if earlier is not None:
            self._record = replace(self._record, history=earlier.history, scores=earlier.scores, losses=earlier.losses)
        self._losses = LossCurve(self._record.losses)
        self._written_s = -math.inf
        self._began: tuple[float, float] | None = None  # time, and share done then
        self._write()

    @property
    def record(self) -> RunRecord:
        """The record as it is now."""
        return self._record

    def doing(self, what: str, settings: Mapping[str, Any] | None = None) -> None:
        """Say in words what the run does now; settings: those known by now, in place of the earlier ones."""
        changed = {} if settings is None else {"settings": dict(settings)}
        self._update(progress=replace(self._record.progress, doing=what, left_s=None), **changed)

    def step(self, epoch: int, epochs: int, step: int, steps: int, loss: float = math.nan) -> None:
        """Note that steps of an epoch are done.

        Args:
            epoch: The one at hand, from 1.
            epochs: How many the run has.
            step: How many of the epoch's steps are done.
            steps: How many there are.
            loss: Of the last one, if it is known.
        """
        self._losses.add(epoch - 1 + step / steps, loss)
        now, done = time.monotonic(), (epoch - 1 + step / steps) / epochs
        began_s, began_at = self._began = self._began or (now, done)
        # Validation and export follow the last step, and nobody has timed them.
        left_s = (now - began_s) * (1 - done) / (done - began_at) if began_at < done < 1 else None
        progress = Progress(epoch, epochs, step, steps, done, left_s, TRAINING if step < steps else VALIDATING)
        begins = self._record.progress.doing != progress.doing
        self._record = replace(self._record, progress=progress, losses=self._losses.points)
        if begins or step == steps or now - self._written_s >= _WRITE_EVERY_S:
            self._write()

    def epoch(self, history: Sequence[Mapping[str, float]], epochs: int) -> None:
        """Note the epochs that have ended; history: their rows. epochs: how many the run has."""
        rows = [{key: value for key, value in row.items() if math.isfinite(value)} for row in history]
        ended = replace(self._record.progress, epoch=len(rows), epochs=epochs, done=len(rows) / epochs)
        if len(rows) == epochs:
            ended = replace(ended, doing="drawing the curves", left_s=None)
        self._update(history=rows, progress=ended)

    def finished(self, scores: Iterable[ScoreRow]) -> None:
        """Note that the run has ended well, with these scores."""
        self._update(
            state="finished", scores=list(scores), progress=replace(self._record.progress, doing="", left_s=None)
        )

    def stopped(self) -> None:
        """Note that the user has stopped the run."""
        self._update(state="stopped", progress=replace(self._record.progress, left_s=None))

    def failed(self, problem: str) -> None:
        """Note that the run has failed; problem: why, in sentences."""
        self._update(state="failed", problem=problem, progress=replace(self._record.progress, left_s=None))

    def _update(self, **changes: Any) -> None:
        self._record = replace(self._record, **changes)
        self._write()

    def _write(self) -> None:
        self._written_s = time.monotonic()
        if self._path is None:
            return
        self._record = replace(self._record, updated_s=time.time())
        text = json.dumps({"version": VERSION, **asdict(self._record)}, indent=1)
        with writing(self._path) as part:
            part.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def recorded(writer: RunWriter) -> Iterator[None]:
    """Record how the body ends if it does not end well: stopped by the user, or failed; what it raises goes through."""
    try:
        yield
    except BaseException as error:
        # A full disk must not hide what happened first.
        with contextlib.suppress(OutputError):
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                writer.stopped()
            else:
                known = isinstance(error, EmojiCameraError)
                writer.failed(str(error) if known else f"{type(error).__name__}: {error}")
        raise
