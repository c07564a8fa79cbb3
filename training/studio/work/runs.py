"""Training runs: started as processes of their own, found again by their folders, and read while they go."""

from __future__ import annotations

import csv
import itertools
import math
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from realtime.errors import UsageError
from training import run_record
from training.labels import LABELS, MODELS
from training.run_record import Progress, RunRecord
from training.studio.work import processes
from training.studio.work.places import Places, read_json, write_json
from training.studio.work.sets import check_kinds

_STATE = "studio.json"
# What is read of a log's end; a line of the progress bar has about a hundred bytes.
_TAIL_BYTES = 16_000


@dataclass(frozen=True)
class Settings:
    """What a user chooses of a run; everything else is as `training.train` has it. Paths are empty where not given."""

    data: str = ""
    gender_data: str = ""
    ferplus: str = ""
    corrections: str = ""
    model: str = "medium"
    epochs: int = 40
    batch_size: int = 128
    seed: int = 0
    labels: str = "mixed"
    teachers: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        """Return the arguments of `training.train` but for the folder."""
        # "--name=value": a value that begins with a dash is no option.
        given = [f"--data={Path(self.data).expanduser().resolve()}"]
        for name in ("gender_data", "ferplus", "corrections"):
            if value := getattr(self, name):
                given.append(f"--{name.replace('_', '-')}={Path(value).expanduser().resolve()}")
        for name in ("model", "epochs", "batch_size", "seed", "labels"):
            given.append(f"--{name.replace('_', '-')}={getattr(self, name)}")
        teachers = [str(Path(teacher).expanduser().resolve()) for teacher in self.teachers]
        return given + (["--teachers", *teachers] if teachers else [])


# The small network learns a set of FER's size for five epochs in about five minutes on two free cores.
PRESETS = {"quick": Settings(model="small", epochs=5), "full": Settings()}


@dataclass(frozen=True)
class Run:
    """A run as its folder tells it.

    state: running, paused, finished, stopped, failed, or foreign for an unfinished one that the studio did not start.
    metrics: a row for every epoch. log: its end, without the progress bar. problem: why it failed. doing: what it does
    now, in training's words, empty if nobody knows. since_s: since when, Unix time. losses: see RunRecord.
    """

    name: str
    folder: Path
    state: str
    metrics: list[dict[str, float]]
    log: str = ""
    progress: Progress | None = None
    problem: str = ""
    started: dict[str, Any] = field(default_factory=dict)
    doing: str = ""
    since_s: float = 0.0
    losses: tuple[tuple[float, float], ...] = ()

    @property
    def saved(self) -> bool:
        """Whether there is a checkpoint that it could go on from."""
        return (self.folder / "last.ckpt").is_file()

    @property
    def model(self) -> Path:
        """The file the run ends in."""
        return self.folder / "face_expression.onnx"

    @property
    def alive(self) -> bool:
        """Whether its process is there."""
        return self.state in ("running", "paused")

    @property
    def best(self) -> float | None:
        """The highest validation accuracy so far, 0 to 1."""
        return max((row["valid_fer_accuracy"] for row in self.metrics if "valid_fer_accuracy" in row), default=None)


def all_runs(places: Places) -> list[Run]:
    """Return the runs there are, the newest first."""
    marks = ("metrics.csv", _STATE, "face_expression.onnx")
    folders = [folder for folder in places.folders() if any((folder / mark).is_file() for mark in marks)]
    return [read(folder) for folder in sorted(folders, key=_changed, reverse=True)]


def free_name(places: Places) -> str:
    """Return a name that no run has."""
    names = (f"run-{number}" for number in itertools.count(1))
    return next(name for name in names if not (places.runs / name).exists())


def start(places: Places, name: str, settings: Settings) -> Run:
    """Start a run of its own process.

    Raises UsageError for a name or setting that can't be used, InputError for sets that changed places.
    """
    folder = places.run(name.strip())
    if not settings.data.strip():
        raise UsageError(
            "There is no data set to learn from.", "Give the path of one, or look at one under Dataset first."
        )
    if settings.model not in MODELS or settings.labels not in LABELS:
        raise UsageError(f"'{settings.model}' with '{settings.labels}' labels is unknown.", "Choose from the lists.")
    if settings.epochs < 1 or settings.batch_size < 1 or settings.seed < 0:
        raise UsageError("Epochs and batch size are 1 or more, and the seed 0 or more.", "Change the numbers.")
    check_kinds(settings.data, settings.gender_data)
    try:
        folder.mkdir()
    except FileExistsError as error:
        raise UsageError(f"There is something called '{folder.name}' already.", "Choose another name.") from error
    except OSError as error:
        raise UsageError(f"{folder} can't be made: {error.strerror}.", "Choose another name.") from error
    return _launch(folder, settings.arguments())


