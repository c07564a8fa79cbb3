"""A video file as an output."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import Any

import cv2

from realtime.errors import OutputError
from realtime.images import fitted, make_parent, new_part
from realtime.outputs.base import OutputContext, UnwatchedOutput
from realtime.outputs.sound import carry_over
from realtime.records import Frame

# A video needs some space to be finished in, so writing stops before the disk is full.
_RESERVED_BYTES = 16 << 20
# A gap in time longer than this is not filled with repeated pictures.
_MAX_GAP_S = 10.0


class VideoOutput(UnwatchedOutput):
    """A video file of constant rate, in which every frame stands at its own time.

    It is written beside its place and moved there at the end, so that a broken run leaves an older file alone.
    """

    def __init__(self, path: Path, fps: float, audio_of: Path | None = None) -> None:
        """Make the folder for it; the file is begun with the first frame.

        Args:
            path: its ending tells the container.
            fps: frames a second.
            audio_of: a video whose sound is carried over.

        Raises:
            OutputError: the folder can't be made.
        """
        make_parent(path)
        self._path = path
        self._part = path  # until the first frame, when there is a file beside it
        self._audio_of = audio_of
        self._fps = fps
        self._writer: Any = None
        self._size_wh = (0, 0)
        self._written = 0
        self._origin_s = 0.0

    @classmethod
    def open(cls, address: str, context: OutputContext) -> VideoOutput:
        """Open the video that the user named. Raises OutputError."""
        return cls(Path(address).expanduser(), context.source_fps, context.audio_of)

    def write(self, frame: Frame) -> None:
        """Write the frame, repeated as often as its time asks for, in the first frame's size. Raises OutputError."""
        if self._writer is None:
            self._begin(frame)
        image = fitted(frame.image, self._size_wh)
        due = round((frame.time_s - self._origin_s) * self._fps) + 1
        if due - self._written > _MAX_GAP_S * self._fps:
            self._origin_s += (due - self._written - 1) / self._fps
            due = self._written + 1
        if self._written % 10 == 0:
            self._check_disk()
        for _ in range(due - self._written):
            self._writer.write(image)
            self._written += 1

    def close(self) -> str:
        """Finish the video and move it to its place. Raises OutputError."""
        if self._writer is None:
            return ""
        self._writer.release()
        self._writer = None
        check = cv2.VideoCapture(str(self._part))
        readable = check.isOpened() and check.grab()
        check.release()
        if not readable:
            self._remove_part()
            raise OutputError(
                f"{self._path} could not be finished: the disk may be full.", "Free some space, and try again."
            )
        seconds = self._written / self._fps
        if self._audio_of is not None:
            carry_over(self._part, self._audio_of, seconds)
        try:
            os.replace(self._part, self._path)
        except OSError as error:
            raise OutputError(
                f"{self._path} can't be written: {error.strerror}. The video is in {self._part}.",
                "Move it to where you want it.",
            ) from error
        return f"video {self._path} ({self._written} frames, {seconds:.1f} s)"

    def _begin(self, frame: Frame) -> None:
        self._check_disk()
        height, width = frame.image.shape[:2]
        self._size_wh = (width, height)
        self._origin_s = frame.time_s
        try:
            # OpenCV tells the container from the ending, so that stays.
            self._part = new_part(self._path, self._path.suffix)
        except OSError as error:
            raise OutputError(
                f"{self._path} can't be written: {error.strerror}.", "Choose another place for --output."
            ) from error
        codec = "MJPG" if self._path.suffix.lower() == ".avi" else "mp4v"
        self._writer = cv2.VideoWriter(
            str(self._part), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), self._fps, self._size_wh
        )
        if not self._writer.isOpened():
            self._writer = None
            self._remove_part()
            raise OutputError(
                f"{self._path} can't be written as a video: its pictures ({width}x{height}) may be too odd for it.",
                "Choose another ending for --output, like .avi, or write pictures into a folder.",
            )

    def _remove_part(self) -> None:
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)

    def _check_disk(self) -> None:
        try:
            free = shutil.disk_usage(self._path.parent).free
        except OSError as error:
            raise OutputError(
                f"{self._path} can't be written: {error.strerror}.", "Choose another place for --output."
            ) from error
        if free < _RESERVED_BYTES:
            kept = "The video up to here is kept" if self._written else "Nothing was written"
            raise OutputError(
                f"The disk of {self._path} is full ({free >> 20} MB left). {kept}.",
                "Free some space, or choose another place for --output.",
            )
