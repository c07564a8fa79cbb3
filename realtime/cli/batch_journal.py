"""The journal of a folder of results: what is finished, so that a run that was killed can go on."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from realtime import __version__
from realtime.cli.batch_files import FileToCover
from realtime.cli.fingerprint import Fingerprint, fingerprint
from realtime.cli.jobs import FINISHED_CODES, FileResult
from realtime.cli.options import Options, specs
from realtime.cli.paths import RunPaths
from realtime.errors import EmojiCameraError, OutputError
from realtime.limits import strict_json

NAME = ".emoji-camera-batch.jsonl"
# More people than are in any video.
_MOST_PEOPLE = 10**6
# What changes nothing in a result.
_WITHOUT_EFFECT = {"source", "output", "jobs", "ray", "again", "verbose"}


class Journal:
    """What was finished in a folder, kept line by line as it is done. A context manager, which closes the file."""

    def __init__(self, folder: Path, options: Options) -> None:
        """Read the journal that is there, and go on with it.

        Args:
            folder: of the results; it is there.
            options: of this run; what was finished with others is done again.

        Raises:
            EmojiCameraError: It can't be written, or a file that the options name can't be read.
        """
        self._path = folder / NAME
        self._options = _digest(options)
        self._known = _read(self._path)
        try:
            self._file = self._path.open("a", encoding="utf-8", errors="surrogateescape")
            if self._path.stat().st_size:  # the last line may be a torn one
                self._file.write("\n")
        except OSError as error:
            raise OutputError(
                f"{self._path} can't be written: {error.strerror}.", "Give another folder: --output covered/."
            ) from error

    def earlier(self, file: FileToCover) -> FileResult | None:
        """Return what came of a file in an earlier run, if it is finished, and would come out the same today."""
        entry = self._known.get(file.name, {})
        try:
            if entry["options"] != self._options or entry["result"] != file.result.name:
                return None
            if file.result.stat().st_size != entry["written"]:
                return None
            source, status = Fingerprint(**entry["source"]), file.source.stat()
            if status.st_size != source.size:
                return None
            if status.st_mtime_ns != source.mtime_ns and fingerprint(file.source).sha256 != source.sha256:
                return None
            told = {name: entry[name] for name in ("exit_code", "people", "why", "written")}
            return FileResult(file.name, **told, source=source, earlier=True)
        except (KeyError, TypeError, OSError, EmojiCameraError):
            return None

    def add(self, file: FileToCover, result: FileResult) -> None:
        """Keep what came of a file. Raises OutputError."""
        if not result.finished:
            return
        entry = asdict(replace(result, notes=())) | {"options": self._options, "result": file.result.name}
        try:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise OutputError(
                f"{self._path} can't be written: {error.strerror}.", "Free some space, and give the same command again."
            ) from error

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._file.close()


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Return the newest entry of each file; what is no entry is left out, as a kill may have torn it."""
    entries: dict[str, dict[str, Any]] = {}
    with contextlib.suppress(OSError), path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            with contextlib.suppress(ValueError):
                entry = strict_json(line)
                if isinstance(entry, dict) and _is_entry(entry):
                    entries[entry["name"]] = entry
    return entries


def _is_entry(entry: dict[str, Any]) -> bool:
    kinds = {"name": str, "why": str, "exit_code": int, "people": int, "written": int, "source": dict}
    right = all(isinstance(entry.get(name), kind) for name, kind in kinds.items())
    return right and entry["exit_code"] in FINISHED_CODES and 0 <= entry["people"] <= _MOST_PEOPLE


def _digest(options: Options) -> str:
    """Return what tells options apart, with the files that they name, such as model, pack and profile."""
    told = [f"{name}={getattr(options, name)!r}" for name in (*specs(), "smoothing") if name not in _WITHOUT_EFFECT]
    config = getattr(options, "config", None)
    for path in sorted(RunPaths(replace(options, source="demo", output=("none",))).reads):
        with contextlib.suppress(OSError):
            if path.is_file() and path != config:
                told.append(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}")
    return hashlib.sha256("\n".join([__version__, *told]).encode(errors="surrogateescape")).hexdigest()
