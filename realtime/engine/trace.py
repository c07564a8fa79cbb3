"""Traces: what was found in every frame of a run, so that the run can be repeated exactly.

A trace is a text file, a JSON object a line: first the options that shape the picture, then the frames with their
times, detections and predictions, and the commands given before them. It holds no picture; without the file the frames
came from, grey ones stand in for them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from realtime.controls import Command, Controls, command_of
from realtime.engine.load import LoadShedding
from realtime.errors import InputError, OutputError
from realtime.images import new_part
from realtime.records import Face, Findings, Frame, Keypoints, Landmarks, Prediction, Region
from realtime.sources.base import Source

_VERSION = 3
# Version 1 has keys in place of commands, and neither the smoothing nor the source's own frame rate; before version 3
# nobody was asked whether a face is one.
_READ_VERSIONS = (1, 2, _VERSION)
_GREY = 128


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
        self._path = path
        self._commands: list[str] = []
        try:
            self._part = new_part(path)
            self._file = self._part.open("w", encoding="utf-8")
        except OSError as error:
            raise OutputError(
                f"The trace {path} can't be written: {error.strerror}.", "Choose another place."
            ) from error
        self._write({"trace": _VERSION, "options": options})

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
                "faces": None if faces is None else [_face_row(face) for face in faces],
                "answers": [None if answer is None else asdict(answer) for answer in findings.answers],
                "predictions": [[p.emotions.tolist(), p.genders.tolist()] for p in findings.predictions],
            }
        )

    def close(self) -> None:
        """Finish the file. Raises OutputError."""
        try:
            self._file.close()
            os.replace(self._part, self._path)
        except OSError as error:
            raise self._failed(error) from error

    def _write(self, row: dict[str, Any]) -> None:
        try:
            self._file.write(json.dumps(row) + "\n")
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> OutputError:
        return OutputError(
            f"The trace {self._path} can't be written: {error.strerror}.", "Free some space, or leave it out."
        )


class Replay:
    """A trace as source, finder, verifier and classifier of a run."""

    paced = False
    dropped = 0
    idle = False

    def __init__(self, path: Path, open_source: Callable[[str], Source | None], controls: Controls) -> None:
        """Read a trace.

        Args:
            path: the trace.
            open_source: opens what the frames came from, None if that can't be had again.
            controls: are sent the commands of the trace.

        Raises:
            InputError: the file can't be read, or is no trace.
        """
        self._rows = _rows(path)
        self.options: dict[str, Any] = self._rows.pop(0)["options"]
        self.name = str(path)
        self._controls = controls
        self._source = open_source(str(self.options.get("source", "")))
        self.fps = self._fps()
        self.stills = bool(self.options.get("stills", False))
        self.reads: tuple[Path, ...] = (path, *(self._source.reads if self._source else ()))
        self._next = 0
        self._asked = 0

    @property
    def ended(self) -> bool:
        """Whether all frames have been given."""
        return self._next >= len(self._rows)

    def read(self) -> Frame | None:
        """Return the next frame, and send the commands that were given before it."""
        if self.ended:
            return None
        row = self._rows[self._next]
        self._next += 1
        self._asked = 0
        for command in _commands(row):
            self._controls.send(command)
        return Frame(self._image(row), row["index"], row["time_s"], row["source"])

    def stop(self) -> None:
        """Give no more frames."""
        self._next = len(self._rows)

    def close(self) -> None:
        """Free what the frames come from."""
        if self._source is not None:
            self._source.close()

    def detect(self, frame: Frame, known: Sequence[Region] | None = None) -> list[Face]:
        """Return the faces that were found in this frame."""
        return [_row_face(row) for row in self._row["faces"]]

    def is_cut(self, image: np.ndarray) -> bool:
        """Return whether a cut was noticed at this frame."""
        return bool(self._row.get("cut", False))

    @property
    def verified(self) -> bool:
        """Whether there was a verifier."""
        return bool(self.options.get("verified", False))

    def look(self, image: np.ndarray, region: Region) -> Landmarks | None:
        """Return the verifier's next answer of this frame. Raises RuntimeError where it failed."""
        answers = self._row["answers"]
        if self._asked >= len(answers):
            raise RuntimeError("as when the trace was recorded")
        self._asked += 1
        answer = answers[self._asked - 1]
        return None if answer is None else _landmarks(answer)

    def predict(self, patches: Sequence[np.ndarray]) -> list[Prediction]:
        """Return what was predicted for this frame's faces."""
        rows = self._row["predictions"]
        if len(rows) != len(patches):
            raise InputError(f"{self.name} was recorded with other settings: it does not fit.", "Record it again.")
        return [Prediction(np.array(e, np.float32), np.array(g, np.float32)) for e, g in rows]

    @property
    def detected(self) -> bool:
        """Whether faces were looked for in this frame."""
        return self._row["faces"] is not None

    @property
    def _row(self) -> dict[str, Any]:
        return self._rows[self._next - 1]

    def _fps(self) -> float:
        """Return the frame rate of the source: its own, else what the trace tells."""
        told = self.options.get("source_fps", self.options.get("fps", 30.0))
        return self._source.fps if self._source is not None else float(told)

    def _image(self, row: dict[str, Any]) -> np.ndarray:
        while self._source is not None and (frame := self._source.read()) is not None:
            if frame.index == row["index"]:
                return frame.image
        width, height = row["size"]
        return np.full((height, width, 3), _GREY, np.uint8)


