"""Where the studio reads and writes: everything it makes lies in the folder of the runs."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime.errors import InputError, UsageError

# The program's own folder, from which its parts are started.
ROOT = Path(__file__).resolve().parents[3]

# Windows keeps some names for devices.
_NAME = re.compile(r"(?!(con|prn|aux|nul|com\d|lpt\d)$)[a-z0-9][a-z0-9_-]{0,59}", re.IGNORECASE)
# What is only made to be shown, or was left unfinished, is kept for a day.
_TIDY_S = 24 * 3600
# What a run's folder gives away; nothing else of it can be fetched.
_SHOWN_SUFFIXES = (".png", ".csv", ".md", ".txt", ".onnx", ".mp4", ".zip")


@dataclass(frozen=True)
class Places:
    """The folder of the runs, and that of the app's model."""

    runs: Path
    models: Path

    @classmethod
    def at(cls, runs: Path, models: Path) -> Places:
        """Return the places at two folders. Raises InputError when the first is none and can't be made one."""
        try:
            runs.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"The folder for runs {runs} can't be made: {error.strerror}.", "Give another --runs."
            ) from error
        return cls(runs.resolve(), models.resolve())

    @property
    def uploads(self) -> Path:
        """Data sets that were uploaded or unpacked."""
        return self._own("uploads")

    @property
    def shown(self) -> Path:
        """Pictures made for the page."""
        return self._own("shown")

    @property
    def videos(self) -> Path:
        """Videos of the camera."""
        return self._own("videos")

    @property
    def corrections(self) -> Path:
        """What was corrected of data sets."""
        return self._own("corrections")

    @property
    def page(self) -> Path:
        """What the page keeps of how it is shown."""
        return self._own("shown").parent / "page.json"

    @property
    def model(self) -> Path:
        """The app's model."""
        return self.models / "face_expression.onnx"

    def run(self, name: str) -> Path:
        """Return the folder of a run, there or not. Raises UsageError for a name that is none."""
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"'{name[:80]}' is no name for a run, because it becomes a folder.",
                "Use up to 60 letters, digits, _ and -, the first a letter or digit.",
            )
        folder = self.runs / name
        if folder.resolve() != folder:
            raise UsageError(f"{folder} is a link to another place.", "Choose another name.")
        return folder

    def existing(self, name: str) -> Path | None:
        """Return the folder of a run that is there, whatever its name."""
        return next((f for f in self.folders() if f.name == name), None)

    def folders(self) -> list[Path]:
        """Return the folders that may be runs."""
        if not self.runs.is_dir():
            return []
        return [f for f in self.runs.iterdir() if f.is_dir() and not f.is_symlink() and not f.name.startswith(".")]

    def file(self, name: str) -> Path:
        """Return a file under the folder of the runs that may be shown. Raises InputError for any other."""
        path = (self.runs / name).resolve()
        if not (path.is_relative_to(self.runs) and path.suffix in _SHOWN_SUFFIXES and path.is_file()):
            raise InputError(
                f"There is no file '{name[:200]}' to show.", "It may have been removed; load the page again."
            )
        return path

    def address(self, path: Path) -> str:
        """Return the address at which the page finds a file under the folder of the runs."""
        changed = path.stat().st_mtime_ns if path.is_file() else 0
        return f"/file/{path.relative_to(self.runs).as_posix()}?{changed}"

    def tidy(self) -> None:
        """Remove what was made for the page, and uploads that broke off, a day or more ago."""
        for path in [*self.shown.iterdir(), *self.uploads.glob("*.part")]:
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _TIDY_S:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _own(self, name: str) -> Path:
        folder = self.runs / ".studio" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def write_json(path: Path, data: dict[str, Any]) -> None:
    """Write a file whole or not at all."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(data, indent=1), encoding="utf-8")
    os.replace(part, path)


def read_json(path: Path) -> dict[str, Any]:
    """Return what a file holds; nothing if it is missing, half written or something else."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
