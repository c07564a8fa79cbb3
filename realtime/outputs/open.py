"""The grammar of `--output`: what the user wrote becomes an output."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from realtime.controls import Controls
from realtime.errors import UsageError
from realtime.images import PICTURE_SUFFIXES
from realtime.outputs.files import VIDEO_SUFFIXES, FolderSink, NullSink, PictureSink, Sink, Sinks, VideoSink
from realtime.outputs.keyboard import TerminalSink, keyboard
from realtime.outputs.sound import check_available
from realtime.outputs.virtual_camera import VirtualCameraSink
from realtime.outputs.window import WindowSink, display_works


class Origin(Protocol):
    """Where frames come from; what of a source matters to outputs."""

    name: str
    fps: float
    stills: bool


def open_sinks(
    addresses: Sequence[str],
    source: Origin,
    controls: Controls,
    caption: Callable[[], list[str]],
    size_wh: tuple[int, int] = (1280, 720),
    fps: float = 30.0,
    keep_audio: bool = False,
) -> Sinks:
    """Open what the user named, each: auto, window, virtual[:device], a video or picture file, a folder, or none.

    size_wh and fps are the virtual camera's. keep_audio: carry the sound of a video over to videos. Raises OutputError,
    VirtualCameraError or UsageError.
    """
    sinks: list[Sink] = []
    sound_of = _with_sound(source, addresses) if keep_audio else None
    try:
        for address in addresses:
            sinks.append(_open_sink(address, source, controls, caption, size_wh, fps, sound_of))
        if _watched_without_window(sinks) and (typed := keyboard()) is not None:
            sinks.append(TerminalSink(controls, typed))
    except Exception:
        Sinks(sinks).close()
        raise
    return Sinks(sinks)


def _with_sound(source: Origin, addresses: Sequence[str]) -> Path:
    """Return the video whose sound is to be kept. Raises UsageError where there is none, or nowhere to keep it."""
    path = Path(source.name)
    if source.stills or not path.is_file():
        raise UsageError(f"--keep-audio is for video files, which --source {source.name} is not. Leave it out.")
    if not any(Path(address).suffix.lower() in VIDEO_SUFFIXES for address in addresses):
        raise UsageError("--keep-audio is for videos that are written. Add --output out.mp4, or leave it out.")
    check_available()
    return path


def _watched_without_window(sinks: Sequence[Sink]) -> bool:
    kinds = {type(sink) for sink in sinks}
    return VirtualCameraSink in kinds and WindowSink not in kinds


def _open_sink(
    address: str,
    source: Origin,
    controls: Controls,
    caption: Callable[[], list[str]],
    size_wh: tuple[int, int],
    fps: float,
    sound_of: Path | None,
) -> Sink:
    if address == "auto":
        address = "window" if display_works() else _file_of_now(source)
    if address == "none":
        return NullSink()
    if address == "window":
        return WindowSink(controls, caption)
    kind, _, device = address.partition(":")
    if kind == "virtual":
        return VirtualCameraSink(device or None, size_wh, fps)
    path = Path(address).expanduser()
    suffix = path.suffix.lower()
    if path.is_file() and Path(source.name).is_file() and path.samefile(source.name):
        raise UsageError(f"--output {address} is the source itself, which would be lost. Choose another name.")
    if path.is_dir() or not suffix or address.endswith(("/", "\\")):
        return FolderSink(path, keep_names=source.stills)
    if suffix in VIDEO_SUFFIXES:
        return VideoSink(path, source.fps, sound_of)
    if suffix in PICTURE_SUFFIXES:
        return PictureSink(path)
    raise UsageError(
        f"--output {address} is of no known kind. Videos end in {' '.join(VIDEO_SUFFIXES)}, pictures in .png or .jpg; "
        "a name without an ending is a folder; else auto, window, virtual or none."
    )


def _file_of_now(source: Origin) -> str:
    return time.strftime("emoji-camera-%Y%m%d-%H%M%S") + (".png" if source.stills else ".mp4")
