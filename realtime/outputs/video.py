"""A video file as an output."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
from pathlib import Path
from typing import Any

import av

from realtime.errors import OutputError
from realtime.images import fitted, make_parent, new_part
from realtime.media import open_media
from realtime.outputs.base import OutputContext, Recording, UnwatchedOutput
from realtime.outputs.encoding import Encoder, codec_for
from realtime.outputs.priority import kept_priority
from realtime.outputs.remux import SAME_BYTES, Extras, finished
from realtime.records import Frame

log = logging.getLogger(__name__)

# A video needs some space to be finished in, so writing stops before the disk is full.
_RESERVED_BYTES = 16 << 20
# A gap in time longer than this is left out of what is recorded live: the machine slept.
_MAX_GAP_S = 10.0
# Fragments are playable without what is written at the end; a Matroska file is so by itself.
_IN_PROGRESS = {
    ".mp4": {"movflags": "frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"},
    ".mov": {"movflags": "frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"},
    ".mkv": {"cluster_time_limit": "2000", "flush_packets": "1"},
    ".webm": {"cluster_time_limit": "2000", "flush_packets": "1"},
}


class VideoOutput(UnwatchedOutput):
    """A video file in which every frame stands at its own time; an .avi has the rate of its source.

    It is written beside its place and moved there at the end, so that a broken run leaves an older file alone. What is
    written can be played even if the program is killed, but for the last two seconds.
    """

    def __init__(
        self, path: Path, fps: float, recording: Recording | None = None, original: Path | None = None
    ) -> None:
        """Make the folder for it; the file is begun with the first frame.

        Args:
            path: its ending tells the container.
            fps: nominal frames a second.
            recording: how it is written; by default as the program does.
            original: the video file that the frames come from; None if they come live.

        Raises:
            OutputError: the folder can't be made.
            UsageError: the container does not take the codec.
        """
        self._recording = recording or Recording()
        codec_for(path, self._recording.codec)
        make_parent(path)
        self._path = path
        self._part = path  # until the first frame, when there is a file beside it
        self._original = original
        self._fps = fps
        self._container: Any = None
        self._encoder: Encoder | None = None
        self._size_wh = (0, 0)
        self._written = 0
        self._origin_s = self._last_s = 0.0

    @classmethod
    def open(cls, address: str, context: OutputContext) -> VideoOutput:
        """Open the video that the user named. Raises EmojiCameraError."""
        return cls(Path(address).expanduser(), context.source_fps, context.recording, context.recorded)

    def write(self, frame: Frame) -> None:
        """Write the frame at its time, in the first frame's size. Raises OutputError."""
        if self._encoder is None:
            self._begin(frame)
        assert self._encoder is not None
        if self._original is None and frame.time_s - self._origin_s - self._last_s > _MAX_GAP_S:
            self._origin_s = frame.time_s - self._last_s - 1 / self._fps
        if self._written % 10 == 0:
            self._check_disk()
        time_s = frame.time_s - self._origin_s
        try:
            self._encoder.encode(fitted(frame.image, self._size_wh), time_s, frame.coded)
        except (av.FFmpegError, ValueError) as error:
            raise self._failed(error) from error
        self._last_s = time_s
        self._written += 1

    def close(self) -> str:
        """Finish the video and move it to its place. Raises OutputError."""
        encoder, self._encoder = self._encoder, None
        if encoder is None:
            return ""
        try:
            encoder.finish()
            self._container.close()
        except (av.FFmpegError, ValueError) as error:
            log.debug("%s: %s", self._part, error)  # what was written before can be played all the same
        if not _is_readable(self._part):
            self._remove_part()
            raise OutputError(
                f"{self._path} could not be finished: the disk may be full.", "Free some space, and try again."
            )
        seconds = self._last_s + 1 / self._fps
        self._part = finished(self._part, self._path.suffix.lower(), seconds, self._extras())
        try:
            os.replace(self._part, self._path)
        except OSError as error:
            raise OutputError(
                f"{self._path} can't be written: {error.strerror}. The video is in {self._part}.",
                "Move it to where you want it.",
            ) from error
        return f"video {self._path} ({self._written} frames, {seconds:.1f} s)"

    def _extras(self) -> Extras | None:
        if self._original is None:
            return None
        return Extras(self._original, self._recording.audio, self._recording.keep_metadata)

    def _begin(self, frame: Frame) -> None:
        self._check_disk()
        height, width = frame.image.shape[:2]
        suffix = self._path.suffix.lower()
        self._size_wh = (width, height)
        self._origin_s = frame.time_s
        try:
            self._part = new_part(self._path, suffix)
        except OSError as error:
            raise OutputError(
                f"{self._path} can't be written: {error.strerror}.",
                "Give a place that you may write to, as in --output ~/covered.mp4.",
            ) from error
        live = self._original is None
        try:
            options = _IN_PROGRESS.get(suffix, {}) | SAME_BYTES
            self._container = av.open(f"file:{self._part.absolute()}", "w", options=options)
            self._encoder = Encoder(self._container, suffix, self._size_wh, self._fps, self._recording, live)
            with kept_priority():
                self._container.start_encoding()
        except (av.FFmpegError, ValueError) as error:
            self._encoder = None
            log.debug("%s: %s", self._part, error)
            self._remove_part()
            raise OutputError(
                f"{self._path} can't be written as a video: its pictures ({width}x{height}) may be too odd for it.",
                "Choose another ending for --output, like .avi, or write pictures into a folder.",
            ) from error

    def _failed(self, error: Exception) -> OutputError:
        reason = getattr(error, "strerror", None) or error
        kept = "The video up to here is kept" if self._written else "Nothing was written"
        return OutputError(
            f"{self._path} can't be written any more: {reason}. {kept}.",
            "Free some space, or choose another place for --output.",
        )

    def _remove_part(self) -> None:
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)

    def _check_disk(self) -> None:
        try:
            free = shutil.disk_usage(self._path.parent).free
        except OSError as error:
            raise OutputError(
                f"{self._path} can't be written: {error.strerror}.",
                "Give a place that you may write to, as in --output ~/covered.mp4.",
            ) from error
        if free < _RESERVED_BYTES:
            kept = "The video up to here is kept" if self._written else "Nothing was written"
            raise OutputError(
                f"The disk of {self._path} is full ({free >> 20} MB left). {kept}.",
                "Free some space, or choose another place for --output.",
            )


def _is_readable(path: Path) -> bool:
    """Return whether the first frame of a file can be decoded."""
    try:
        with open_media(path, 1 << 15) as container:
            return next(container.decode(video=0), None) is not None
    except (OSError, IndexError, av.FFmpegError):
        return False