def go_on(run: Run) -> Run:
    """Let a run go on: one that waits, or one that was stopped, from its checkpoint if it has one."""
    if run.state == "paused":
        processes.go_on(run.started["pid"])
    elif run.state in ("stopped", "failed") and isinstance(run.started.get("arguments"), list):
        _launch(run.folder, run.started["arguments"])
    return read(run.folder)


def pause(run: Run) -> Run:
    """Let a run wait."""
    if run.state == "running":
        processes.halt(run.started["pid"])
    return read(run.folder)


def stop(run: Run) -> Run:
    """Ask a run to end; the second time it is ended at once."""
    if run.alive:
        asked = bool(run.started.get("stopping"))
        write_json(run.folder / _STATE, run.started | {"stopping": True})
        processes.stop(run.started["pid"], at_once=asked)
    return read(run.folder)


def read(folder: Path) -> Run:
    """Read what a folder tells of its run; half-written files count as not there."""
    started = read_json(folder / _STATE)
    tail = _tail(folder / "log.txt")
    record = run_record.read(folder)
    metrics = record.history if record and record.history else read_metrics(folder / "metrics.csv")
    log = "\n".join(_lines(tail))
    state, own = _state(folder, started), record if record and record.updated_s >= _started_s(started) - 1 else None
    problem = _problem(folder, own, tail) if state == "failed" else ""
    progress = record.progress if record and record.progress.epoch and state not in ("finished", "failed") else None
    doing, since_s = (own.progress.doing, own.updated_s) if own and state == "running" else ("", 0.0)
    losses = record.losses if record else ()
    return Run(folder.name, folder, state, metrics, log, progress, problem, started, doing, since_s, losses)


def read_metrics(path: Path) -> list[dict[str, float]]:
    """Return the rows of a metrics file, as far as they are whole."""
    rows = []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                values = {key: float(value) for key, value in row.items()}
                if values.get("epoch", 0) > 0 and all(map(math.isfinite, values.values())):
                    rows.append(values)
    except (OSError, ValueError, TypeError, AttributeError, csv.Error):
        pass
    return [row for row in rows if row.keys() == rows[0].keys()]


def _launch(folder: Path, arguments: list[str]) -> Run:
    resume = ["--resume"] if (folder / "last.ckpt").is_file() else []
    command = [sys.executable, "-m", "training.train", *arguments, f"--output-dir={folder}", *resume]
    pid = processes.start_apart(command, folder / "log.txt")
    about = {"pid": pid, "identity": processes.identity(pid), "command": command, "arguments": arguments}
    write_json(folder / _STATE, about | {"started_s": time.time()})
    return read(folder)


def _state(folder: Path, started: dict[str, Any]) -> str:
    # Another process may have got the number meanwhile, so the number alone says nothing. Nor do the files: a run that
    # was killed has left them as if it were running, and one that has just begun has none but the studio's own.
    if processes.lives(started.get("pid"), started.get("identity")):
        return "paused" if processes.is_halted(started["pid"]) else "running"
    card, model = folder / "README.md", folder / "face_expression.onnx"
    if card.is_file() and model.is_file() and card.stat().st_mtime >= _started_s(started) - 1:
        return "finished"
    if not started:
        return "foreign"
    return "stopped" if started.get("stopping") else "failed"


def _started_s(started: dict[str, Any]) -> float:
    return since if isinstance(since := started.get("started_s"), float) else 0.0


def _problem(folder: Path, record: RunRecord | None, tail: str) -> str:
    """Return why a run failed. record: the one it wrote itself, None if it wrote none."""
    if record is None:  # it had not got so far, so its last words are of what kept it from it
        return (_lines(tail) or ["The run ended without a word."])[-1]
    if record.state == "failed" and record.problem:
        return record.problem
    # A record that says "running" was left by a process that could say no more; the log's end is chatter then.
    at = f" while it was {record.progress.doing}" if record.progress.doing else ""
    saved = (folder / "last.ckpt").is_file()
    remedy = "'Go on' continues from its last checkpoint." if saved else "Nothing was saved yet: 'Begin again'."
    return f"The run was ended from outside{at}: by somebody, a power cut, or for want of memory. {remedy}"


def _tail(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - _TAIL_BYTES, 0))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _lines(tail: str) -> list[str]:
    """Return the lines of a log, of a progress bar that was drawn again and again nothing."""
    lines = [line.rpartition("\r")[2].rstrip() for line in tail.replace("\r\n", "\n").split("\n")]
    return [line for line in lines if line and not re.match(r"(epoch \d+/\d+|asking the teachers|reading .*):", line)]


def _changed(folder: Path) -> float:
    try:
        return max((folder / name).stat().st_mtime for name in (".", "metrics.csv") if (folder / name).exists())
    except (OSError, ValueError):
        return 0.0
