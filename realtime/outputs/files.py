"""Where covered frames go: pictures, folders, video files, or several at once.

The window is in `window.py`, the virtual camera in `virtual.py`; `address.py` turns what the user wrote into sinks.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from realtime.errors import OutputError
from realtime.images import fitted, make_parent, write_picture
from realtime.outputs.sound import carry_over
from realtime.records import Frame

VIDEO_SUFFIXES = (".mp4", ".mkv", ".avi", ".mov")

# A video needs some space to be finished in, so writing stops before the disk is full.
_RESERVED_BYTES = 16 << 20
# A gap in time longer than this is not filled with repeated pictures.
_MAX_GAP_S = 10.0


class Sink(Protocol):
    """Takes covered frames."""

    # Whether it shows frames to somebody, who wants them at their pace.
    paced: bool

    def write(self, frame: Frame) -> None:
        """Take a frame; its picture is not kept beyond the call without a copy."""

    def hold(self, card: Frame) -> None:
        """Show a card while nothing comes, to those who watch; files leave it out."""

    def keys(self, wait_s: float) -> list[str]:
        """Serve the sink for so long, and return the keys pressed there, by name."""

    def close(self) -> str:
        """Finish what was begun. Return a line that tells where it is, empty if there is nothing to tell."""


class QuietSink:
    """What most sinks share: nobody watches or presses keys there, and they take frames as fast as they come."""

    paced = False

    def hold(self, card: Frame) -> None:
        pass

    def keys(self, wait_s: float) -> list[str]:
        time.sleep(wait_s)
        return []


class NullSink(QuietSink):
    """Throws frames away."""

    def write(self, frame: Frame) -> None:
        pass

    def close(self) -> str:
        return ""


class PictureSink(QuietSink):
    """A picture file: the last frame it was given."""

    def __init__(self, path: Path) -> None:
        make_parent(path)
        self._path = path
        self._last: np.ndarray | None = None

    def write(self, frame: Frame) -> None:
        self._last = frame.image

    def close(self) -> str:
        if self._last is None:
            return ""
        write_picture(self._path, self._last)
        self._last = None
        return f"picture {self._path}"


class FolderSink(QuietSink):
    """A folder of PNG files: named like the pictures they come from, or numbered."""

    def __init__(self, folder: Path, keep_names: bool) -> None:
        """keep_names: name each file like its source, for pictures."""
        make_parent(folder / "picture")
        self._folder = folder
        self._keep_names = keep_names
        self._written: set[Path] = set()

    def write(self, frame: Frame) -> None:
        source = Path(frame.source)
        path = self._folder / f"{source.stem if self._keep_names else f'frame_{frame.index:06d}'}.png"
        while path in self._written or _same_file(path, source):
            path = path.with_name(f"{path.stem}_emoji.png")
        write_picture(path, frame.image)
        self._written.add(path)

    def close(self) -> str:
        return f"{len(self._written)} pictures in {self._folder}" if self._written else ""


class VideoSink(QuietSink):
    """A video file of constant rate, in which every frame stands at its own time.

    It is written beside its place and moved there at the end, so that a broken run leaves an older file alone.
    """

    def __init__(self, path: Path, fps: float, sound_of: Path | None = None) -> None:
        """sound_of: a video whose sound is carried over."""
        make_parent(path)
        self._path = path
        self._part = path.with_name(f"{path.stem}.part{path.suffix}")
        self._sound_of = sound_of
        self._fps = fps
        self._writer: Any = None
        self._size_wh = (0, 0)
        self._written = 0
        self._origin_s = 0.0

    def write(self, frame: Frame) -> None:
        if self._writer is None:
            self._open(frame)
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
        if self._writer is None:
            return ""
        self._writer.release()
        self._writer = None
        check = cv2.VideoCapture(str(self._part))
        readable = check.isOpened() and check.grab()
        check.release()
        if not readable:
            self._part.unlink(missing_ok=True)
            raise OutputError(
                f"{self._path} could not be written. The disk may be full; free some space and try again."
            )
        seconds = self._written / self._fps
        if self._sound_of is not None:
            carry_over(self._part, self._sound_of, seconds)
        os.replace(self._part, self._path)
        return f"video {self._path} ({self._written} frames, {seconds:.1f} s)"

    def _open(self, frame: Frame) -> None:
        self._check_disk()
        height, width = frame.image.shape[:2]
        self._size_wh = (width, height)
        self._origin_s = frame.time_s
        codec = "MJPG" if self._path.suffix.lower() == ".avi" else "mp4v"
        self._writer = cv2.VideoWriter(
            str(self._part), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), self._fps, self._size_wh
        )
        if not self._writer.isOpened():
            self._writer = None
            raise OutputError(
                f"{self._path} can't be written as a video. The folder may be write-protected, or the picture "
                f"({width}x{height}) too odd for the codec. Try another --output."
            )

    def _check_disk(self) -> None:
        free = shutil.disk_usage(self._path.parent).free
        if free < _RESERVED_BYTES:
            raise OutputError(
                f"The disk of {self._path} is full ({free >> 20} MB left). The video up to here is kept. "
                "Free some space, or choose another --output."
            )


class Sinks:
    """Several sinks as one."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = list(sinks)
        self.paced = any(sink.paced for sink in self._sinks)
        # The virtual cameras among them.
        self.devices = [str(sink.device) for sink in self._sinks if hasattr(sink, "device")]

    def write(self, frame: Frame) -> None:
        for sink in self._sinks:
            sink.write(frame)

    def hold(self, card: Frame) -> None:
        for sink in self._sinks:
            sink.hold(card)

    def keys(self, wait_s: float) -> list[str]:
        pressed = []
        for sink in self._sinks:
            pressed += sink.keys(wait_s / len(self._sinks))
        return pressed

    def close(self) -> str:
        """Close all of them, also when one fails; the first failure is raised in the end."""
        lines: list[str] = []
        failures: list[Exception] = []
        for sink in self._sinks:
            try:
                lines.append(sink.close())
            except Exception as error:  # raised below, once all have been closed
                failures.append(error)
        if failures:
            raise failures[0]
        return ", ".join(filter(None, lines))


def _same_file(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)
