"""Recordings for tests, written with PyAV, and what is told of those that the program wrote."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

# Ticks of a second in the recordings that are made here; every usual rate fits.
TICKS = 90_000


def write_clip(
    path: Path,
    images: Sequence[np.ndarray],
    times_s: Sequence[float],
    codec: str = "libx264",
    tone_s: float = 0.0,
    **about: Any,
) -> Path:
    """Write pictures, uint8 (H, W, 3) BGR, to a video at times of their own, with a tone of 440 Hz beside.

    about: pix_fmt, sound (a codec) and options of the video codec.
    """
    pix_fmt, sound = about.pop("pix_fmt", "yuv420p"), about.pop("sound", "aac")
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=25, options=about)
        video.height, video.width = images[0].shape[:2]
        video.pix_fmt = pix_fmt
        context = video.codec_context
        context.colorspace = context.color_range = context.color_primaries = context.color_trc = 1
        if codec != "mjpeg":
            context.time_base = Fraction(1, TICKS)
        audio = container.add_stream(sound, rate=48_000) if tone_s else None
        for image, time_s in zip(images, times_s, strict=True):
            frame = av.VideoFrame.from_ndarray(image, "bgr24").reformat(
                format=pix_fmt, dst_colorspace=1, dst_color_range=1, interpolation=0x42002
            )
            frame.pts, frame.time_base = round(time_s * TICKS), Fraction(1, TICKS)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None:
            _tone(container, audio, tone_s)
    return path


def _tone(container: Any, audio: Any, seconds: float) -> None:
    wave = (0.3 * np.sin(2 * np.pi * 440 * np.arange(round(48_000 * seconds)) / 48_000)).astype(np.float32)
    for at in range(0, len(wave), 960):
        frame = av.AudioFrame.from_ndarray(wave[None, at : at + 960], "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, at, Fraction(1, 48_000)
        container.mux(audio.encode(frame))
    container.mux(audio.encode(None))


def turned(clip: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Let an .mp4 ask for being turned, as a phone's do: a, b, c and d of its track's matrix."""
    data = bytearray(clip.read_bytes())
    at = data.index(b"tkhd") + 4
    at += 4 + (32 if data[at] == 1 else 20) + 16
    a, b, c, d = (value << 16 for value in matrix)
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    clip.write_bytes(data)
    return clip


def times_of(path: Path) -> list[float]:
    """Return when each frame of a video is shown, in seconds."""
    with av.open(str(path)) as container:
        return [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]


def streams_of(path: Path) -> dict[str, str]:
    """Return the codec of each kind of stream in a file."""
    with av.open(str(path)) as container:
        return {stream.type: stream.codec_context.name for stream in container.streams}


def sound_of(path: Path) -> np.ndarray:
    """Return the sound of a file, float32 (N,), 8000 a second, where it begins at the time 0."""
    resampler = av.AudioResampler("flt", "mono", 8000)
    parts: list[np.ndarray] = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            if not parts and frame.pts:
                parts.append(np.zeros(max(round(float(frame.pts * frame.time_base) * 8000), 0), np.float32))
            parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
    parts += [part.to_ndarray()[0] for part in resampler.resample(None)]
    return np.concatenate(parts)


def tone_hz(path: Path) -> float:
    """Return the strongest frequency of a file's sound."""
    wave = sound_of(path)
    return float(np.fft.rfftfreq(len(wave), 1 / 8000)[np.abs(np.fft.rfft(wave)).argmax()])
