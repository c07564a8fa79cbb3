"""Traces: what was found in every frame of a run, so that the run can be repeated exactly.

A trace is a text file, a JSON object a line: first the options that shape the picture, then the frames with their
times, detections and predictions, and the keys pressed. It holds no picture; without the file the frames came from,
grey ones stand in for them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from realtime.controls import Controls
from realtime.engine.load import Effort
from realtime.errors import InputError, OutputError
from realtime.records import Face, Frame, Keypoints, Prediction, Region
from realtime.sources.files import Source

_VERSION = 1
_GREY = 128


class TraceWriter:
    """Writes a trace beside its place, and moves it there at the end."""

    def __init__(self, path: Path, options: dict[str, Any], controls: Controls) -> None:
        """options: what a replay must be told; JSON values. Raises OutputError."""
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._controls = controls
        try:
            self._file = self._part.open("w", encoding="utf-8")
        except OSError as error:
            raise OutputError(f"The trace {path} can't be written: {error.strerror}. Choose another place.") from error
        self._write({"trace": _VERSION, "options": options})

    def __call__(self, frame: Frame, faces: list[Face] | None, predictions: list[Prediction]) -> None:
        """Take in a frame; faces: None where they were not looked for."""
        height, width = frame.image.shape[:2]
        self._write(
            {
                "index": frame.index,
                "time_s": frame.time_s,
                "source": frame.source,
                "size": [width, height],
                "keys": self._controls.take_pressed(),
                "faces": None if faces is None else [_face_row(face) for face in faces],
                "predictions": [[p.emotions.tolist(), p.genders.tolist()] for p in predictions],
            }
        )

    def close(self) -> None:
        """Finish the file."""
        self._file.close()
        os.replace(self._part, self._path)

    def _write(self, row: dict[str, Any]) -> None:
        try:
            self._file.write(json.dumps(row) + "\n")
        except OSError as error:
            raise OutputError(
                f"The trace {self._path} can't be written: {error.strerror}. Free some space, or leave it out."
            ) from error


class Replay:
    """A trace as source, detector, classifier and effort of a run."""

    paced = False
    dropped = 0

    def __init__(self, path: Path, open_source: Callable[[str], Source | None], controls: Controls) -> None:
        """open_source: opens what the frames came from, None if that can't be had again. controls: for the keys.

        Raises InputError.
        """
        self._rows = _rows(path)
        self.options: dict[str, Any] = self._rows.pop(0)["options"]
        self.name = str(path)
        self.fps = float(self.options.get("fps", 30.0))
        self.stills = bool(self.options.get("stills", False))
        self._controls = controls
        self.effort = _ReplayedEffort(self)
        self._source = open_source(str(self.options.get("source", "")))
        self._next = 0

    @property
    def ended(self) -> bool:
        """Whether all frames have been given."""
        return self._next >= len(self._rows)

    def read(self) -> Frame | None:
        """Return the next frame, and press the keys that were pressed before it."""
        if self.ended:
            return None
        row = self._rows[self._next]
        self._next += 1
        for key in row["keys"]:
            self._controls.press(key)
        return Frame(self._image(row), row["index"], row["time_s"], row["source"])

    def stop(self) -> None:
        """Give no more frames."""
        self._next = len(self._rows)

    def close(self) -> None:
        """Free what the frames come from."""
        if self._source is not None:
            self._source.close()

    def detect(self, frame: Frame) -> list[Face]:
        """Return the faces that were found in this frame."""
        return [_row_face(row) for row in self._row["faces"]]

    def predict(self, patches: Sequence[np.ndarray]) -> list[Prediction]:
        """Return what was predicted for this frame's faces."""
        rows = self._row["predictions"]
        if len(rows) != len(patches):
            raise InputError(f"{self.name} was recorded with other settings: it does not fit. Record it again.")
        return [Prediction(np.array(e, np.float32), np.array(g, np.float32)) for e, g in rows]

    @property
    def detected(self) -> bool:
        """Whether faces were looked for in this frame."""
        return self._row["faces"] is not None

    @property
    def _row(self) -> dict[str, Any]:
        return self._rows[self._next - 1]

    def _image(self, row: dict[str, Any]) -> np.ndarray:
        while self._source is not None and (frame := self._source.read()) is not None:
            if frame.index == row["index"]:
                return frame.image
        width, height = row["size"]
        return np.full((height, width, 3), _GREY, np.uint8)


class _ReplayedEffort(Effort):
    """Leaves out what was left out."""

    def __init__(self, replay: Replay) -> None:
        super().__init__()
        self._replay = replay

    def skips(self, known: bool) -> bool:
        return not self._replay.detected


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if rows[0]["trace"] != _VERSION:
            raise InputError(f"{path} is a trace of version {rows[0]['trace']}; this program reads {_VERSION}.")
        keys = {"index", "time_s", "source", "size", "keys", "faces", "predictions"}
        if not all(keys <= row.keys() for row in rows[1:]) or not isinstance(rows[0]["options"], dict):
            raise ValueError("a line lacks something")
    except OSError as error:
        raise InputError(f"The trace {path} can't be read: {error.strerror}. Check the path.") from error
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is no trace of this program ({error}). --record-trace makes one.") from error
    return rows


def _face_row(face: Face) -> list[Any]:
    region = face.region
    place = [*region.center, region.size_px, region.roll_rad]
    return [list(face.box), face.score, face.keypoints.points.tolist(), place, face.sure]


def _row_face(row: list[Any]) -> Face:
    box, score, keypoints, (x, y, size_px, roll_rad), sure = row
    return Face(tuple(box), score, Keypoints(np.array(keypoints, np.float32)), Region((x, y), size_px, roll_rad), sure)
