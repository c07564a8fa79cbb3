"""Replays: a trace in place of source, detectors and model."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from realtime.controls import Controls
from realtime.engine.json_lines import lines_of
from realtime.engine.load import LoadShedding
from realtime.engine.trace_rows import VERSION, TracedFrame, read_frame, read_head
from realtime.errors import InputError
from realtime.records import Face, FaceMovement, Frame, Landmarks, Prediction, Region
from realtime.sources.base import Source

_GREY = 128


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
        self._path = path
        self._lines = list(lines_of(path, _no_trace))
        self._version, self.options = self._head()
        self._check()
        # The address of what the frames came from, so that a trace of this replay leads there and not here.
        self.name = str(self.options.get("source", ""))
        self._controls = controls
        self._source = open_source(self.name)
        self.fps = self._fps()
        self.stills = bool(self.options.get("stills", False))
        self.reads: tuple[Path, ...] = (path, *(self._source.reads if self._source else ()))
        self._next = 1
        self._asked = self._asked_movements = 0
        self._row: TracedFrame | None = None

    @property
    def ended(self) -> bool:
        """Whether all frames have been given."""
        return self._next >= len(self._lines)

    def read(self) -> Frame | None:
        """Return the next frame, and send the commands that were given before it."""
        if self.ended:
            return None
        row = self._row = self._frame(self._next)
        self._next += 1
        self._asked = self._asked_movements = 0
        for command in row.commands:
            self._controls.send(command)
        return Frame(self._image(row), row.index, row.time_s, row.source)

    def stop(self) -> None:
        """Give no more frames."""
        self._next = len(self._lines)

    def close(self) -> None:
        """Free what the frames come from."""
        if self._source is not None:
            self._source.close()

    def detect(self, frame: Frame, known: Sequence[Region] | None = None) -> list[Face]:
        """Return the faces that were found in this frame."""
        return [] if self._row is None else list(self._row.faces or ())

    def is_cut(self, image: np.ndarray) -> bool:
        """Return whether a cut was noticed at this frame."""
        return self._row is not None and self._row.cut

    @property
    def verified(self) -> bool:
        """Whether there was a verifier."""
        return bool(self.options.get("verified", False))

    def look(self, image: np.ndarray, region: Region) -> Landmarks | None:
        """Return the verifier's next answer of this frame. Raises RuntimeError where it failed."""
        answers = [] if self._row is None else self._row.answers
        if self._asked >= len(answers):
            raise RuntimeError("as when the trace was recorded")
        self._asked += 1
        return answers[self._asked - 1]

    def movement(self, image: np.ndarray, region: Region) -> FaceMovement | None:
        """Return the next movement that was seen in this frame, None after the last."""
        movements = [] if self._row is None else self._row.movements
        self._asked_movements += 1
        return movements[self._asked_movements - 1] if self._asked_movements <= len(movements) else None

    def predict(self, patches: Sequence[np.ndarray]) -> list[Prediction]:
        """Return what was predicted for this frame's faces."""
        predictions = [] if self._row is None else self._row.predictions
        if len(predictions) != len(patches):
            raise InputError(
                f"{self._path} was recorded with other settings: it does not fit.",
                "Record it again with --record-trace.",
            )
        return predictions

    @property
    def detected(self) -> bool:
        """Whether faces were looked for in this frame."""
        return self._row is not None and self._row.faces is not None

    def _head(self) -> tuple[int, dict[str, Any]]:
        try:
            return read_head(self._lines[0] if self._lines else b"")
        except KeyError as error:
            raise InputError(
                f"{self._path} is a trace of version {error.args[0]}, and this program reads up to {VERSION}.",
                "Replay it with the version of the program that made it, or record it again.",
            ) from error
        except ValueError as error:
            raise _no_trace(self._path, 1, error) from error

    def _check(self) -> None:
        """Read every frame once. Raises InputError that names the first line that is wrong."""
        last_s = -math.inf
        for number in range(1, len(self._lines)):
            time_s = self._frame(number).time_s
            if time_s < last_s:
                raise _no_trace(self._path, number + 1, f"'time_s' is {time_s}, which is before the last frame's")
            last_s = time_s

    def _frame(self, number: int) -> TracedFrame:
        """Return the frame of a line. Raises InputError, for every line while the trace is opened, never later."""
        try:
            return read_frame(self._lines[number], self._version)
        except ValueError as error:
            raise _no_trace(self._path, number + 1, error) from error

    def _fps(self) -> float:
        """Return the frame rate of the source: its own, else what the trace tells."""
        told = self.options.get("source_fps", self.options.get("fps", 30.0))
        return self._source.fps if self._source is not None else float(told)

    def _image(self, row: TracedFrame) -> np.ndarray:
        while self._source is not None and (frame := self._source.read()) is not None:
            if frame.index == row.index:
                return frame.image
        width, height = row.size_wh
        return np.full((height, width, 3), _GREY, np.uint8)


class ReplayedLoad(LoadShedding):
    """Leaves out the work that was left out in a trace."""

    def __init__(self, replay: Replay) -> None:
        super().__init__(most=0)
        self._replay = replay

    def skips(self, known: bool) -> bool:
        """Return whether faces were not looked for in this frame."""
        return not self._replay.detected


def _no_trace(path: Path, number: int, why: object) -> InputError:
    return InputError(f"{path} is no trace of this program: in line {number}, {why}.", "--record-trace makes one.")
