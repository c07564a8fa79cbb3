"""The sound of a video on its way into another: copied, encoded anew, or with another pitch."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.filter import Graph

# What a container takes as it is; everything else is encoded anew, with the codec that stands first here.
_CODECS = {
    ".mp4": ("aac", "mp3", "opus", "ac3", "eac3", "alac", "flac"),
    ".mov": ("aac", "mp3", "alac", "ac3", "eac3", "pcm_s16le", "pcm_s24le", "pcm_s16be"),
    ".mkv": ("aac", "mp3", "opus", "vorbis", "flac", "ac3", "eac3", "dts", "alac", "pcm_s16le", "pcm_s24le"),
    ".webm": ("opus", "vorbis"),
    ".avi": ("aac", "mp3", "ac3", "pcm_s16le"),
}
_ENCODERS = {"aac": "aac", "opus": "libopus"}
_OPUS_RATE = 48_000
# Semitones. Enough that a voice is not known at once; not so much that it is hard to understand. It can be undone.
_SHIFT = -4.0
# Gaps of the sound longer than this, in seconds, become silence, so that it stays with the picture.
_FILLED_S = 0.02


class Sound:
    """Gives the packets of a sound stream for the stream of another file, which it adds."""

    def __init__(self, stream: Any, result: Any, suffix: str, shifted: bool) -> None:
        """Add the stream.

        Args:
            stream: PyAV's, of the original.
            result: PyAV's container, open for writing.
            suffix: Its ending.
            shifted: Whether the voice is to get another pitch.

        Raises:
            ValueError: It would be encoded anew, and the original does not say how fast its samples follow.
        """
        self._stream, self._shifted = stream, shifted
        possible = _CODECS[suffix]
        self._copied = not shifted and stream.codec_context.codec.canonical_name in possible
        if self._copied:
            self._added = result.add_stream_from_template(stream, opaque=True)
            return
        codec = possible[0]
        self._rate = _OPUS_RATE if codec == "opus" else stream.codec_context.sample_rate
        if not self._rate:
            raise ValueError("its sample rate is not known")
        self._layout = "mono" if stream.codec_context.channels == 1 else "stereo"
        self._added = result.add_stream(_ENCODERS[codec], rate=self._rate, layout=self._layout)

    def packets(self, source: Any, origin_s: float, seconds: float) -> Iterator[tuple[float, Any]]:
        """Give packets, each with its time in seconds, from an origin in the original on and for so many seconds."""
        return (self._copies if self._copied else self._encoded)(source, origin_s, seconds)

    def _copies(self, source: Any, origin_s: float, seconds: float) -> Iterator[tuple[float, Any]]:
        origin = round(origin_s / self._stream.time_base)
        for packet in source.demux(self._stream):
            if packet.size == 0 or packet.pts is None:  # nothing but the end
                continue
            packet.pts -= origin
            packet.dts = packet.pts  # sound is decoded in the order in which it is heard
            time_s = float(packet.pts * packet.time_base)
            if time_s >= seconds:
                return
            if packet.pts + (packet.duration or 0) > 0:
                packet.stream = self._added
                yield time_s, packet

    def _encoded(self, source: Any, origin_s: float, seconds: float) -> Iterator[tuple[float, Any]]:
        at, most = 0, round(seconds * self._rate)
        for samples in self._continuous(source, origin_s):
            left = most - at
            if left <= 0:
                break
            frame = samples if samples.samples <= left else _cut(samples, left, self._layout)
            frame.sample_rate, frame.pts, frame.time_base = self._rate, at, Fraction(1, self._rate)
            at += frame.samples
            yield from ((at / self._rate, packet) for packet in self._added.encode(frame))
        yield from ((at / self._rate, packet) for packet in self._added.encode(None))

    def _continuous(self, source: Any, origin_s: float) -> Iterator[Any]:
        """Give the sound from the origin on without gaps, with the pitch that is wanted."""
        resampler = av.AudioResampler("fltp", self._layout, self._rate)
        graph = self._graph()
        for decoded in _frames(source, self._stream):
            for frame in resampler.resample(decoded):
                if frame.pts is not None and frame.time_base is not None:
                    frame.pts = round((frame.pts * frame.time_base - Fraction(origin_s)) * self._rate)
                    frame.time_base = Fraction(1, self._rate)
                graph.push(frame)
            yield from _pulled(graph)
        graph.push(None)
        yield from _pulled(graph)

    def _graph(self) -> Any:
        graph, rate = Graph(), self._rate
        nodes = [
            graph.add_abuffer(sample_rate=rate, format="fltp", layout=self._layout, time_base=Fraction(1, rate)),
            graph.add("aresample", f"{rate}:async={rate}:first_pts=0:min_hard_comp={_FILLED_S}"),
        ]
        if self._shifted:
            lower = round(rate * 2 ** (_SHIFT / 12))
            lowered = [
                ("asetrate", str(lower)),
                ("aresample", str(rate)),
                ("atempo", f"{rate / lower:.12f}"),
            ]
            nodes += [graph.add(name, value) for name, value in lowered]
        nodes.append(graph.add("aformat", f"sample_fmts=fltp:sample_rates={rate}:channel_layouts={self._layout}"))
        nodes.append(graph.add("abuffersink"))
        graph.link_nodes(*nodes).configure()
        return graph


def _frames(source: Any, stream: Any) -> Iterator[Any]:
    """Give what can be decoded of a sound stream; what is broken between is left out."""
    for packet in source.demux(stream):
        try:
            yield from packet.decode()
        except (av.FFmpegError, ValueError):
            continue


def _pulled(graph: Any) -> Iterator[Any]:
    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def _cut(frame: Any, samples: int, layout: str) -> Any:
    """Return the first samples of a frame."""
    return av.AudioFrame.from_ndarray(frame.to_ndarray()[:, :samples].copy(), "fltp", layout)
