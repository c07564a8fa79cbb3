"""How a video is encoded: which codec a container takes, what a quality means to it, and the encoder itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.video.frame import PictureType
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from realtime.errors import UsageError
from realtime.outputs.base import Recording
from realtime.outputs.to_yuv import ToYuv420
from realtime.records import Coded
from realtime.stills import in_few_colours

# Ticks of a second: every usual frame rate fits without rounding.
TICKS = 90_000
# From one frame that stands by itself to the next; so much is lost at most when the program is killed.
_KEY_FRAME_S = 2.0
# Who encodes a camera's pictures must leave it the processor; more than two threads are of no use at these presets.
_THREADS = 2
# A GIF counts hundredths of a second, and players take less than two of them for ten.
_GIF_TICKS, _GIF_LEAST = 100, 2


@dataclass(frozen=True)
class Codec:
    """An encoder. options: of FFmpeg's, from a quality (0 to 100) and whether the frames come live."""

    encoder: str
    options: Callable[[int, bool], dict[str, str]]
    pix_fmt: str = "yuv420p"


def _crf(at_0: float, step: float, quality: int) -> str:
    """Return a constant rate factor, of which less is better."""
    return str(round(at_0 - step * quality))


# Live, the fastest preset: the others take more than twice the time of the MPEG-4 that was written before.
_CODECS = {
    "h264": Codec("libx264", lambda q, live: {"preset": "ultrafast" if live else "veryfast", "crf": _crf(44, 0.4, q)}),
    "hevc": Codec(
        "libx265",
        lambda q, live: {
            "preset": "ultrafast" if live else "superfast",
            "crf": _crf(47, 0.4, q),
            "x265-params": "log-level=none:pools=2",
        },
    ),
    "av1": Codec(
        "libsvtav1",
        lambda q, live: {"preset": "12" if live else "10", "crf": _crf(60, 0.5, q), "svtav1-params": "lp=2"},
    ),
    "vp9": Codec(
        "libvpx-vp9",
        lambda q, live: {"deadline": "realtime", "cpu-used": "8" if live else "6", "crf": _crf(62, 0.5, q), "b": "0"},
    ),
    "mjpeg": Codec("mjpeg", lambda q, live: {"qmin": "2", "qmax": "31", "qscale": _crf(14, 0.12, q)}, "yuvj420p"),
    "gif": Codec("gif", lambda q, live: {}, "pal8"),
}
# What a container is written with, the first by default.
_OF_CONTAINER = {
    ".mp4": ("h264", "hevc", "av1"),
    ".mov": ("h264", "hevc", "av1"),
    ".mkv": ("h264", "hevc", "av1"),
    ".webm": ("vp9", "av1"),
    ".avi": ("mjpeg",),
    ".gif": ("gif",),
}


def codec_for(path: Path, wanted: str | None) -> Codec:
    """Return how a file is encoded. Raises UsageError where its container does not take the codec that is wanted."""
    possible = _OF_CONTAINER[path.suffix.lower()]
    if wanted is not None and wanted not in possible:
        others = [name for name in possible if name in ("h264", "hevc", "av1")]
        remedy = f"Choose --codec {' or '.join(others)}, or leave it out." if others else "Leave it out."
        raise UsageError(f"A {path.suffix.lower()} file can't hold --codec {wanted}.", remedy)
    return _CODECS[wanted or possible[0]]


def takes_coded(path: Path, wanted: str | None) -> bool:
    """Return whether what is written to a file has all of a `Coded` frame that nobody drew over."""
    return codec_for(path, wanted).pix_fmt == "yuv420p"


def _tells_of(coded: Coded, image: np.ndarray) -> bool:
    """Return whether a picture can be told from what was coded."""
    return image is coded.image or (not coded.stands_in and image.shape == coded.image.shape)


