"""Video files and streams, read by PyAV."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av

from realtime.errors import InputError
from realtime.limits import check_file, check_size
from realtime.media import MAX_SIDE_PX, STREAM_TIMEOUT_S, known, open_media, open_stream
from realtime.records import Frame
from realtime.sources.pixels import ToPixels, said_of

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame

log = logging.getLogger(__name__)

# For files that name no frame rate, or an absurd one.
_FALLBACK_FPS = 30.0
# A time stamp further ahead than this, in what does not say how long it is, is taken for damage.
_LONGEST_GAP_S = 10.0
# The same in what says how long it is: where few frames are far apart, that need not hold the last of them.
_LONGEST_KNOWN_GAP_S = 60.0
# What is missing at the end of a file that says how long it is, before a word is said of it.
_MISSING_S = 1.0
# A frame so little ahead is reached by decoding on; others by a key frame.
_NEAR_S = 1.0
# The times of two frames differ by more than this.
_SAME_S = 1e-4
# Threads that decode; more are of no use, and each holds frames.
_THREADS = min(os.cpu_count() or 1, 4)


class Video:
    """A video file, or what a stream address gives, frame by frame in order, upright, at the times the file says."""

    stills = False
    idle = False
    dropped = 0

    def __init__(
        self, address: str, stream: bool = False, max_side_px: int = MAX_SIDE_PX, colours: str = "exact"
    ) -> None:
        """Open it.

        Args:
            address: The path of a file, or the address of a stream.
            stream: Whether it is an address. What sends in real time is then `paced`.
            max_side_px: What has longer sides is refused.
            colours: One of `realtime.sources.base.COLOURS`.

        Raises:
            InputError: Nothing there can be opened as a video, or its frames are too large.
        """
        self.name = address
        self.reads = _files(address, stream)
        self.ended = False
        for file in self.reads:
            check_file(file)
        self._max_side_px = max_side_px
        try:
            opened = open_media(self.reads[0], max_side_px) if self.reads else open_stream(address, max_side_px)
        except OSError as error:
            raise _unreadable(address, stream) from error
        self._container = opened
        try:
            self._begin(opened, stream, colours)
        except BaseException:
            opened.close()
            raise

    def _begin(self, container: InputContainer, stream: bool, colours: str) -> None:
        pictures = [one for one in container.streams.video if not one.disposition & av.stream.Disposition.attached_pic]
        if not pictures:
            raise InputError(f"{self.name} holds no picture, only sound or text.", "Give a video.")
        if not (pictures := known(pictures)):
            raise InputError(
                f"{self.name} is a video of a kind that is not known here.",
                "Save it anew as an MP4 file, and give that one.",
            )
        self._stream = video = pictures[0]
        self._check(video.width, video.height)
        video.thread_type = "AUTO"
        video.codec_context.thread_count = _THREADS
        rate = float(video.average_rate or video.guessed_rate or 0)
        self.fps = rate if 1 <= rate <= 240 else _FALLBACK_FPS
        # How long it is, in seconds; None where it does not say.
        self.length_s = _length_s(container, video)
        self.paced = stream and not self.reads and self.length_s is None
        self._to_pixels = ToPixels(float(video.sample_aspect_ratio or 1), colours)
        self._frames = self._decoded()
        self._origin_s: float | None = None
        self._index = 0
        self._time_s = 0.0
        self._broken = 0

    def read(self) -> Frame | None:
        """Return the next frame; None at the end. Raises InputError when not even the first can be decoded."""
        decoded = None if self.ended else next(self._frames, None)
        if decoded is None:
            self._end()
            return None
        self._check(decoded.width, decoded.height)
        if self._index == 0 and (told := said_of(decoded)):
            log.warning("%s is %s, and is converted to 8 bits of BT.709.", self.name, told)
        image, coded = self._to_pixels(decoded)
        time_s = self._time_of(decoded)
        frame = Frame(image, self._index, time.monotonic() if self.paced else time_s, self.name, coded)
        self._index += 1
        return frame

    def read_at(self, time_s: float) -> Frame | None:
        """Return the frame of a time, and go on from it; None where it is not found, as in a damaged file.

        Args:
            time_s: of one of the frames that `read` gives.
        """
        if self._origin_s is None or self.ended:
            return None
        if not self._time_s < time_s < self._time_s + _NEAR_S:
            self._seek(time_s)
        for decoded in self._frames:
            if decoded.pts is None or decoded.time_base is None:
                return None
            self._time_s = float(decoded.pts * decoded.time_base) - self._origin_s
            if self._time_s >= time_s - _SAME_S:
                same = self._time_s < time_s + _SAME_S
                return Frame(self._to_pixels(decoded)[0], 0, time_s, self.name) if same else None
        return None

    def _seek(self, time_s: float) -> None:
        """Go to the last key frame before a time."""
        self._frames.close()
        stamp = ((self._origin_s or 0.0) + time_s) / float(self._stream.time_base or 1)
        with contextlib.suppress(av.FFmpegError, ValueError):
            self._container.seek(math.floor(stamp), stream=self._stream)
        self._frames = self._decoded()

    def stop(self) -> None:
        """End the source."""
        self.ended = True

    def close(self) -> None:
        """Close the file or the connection."""
        self.ended = True
        self._frames.close()
        self._to_pixels.close()
        self._container.close()

    def _decoded(self) -> Generator[VideoFrame, None, None]:
        """Give what can be decoded; what is broken between is left out, and the end comes early where a file is cut."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except (av.FFmpegError, ValueError) as error:
                log.debug("%s: %s", self.name, error)
                packet = None
            if packet is None:
                break
            yield from self._frames_of(packet.decode)
        # Where reading failed, the decoder still holds the last frames.
        yield from self._frames_of(lambda: self._stream.decode(None))

    def _frames_of(self, decode: Any) -> Generator[VideoFrame, None, None]:
        try:
            frames = decode()
        except EOFError:
            return
        except (av.FFmpegError, ValueError) as error:
            log.debug("%s: %s", self.name, error)
            self._broken += 1
            return
        for frame in frames:
            if frame.is_corrupt:
                self._broken += 1
            else:
                yield frame

    def _time_of(self, frame: VideoFrame) -> float:
        """Return the frame's time since the first one's, which rises from frame to frame."""
        stamp_s = None if frame.pts is None or frame.time_base is None else float(frame.pts * frame.time_base)
        if self._index == 0:
            self._origin_s = stamp_s
            return 0.0
        by_rate_s = self._time_s + 1 / self.fps
        if stamp_s is None:
            self._time_s = by_rate_s
            return by_rate_s
        if self._origin_s is None:
            self._origin_s = stamp_s - by_rate_s
        gap_s = _LONGEST_GAP_S if self.length_s is None else self.length_s + _LONGEST_KNOWN_GAP_S
        if not self._time_s < stamp_s - self._origin_s < by_rate_s + gap_s:
            # The stamps of damaged files jump; what follows is as far from here as it was from there.
            self._origin_s = stamp_s - by_rate_s
        self._time_s = stamp_s - self._origin_s
        return self._time_s

    def _check(self, width: int, height: int) -> None:
        if max(width, height) > self._max_side_px:
            raise InputError(
                f"{self.name} is too large: {width}x{height}. Videos with sides of up to {self._max_side_px} pixels "
                "are read.",
                "Make it smaller, or allow more with --max-size.",
            )
        check_size(self.name, (width, height))

    def _end(self) -> None:
        if self.ended:
            return
        self.ended = True
        self._frames.close()
        self._container.close()
        if self._index == 0:
            raise InputError(
                f"{self.name} holds no picture that can be decoded. It may be cut off or damaged.",
                "Save it anew as an MP4 file, and give that one.",
            )
        if self._broken and not self.paced:
            log.warning("%s is damaged: of %d pictures nothing could be read.", self.name, self._broken)
        # Containers round their length, so only a real gap is worth a word.
        end_s = self._time_s + 1 / self.fps
        if not self.paced and self.length_s is not None and end_s < 0.95 * self.length_s - _MISSING_S:
            log.warning("%s ends early: %.1f of %.1f s could be read.", self.name, end_s, self.length_s)


def _length_s(container: InputContainer, video: Any) -> float | None:
    if video.duration is not None and video.time_base is not None and video.duration > 0:
        return float(video.duration * video.time_base)
    if container.duration is not None and container.duration > 0:
        return container.duration / av.time_base
    return None


def _unreadable(address: str, stream: bool) -> InputError:
    if stream:
        return InputError(
            f"{address} is no stream that answers within {STREAM_TIMEOUT_S:.0f} s.",
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
