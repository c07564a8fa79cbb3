"""One grammar for `--source` and one for `--output`: what the user wrote becomes a source or a sink."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from realtime.camera import Camera, CameraInfo, list_cameras
from realtime.controls import Controls
from realtime.errors import CameraError, InputError, UsageError
from realtime.live import Live
from realtime.sinks import (
    VIDEO_SUFFIXES,
    FolderSink,
    NullSink,
    PictureSink,
    Sink,
    Sinks,
    VideoSink,
)
from realtime.sound import check_available
from realtime.sources import PICTURE_SUFFIXES, Demo, Pictures, Source, Video
from realtime.terminal import TerminalSink, keyboard
from realtime.virtual import VirtualCameraSink
from realtime.window import WindowSink, display_works

log = logging.getLogger(__name__)


def open_source(address: str, size_wh: tuple[int, int] = (1280, 720), fps: float = 30.0) -> Source:
    """Open what the user named: auto, demo, N, /dev/videoN, a stream URL, a video, picture or folder, a camera's name.

    size_wh and fps are asked of cameras only. Raises CameraError, InputError or UsageError.
    """
    if address == "auto":
        try:
            return _first_camera(size_wh, fps)
        except CameraError:
            log.warning("No camera delivers a picture, so the built-in demo plays (--source chooses something else).")
            return Demo()
    if address == "demo":
        return Demo()
    if is_camera(address):
        return open_camera(address, size_wh, fps)
    if re.match(r"[a-z][a-z0-9+.-]+://", address, re.IGNORECASE):
        video = Video(address, stream=True)
        return Live(video) if video.paced else video
    path = Path(address).expanduser()
    if path.is_dir() or path.suffix.lower() in PICTURE_SUFFIXES:
        return Pictures(path)
    return Video(str(path))


def open_camera(address: str, size_wh: tuple[int, int] = (1280, 720), fps: float = 30.0) -> Source:
    """Open a camera: auto for the first that works, N, /dev/videoN, or part of its name.

    Raises CameraError, InputError for a name that none has or UsageError for one that several have.
    """
    if address == "auto":
        return _first_camera(size_wh, fps)
    if address.startswith("/dev/"):
        return Live(Camera(address, size_wh, fps))
    device = int(address) if address.isdecimal() else _camera_named(address).device
    return Live(Camera(device, size_wh, fps))


def is_camera(address: str) -> bool:
    """Return whether a source is a camera of this machine: auto, a number, a device or a name."""
    if re.fullmatch(r"auto|\d+|/dev/video\d+", address):
        return True
    path = Path(address).expanduser()
    return not (address == "demo" or "://" in address or path.exists() or path.suffix.lower() in PICTURE_SUFFIXES)


def is_repeatable(address: str) -> bool:
    """Return whether a source gives the same frames whenever it is opened, and is there."""
    return address == "demo" or (Path(address).exists() and not address.startswith("/dev/"))


def _camera_named(name: str) -> CameraInfo:
    """Return the camera whose name holds a text, in any case; loopback devices only if there is no other."""
    found = [camera for camera in list_cameras() if name.casefold() in camera.name.casefold()]
    found = [camera for camera in found if not camera.virtual] or found
    if not found:
        raise InputError(
            f"There is no file or folder {name}, and no camera of that name. Check the path; --list-cameras shows the "
            "cameras, and --help tells what else --source takes."
        )
    if len(found) > 1:
        several = ", ".join(f"{camera.device} ({camera.name})" for camera in found)
        raise UsageError(f"--source {name} fits several cameras: {several}. Give a number, or more of the name.")
    return found[0]


def _first_camera(size_wh: tuple[int, int], fps: float) -> Source:
    """Return the first camera that delivers a frame; loopback devices are outputs, never taken for one."""
    for camera in list_cameras():
        if camera.virtual:
            continue
        try:
            return Live(Camera(camera.device, size_wh, fps))
        except CameraError as error:
            log.debug("%s", error)
    raise CameraError("No camera delivers a picture. Connect one, or close other programs that use it.")


def open_sinks(
    addresses: Sequence[str],
    source: Source,
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


def _with_sound(source: Source, addresses: Sequence[str]) -> Path:
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
    source: Source,
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


def _file_of_now(source: Source) -> str:
    return time.strftime("emoji-camera-%Y%m%d-%H%M%S") + (".png" if source.stills else ".mp4")