class Encoder:
    """Encodes frames of one size into the video stream of a container.

    Where the codec halves the colours' resolution, a last row or column without a partner is repeated once: the
    picture of an odd size gets one pixel wider or higher, and loses none.
    """

    def __init__(
        self,
        container: Any,
        suffix: str,
        size_wh: tuple[int, int],
        fps: float,
        recording: Recording,
        live: bool,
    ) -> None:
        """Add the stream.

        Args:
            container: PyAV's, open for writing.
            suffix: The ending of the finished file, which tells its container.
            size_wh: Of the frames, in pixels.
            fps: Nominal frames a second.
            recording: What the user wants.
            live: Whether somebody waits for the frames, so that speed matters more than size.

        Raises:
            UsageError: The container does not take the codec.
            OSError: The encoder can't be opened.
        """
        codec = codec_for(Path(f"a{suffix}"), recording.codec)
        self._container = container
        self._is_gif = codec.encoder == "gif"
        self._rate = Fraction(fps).limit_denominator(1001)
        # An AVI counts frames: each stands at the number next to its time.
        self._ticks = {"gif": Fraction(_GIF_TICKS), "mjpeg": self._rate}.get(codec.encoder, Fraction(TICKS))
        self._full = codec.pix_fmt == "yuvj420p"
        self._stream = container.add_stream(
            codec.encoder, rate=self._rate, options=codec.options(recording.quality, live)
        )
        self._set_up(size_wh, codec)
        self._last: int | None = None
        self._key_s = 0.0

    def _set_up(self, size_wh: tuple[int, int], codec: Codec) -> None:
        width, height = size_wh
        if not self._is_gif:
            width, height = width + width % 2, height + height % 2
            self._to_yuv = ToYuv420((width, height), self._full)
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = codec.pix_fmt
        self._stream.time_base = 1 / self._ticks
        context = self._stream.codec_context
        context.time_base = 1 / self._ticks
        context.thread_count = _THREADS
        context.gop_size = max(round(_KEY_FRAME_S * self._rate), 1)
        if codec.encoder == "libx265":
            context.codec_tag = "hvc1"  # by which Apple's players know it
        if not self._is_gif:
            context.colorspace = Colorspace.ITU601 if self._full else Colorspace.ITU709  # MJPEG knows BT.601 alone
            context.color_range = ColorRange.JPEG if self._full else ColorRange.MPEG
            context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709

    def encode(self, image: np.ndarray, time_s: float, coded: Coded | None = None) -> None:
        """Write a picture.

        Args:
            image: uint8 (H, W, 3) BGR.
            time_s: Since the beginning.
            coded: What it was made from, where that is known: what both show alike is not rounded again.

        Raises:
            OSError: It can't be written.
        """
        pts = round(time_s * self._ticks)
        least = _GIF_LEAST if self._is_gif else 1
        pts = pts if self._last is None else max(pts, self._last + least)
        self._last = pts
        frame = self._prepared(image, coded)
        frame.pts, frame.time_base = pts, 1 / self._ticks
        if time_s - self._key_s >= _KEY_FRAME_S:
            frame.pict_type, self._key_s = PictureType.I, time_s
        self._mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Write what the encoder still holds. Raises OSError."""
        self._mux(self._stream.encode(None))

    def _prepared(self, image: np.ndarray, coded: Coded | None) -> av.VideoFrame:
        if self._is_gif:
            indexes, colours = in_few_colours(image)
            opaque = np.full((len(colours), 1), 255, np.uint8)
            return av.VideoFrame.from_ndarray(cast(Any, (indexes, np.hstack((opaque, colours)))), "pal8")
        if coded is not None and not self._full and _tells_of(coded, image):
            return self._to_yuv.over(coded, image)
        height, width = image.shape[:2]
        if height % 2 or width % 2:
            image = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), "edge")
        return self._to_yuv(np.ascontiguousarray(image))

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            if not packet.duration:  # without one, the last frame of a file would be shown for no time
                packet.duration = max(round(self._ticks / self._rate), 1)
            self._container.mux(packet)
