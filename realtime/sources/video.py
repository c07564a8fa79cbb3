"""Video files and streams, read by OpenCV's FFmpeg."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import cv2
import numpy as np

from realtime.errors import InputError
from realtime.images import as_bgr
from realtime.limits import check_file, check_size
from realtime.records import Frame

log = logging.getLogger(__name__)

# For files that name no frame rate, or an absurd one.
_FALLBACK_FPS = 30.0
# How long a stream may take to answer, and to send the next data.
_STREAM_TIMEOUT_MS = 5000
_STREAM_SETTINGS = [
    *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _STREAM_TIMEOUT_MS),
    *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, _STREAM_TIMEOUT_MS),
]
_SIDES = (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
# A time stamp further ahead than this is taken for damage.
_LONGEST_GAP_S = 10.0


class Video:
    """A video file, or what a stream address gives, frame by frame in order."""

    stills = False
    idle = False
    dropped = 0

    def __init__(self, address: str, stream: bool = False) -> None:
        """Open it.

        Args:
            address: The path of a file, or the address of a stream.
            stream: Whether it is an address. What sends in real time is then `paced`.

        Raises:
            InputError: Nothing there can be opened as a video.
        """
        self.name = address
        self.reads = _files(address, stream)
        self.ended = False
        for file in self.reads:
            check_file(file)
        # Of a bare name like 12:30.mp4, FFmpeg would take the start for a protocol.
        opened = address if stream else os.path.abspath(address)
        try:
            self._capture = cv2.VideoCapture(opened, cv2.CAP_FFMPEG, _STREAM_SETTINGS if stream else [])
        except cv2.error as error:
            raise _unreadable(address, stream) from error
        if not self._capture.isOpened():
            raise _unreadable(address, stream)
        try:
            width, height = (int(self._capture.get(key)) for key in _SIDES)
            check_size(address, (width, height))
        except InputError:
            self._capture.release()
            raise
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if 1 <= fps <= 240 else _FALLBACK_FPS
        self._announced = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.paced = stream and self._announced <= 0
        self._index = 0
        self._time_s = 0.0

    def read(self) -> Frame | None:
        """Return the next frame; None at the end. Raises InputError when not even the first can be decoded."""
        image = None if self.ended else self._decoded()
        if image is None:
            self._end()
            return None
        time_s = time.monotonic() if self.paced else self._time_s
        frame = Frame(image, self._index, time_s, self.name)
        self._index += 1
        return frame

    def stop(self) -> None:
        """End the source."""
        self.ended = True

    def close(self) -> None:
        """Close the file or the connection."""
        self.ended = True
        self._capture.release()

    def _decoded(self) -> np.ndarray | None:
        ok, image = self._capture.read()
        image = as_bgr(image) if ok else None
        if image is not None and self._index:
            by_rate = self._time_s + 1 / self.fps
            stamped = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            # Files of variable rate tell the truth in their time stamps, damaged ones do not.
            self._time_s = stamped if self._time_s < stamped < by_rate + _LONGEST_GAP_S else by_rate
        return image

    def _end(self) -> None:
        if self.ended:
            return
        self.ended = True
        self._capture.release()
        if self._index == 0:
            raise InputError(
                f"{self.name} holds no picture that can be decoded. It may be cut off or damaged.",
                "Save it anew as an MP4 file, and give that one.",
            )
        # Containers round their count, so only a real gap is worth a word.
        if not self.paced and self._index < 0.95 * self._announced - 2:
            log.warning("%s ends early: %d of %d pictures could be read.", self.name, self._index, self._announced)


def _unreadable(address: str, stream: bool) -> InputError:
    if stream:
        return InputError(
            f"{address} is no stream that answers within {_STREAM_TIMEOUT_MS // 1000} s.",
            "Check the address, and whether what sends there is running; a player such as VLC must show it too.",
        )
    return InputError(
        f"{address} is no video that can be read, or it is damaged.", "Save it anew as an MP4 file, and give that one."
    )


def _files(address: str, stream: bool) -> tuple[Path, ...]:
    """Return the file behind an address, if it is one on disk."""
    if stream and not address.lower().startswith("file://"):
        return ()
    return (Path(address[len("file://") :] if stream else address),)
