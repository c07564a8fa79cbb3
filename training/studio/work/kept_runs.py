"""What is done with runs that are there: their settings taken again, notes, and removing them."""

from __future__ import annotations

import shutil
from typing import Any

from realtime.errors import OutputError, UsageError
from realtime.images import replacing
from training import run_record
from training.labels import LABELS, MODELS
from training.studio.work import runs
from training.studio.work.runs import Run, Settings

# The name of the file with the user's note, in a run's folder.
_NOTE = "note.txt"


def settings_of(run: Run) -> Settings:
    """Return the settings of a run, as far as its folder still tells them; the rest as `Settings` has it."""
    record = run_record.read(run.folder)
    told = dict(record.settings) if record else {}
    given = run.started.get("arguments")
    for argument in given if isinstance(given, list) else ():
        name, _, value = str(argument).removeprefix("--").partition("=")
        told.setdefault(name.replace("-", "_"), value)
    known: dict[str, Any] = {
        name: str(told.get(name) or "") for name in ("data", "gender_data", "ferplus", "corrections")
    }
    for name in ("model", "labels"):
        if told.get(name) in (MODELS if name == "model" else LABELS):
            known[name] = told[name]
    for name in ("epochs", "batch_size", "seed"):
        if str(told.get(name, "")).isdecimal():
            known[name] = int(told[name])
    teachers = told.get("teacher_files")
    known["teachers"] = tuple(map(str, teachers)) if isinstance(teachers, list) else ()
    return Settings(**known)


def note(run: Run) -> str:
    """Return what the user has noted of a run."""
    try:
        return (run.folder / _NOTE).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def set_note(run: Run, words: str) -> None:
    """Note something of a run. Raises OSError."""
    with replacing(run.folder / _NOTE) as part:
        part.write_text(words.strip() + "\n", encoding="utf-8")


def delete(run: Run) -> None:
    """Remove a run with all it has made. Raises UsageError while it is alive, OutputError when it can't be removed."""
    if runs.read(run.folder).alive:
        raise UsageError(f"{run.name} has not ended.", "Stop it first.")
    try:
        shutil.rmtree(run.folder)
    except OSError as error:
        raise OutputError(
            f"{run.folder} can't be removed: {error.strerror}.", "Close what uses it, and try again."
        ) from error