class ReplayedLoad(LoadShedding):
    """Leaves out the work that was left out in a trace."""

    def __init__(self, replay: Replay) -> None:
        super().__init__(most=0)
        self._replay = replay

    def skips(self, known: bool) -> bool:
        """Return whether faces were not looked for in this frame."""
        return not self._replay.detected


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if rows[0]["trace"] not in _READ_VERSIONS:
            raise InputError(
                f"{path} is a trace of version {rows[0]['trace']}, and this program reads up to {_VERSION}.",
                "Replay it with the version of the program that made it, or record it again.",
            )
        keys = {"index", "time_s", "source", "size", "faces", "predictions"}
        keys |= {1: {"keys"}, 2: {"commands"}, 3: {"commands", "cut", "answers"}}[rows[0]["trace"]]
        if not all(keys <= row.keys() for row in rows[1:]) or not isinstance(rows[0]["options"], dict):
            raise ValueError("a line lacks something")
        for row in rows[1:]:
            _commands(row)
    except OSError as error:
        raise InputError(f"The trace {path} can't be read: {error.strerror}.", "Check the path.") from error
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is no trace of this program ({error}).", "--record-trace makes one.") from error
    return rows


def _commands(row: dict[str, Any]) -> list[Command]:
    """Return the commands of a row; version 1 has keys, of which some may have meant nothing."""
    if "commands" in row:
        return [Command(value) for value in row["commands"]]
    return [command for key in row["keys"] if (command := command_of(key)) is not None]


def _face_row(face: Face) -> list[Any]:
    region = face.region
    place = [*region.center, region.size_px, region.roll_rad]
    return [list(face.box), face.score, face.keypoints.points.tolist(), place, face.sure]


def _landmarks(row: dict[str, Any]) -> Landmarks:
    return Landmarks(
        center=tuple(row["center"]), radii=tuple(row["radii"]), yaw_rad=row["yaw_rad"], pitch_rad=row["pitch_rad"]
    )


def _row_face(row: list[Any]) -> Face:
    box, score, points, (x, y, size_px, roll_rad), sure = row
    return Face(
        box=tuple(box),
        score=score,
        keypoints=Keypoints(np.array(points[:4], np.float32)),
        region=Region((x, y), size_px, roll_rad),
        sure=sure,
    )
