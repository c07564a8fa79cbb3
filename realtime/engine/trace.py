"""Traces: what was found in every frame of a run, so that the run can be repeated exactly.

A trace is a text file, a JSON object a line: first the options that shape the picture, then the frames with their
times, detections and predictions, and the commands given before them. It holds no picture; without the file the frames
came from, grey ones stand in for them.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from realtime.controls import Command
from realtime.engine.replay import Replay as Replay  # also for those who import it from here
from realtime.engine.replay import ReplayedLoad as ReplayedLoad
from realtime.engine.trace_rows import VERSION, face_row, movement_row, prediction_row
from realtime.errors import OutputError
from realtime.images import new_part
from realtime.records import Findings, Frame


class TraceWriter:
    """Writes a trace beside its place, and moves it there at the end."""

    def __init__(self, path: Path, options: dict[str, Any]) -> None:
        """Begin the file.

        Args:
            path: where it is to be.
            options: what a replay must be told; JSON values.

        Raises:
            OutputError: the file can't be written.
        """
        if path.is_dir():
            raise OutputError(
                f"The trace {path} can't be written: it is a folder.",
                f"Give the name of a file in it: --record-trace {path / 'trace.jsonl'}.",
            )
        self._path = path
        self._commands: list[str] = []
        self._error: OSError | None = None
        try:
            self._part = new_part(path)
            self._file = self._part.open("w", encoding="utf-8")
        except OSError as error:
            raise OutputError(
                f"The trace {path} can't be written: {error.strerror}.",
                "Choose another place for it, as in --record-trace ~/trace.jsonl.",
            ) from error
        self._write({"trace": VERSION, "options": options})

    def obeyed(self, command: Command) -> None:
        """Take in a command that was obeyed before the next frame."""
        self._commands.append(command.value)

    def record(self, frame: Frame, findings: Findings) -> None:
        """Take in a frame, whose picture is left out, and what was found in it.

        Raises:
            OutputError: the file can't be written any more.
        """
        height, width = frame.image.shape[:2]
        commands, self._commands = self._commands, []
        faces = findings.faces
        self._write(
            {
                "index": frame.index,
                "time_s": frame.time_s,
                "source": frame.source,
                "size": [width, height],
                "commands": commands,
                "cut": findings.cut,
                "faces": None if faces is None else [face_row(face) for face in faces],
                "answers": [None if answer is None else asdict(answer) for answer in findings.answers],
                "predictions": [prediction_row(one) for one in findings.predictions],
                **({"movements": [movement_row(one) for one in findings.movements]} if findings.movements else {}),
            }
        )

    def close(self) -> None:
        """Finish the file; one that could not be written is not there. Raises OutputError, unless it was raised."""
        if self._error is not None:
            return
        try:
            self._file.close()
            os.replace(self._part, self._path)
        except OSError as error:
            raise self._abandoned(error) from error

    def _write(self, row: dict[str, Any]) -> None:
        if self._error is not None:  # whoever goes on after an error is told again
            raise self._failed(self._error)
        try:
            self._file.write(json.dumps(row) + "\n")
        except OSError as error:
            raise self._abandoned(error) from error

    def _abandoned(self, error: OSError) -> OutputError:
        """Leave nothing behind: half a trace repeats nothing."""
        self._error = error
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)
        return self._failed(error)

    def _failed(self, error: OSError) -> OutputError:
        return OutputError(
            f"The trace {self._path} can't be written: {error.strerror}.",
            "Free some space, or leave --record-trace out.",
        )
