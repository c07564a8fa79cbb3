"""The last step of a video: its packets are copied into the file that stays, and what comes along from the original."""

from __future__ import annotations

import contextlib
import heapq
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from realtime.images import new_part
from realtime.limits import one_line
from realtime.media import known, open_media
from realtime.outputs.sound import Sound

log = logging.getLogger(__name__)

# What is playable before all of it was loaded has what tells where things are at its beginning.
_FASTSTART = {".mp4": {"movflags": "faststart"}, ".mov": {"movflags": "faststart"}}
# Matroska would number its tracks by chance: the same pictures shall give the same file.
SAME_BYTES = {"fflags": "+bitexact"}
# The subtitles of text that a container takes as they are.
_SUBTITLES = {
    ".mp4": {"mov_text"},
    ".mov": {"mov_text"},
    ".mkv": {"subrip", "ass", "ssa", "webvtt"},
    ".webm": {"webvtt"},
}
# The largest side that a decoder may be asked for; nothing is decoded here.
_ANY_SIDE_PX = 1 << 15

# A packet of a stream of the new file, with the time at which it is due, in seconds.
_Timed = tuple[float, Any]


@dataclass(frozen=True)
class Extras:
    """What is carried over from an original.

    original: the video file. audio: mute, keep or pitch. metadata: whether what it says of itself comes along.
    Chapters, and subtitles of text that the container takes, always do.
    """

    original: Path
    audio: str
    metadata: bool


def finished(part: Path, suffix: str, seconds: float, extras: Extras | None) -> Path:
    """Return the file of a finished video: `part` itself, or another beside it that has taken its place.

    Args:
        part: A whole video without sound.
        suffix: The ending that the video is to have.
        seconds: How long it is; nothing that is carried over is longer.
        extras: What is carried over; None where there is no original.

    What can't be carried over is told of in a warning. Where there is no room for a copy, `part` stays.
    """
    if extras is not None and not _has_any(extras, suffix):
        extras = None
    if extras is None and suffix not in _FASTSTART:
        return part
    for wanted in dict.fromkeys((extras, None)):
        try:
            whole = new_part(part, suffix)
        except OSError as error:
            log.debug("%s: %s", part, error)
            return part
        try:
            _copy(part, whole, seconds, wanted)
        except (OSError, ValueError, ArithmeticError, av.FFmpegError) as error:
            with contextlib.suppress(OSError):
                whole.unlink(missing_ok=True)
            _tell(error, wanted)
        else:
            part.unlink(missing_ok=True)
            return whole
    return part


def _tell(error: Exception, extras: Extras | None) -> None:
    reason = one_line(getattr(error, "strerror", None) or error).rstrip(".")
    if extras is None:
        log.warning(
            "There was no room to let the video begin before it is loaded: %s. It is whole all the same.", reason
        )
    else:
        what = "sound" if extras.audio != "mute" else "chapters and subtitles"
        log.warning(
            "The %s of %s could not be kept: %s. The video is written without it.", what, extras.original, reason
        )


def _has_any(extras: Extras, suffix: str) -> bool:
    """Return whether an original has something that can be carried over."""
    try:
        with open_media(extras.original, _ANY_SIDE_PX) as source:
            sound = extras.audio != "mute" and bool(known(source.streams.audio))
            return suffix != ".gif" and bool(sound or extras.metadata or source.chapters() or source.streams.subtitles)
    except OSError:
        return extras.audio != "mute"  # it is told of when it is tried


def _copy(part: Path, whole: Path, seconds: float, extras: Extras | None) -> None:
    with contextlib.ExitStack() as held:
        video = held.enter_context(open_media(part, _ANY_SIDE_PX))
        options = _FASTSTART.get(whole.suffix, {}) | SAME_BYTES
        result = held.enter_context(av.open(f"file:{whole.absolute()}", "w", options=options))
        written = video.streams.video[0]
        stream = result.add_stream_from_template(written, opaque=True)
        if stream.codec_context.codec.canonical_name == "hevc" and whole.suffix in _FASTSTART:
            stream.codec_context.codec_tag = "hvc1"
        parts: list[Iterator[_Timed]] = [_packets(video, written, stream, _start_s(written), float("inf"))]
        if extras is not None:
            parts += _carried_over(extras, whole.suffix, result, seconds, held)
        for _, packet in heapq.merge(*parts, key=lambda timed: timed[0]):
            result.mux(packet)


def _carried_over(
    extras: Extras, suffix: str, result: Any, seconds: float, held: contextlib.ExitStack
) -> Iterator[Iterator[_Timed]]:
    """Add the streams of an original to a file; give the packets of each."""
    source = held.enter_context(open_media(extras.original, _ANY_SIDE_PX))
    origin_s = _start_s(source.streams.video[0])
    if extras.metadata:
        result.metadata.update(source.metadata)
    result.set_chapters(list(_chapters(source, origin_s, seconds)))
    if extras.audio != "mute" and (heard := known(source.streams.audio)):
        sound = Sound(heard[0], result, suffix, extras.audio == "pitch")
        yield sound.packets(source, origin_s, seconds)
    for subtitles in known(source.streams.subtitles):
        name = subtitles.codec_context.codec.canonical_name
        if name not in _SUBTITLES.get(suffix, ()):
            log.warning("The subtitles of %s (%s) can't be kept in a %s file.", extras.original, name, suffix)
            continue
        again = held.enter_context(open_media(extras.original, _ANY_SIDE_PX))
        copied = result.add_stream_from_template(subtitles, opaque=True)
        copied.metadata.update({key: subtitles.metadata[key] for key in ("language",) if key in subtitles.metadata})
        yield _packets(again, again.streams[subtitles.index], copied, origin_s, seconds)


def _start_s(stream: Any) -> float:
    """Return the time of a stream's first frame, in seconds."""
    return float((stream.start_time or 0) * stream.time_base)


def _chapters(source: Any, origin_s: float, seconds: float) -> Iterator[Any]:
    for chapter in source.chapters():
        base = chapter["time_base"]
        if not base:
            continue
        start, end = (max(chapter[edge] - round(origin_s / base), 0) for edge in ("start", "end"))
        if start * base < seconds:
            yield chapter | {"start": start, "end": min(end, round(seconds / base))}


def _packets(source: Any, stream: Any, copied: Any, origin_s: float, seconds: float) -> Iterator[_Timed]:
    """Give the packets of a stream for another, their times since an origin, until some time."""
    origin = round(origin_s / stream.time_base)
    for packet in _in_order(source.demux(stream)):
        packet.pts, packet.dts = packet.pts - origin, packet.dts - origin
        time_s = float(packet.dts * packet.time_base)
        if time_s >= seconds:
            return
        if packet.pts + (packet.duration or 0) >= 0:
            packet.stream = copied
            yield time_s, packet


def _in_order(packets: Iterable[Any]) -> Iterator[Any]:
    """Give all packets with a time of decoding, which a Matroska file leaves out for the first."""
    waiting: list[Any] = []
    for packet in packets:
        if packet.size == 0 or packet.pts is None:  # nothing but the end
            continue
        if packet.dts is not None:
            yield from _dated(waiting, packet.dts)
            waiting = []
            yield packet
        else:
            waiting.append(packet)
    if waiting:
        yield from _dated(waiting, min(packet.pts for packet in waiting) + 1)


def _dated(packets: Sequence[Any], before: int) -> Iterator[Any]:
    """Give packets with times of decoding that rise up to a time, in ticks of their stream."""
    for back, packet in zip(range(len(packets), 0, -1), packets, strict=True):
        packet.dts = before - back * max(packet.duration or 1, 1)
        yield packet
