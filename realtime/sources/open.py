"""The grammar of `--source`: what the user wrote becomes a source."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path

from realtime.errors import CameraError, InputError, UsageError
from realtime.images import STILL_SUFFIXES
from realtime.limits import check_file, one_line
from realtime.media import MAX_SIDE_PX
from realtime.sources.animation import Animation, is_animation
from realtime.sources.base import Source
from realtime.sources.camera import Camera, CameraInfo, list_cameras
from realtime.sources.demo import Demo
from realtime.sources.files import Pictures
from realtime.sources.live import Live

log = logging.getLogger(__name__)


def open_source(
    address: str,
    size_wh: tuple[int, int] = (1280, 720),
    fps: float = 30.0,
    max_side_px: int = MAX_SIDE_PX,
    colours: str = "exact",
) -> Source:
    """Open what the user named.

    Args:
        address: auto, demo, N, /dev/videoN, the URL of a stream, a video, picture or folder, or a camera's name.
        size_wh: Width and height in pixels, asked of cameras only.
        fps: Frames a second, asked of cameras only.
        max_side_px: Videos with longer sides are refused.
        colours: Of videos, one of `realtime.sources.base.COLOURS`.

    Returns:
        The open source, to be closed by the caller.

    Raises:
        CameraError: A camera gives no picture.
        InputError: A file or stream can't be read, or there is none of that name.
        UsageError: A name fits several cameras.
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
        return _stream(address, max_side_px)
    path = _path(address)
    check_file(path)
    if is_animation(path):
        return Animation(path)
    if os.path.isdir(path) or path.suffix.lower() in STILL_SUFFIXES:
        return Pictures(path)
    return _video(str(path), max_side_px, colours=colours)


def _stream(address: str, max_side_px: int) -> Source:
    video = _video(address, max_side_px, stream=True)
    return Live(video) if video.paced else video


def _video(address: str, max_side_px: int, stream: bool = False, colours: str = "exact") -> Source:
    # Loaded here, as PyAV takes a tenth of a second that a camera has no use for.
    from realtime.sources.video import Video

    return Video(address, stream, max_side_px, colours)


def open_camera(address: str, size_wh: tuple[int, int] = (1280, 720), fps: float = 30.0) -> Source:
    """Open a camera.

    Args:
        address: auto for the first that works, N, /dev/videoN, or part of a camera's name.
        size_wh: Width and height in pixels.
        fps: Frames a second.

    Returns:
        The open camera, read in a thread of its own, to be closed by the caller.

    Raises:
        CameraError: It gives no picture.
        InputError: No camera has that name.
        UsageError: Several cameras have that name.
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
    path = _path(address)
    there = os.path.exists(path)
    return not (address == "demo" or "://" in address or there or path.suffix.lower() in STILL_SUFFIXES)


def is_repeatable(address: str) -> bool:
    """Return whether a source gives the same frames whenever it is opened, and is there."""
    return address == "demo" or (os.path.exists(address) and not address.startswith("/dev/"))


def _path(address: str) -> Path:
    """Return the path that was meant. pathlib would raise for a home nobody has, and for names that can't exist."""
    return Path(os.path.expanduser(address))


def _camera_named(name: str) -> CameraInfo:
    """Return the camera whose name holds a text, in any case; loopback devices only if there is no other."""
    found = [camera for camera in list_cameras() if name.casefold() in camera.name.casefold()]
    found = [camera for camera in found if not camera.virtual] or found
    if not found:
        raise InputError(
            f"There is no file or folder {one_line(name)}, and no camera of that name.",
            "Check the path; --list-cameras shows the cameras, and --help tells what else --source takes.",
        )
    if len(found) > 1:
        several = ", ".join(f"{camera.device} ({camera.name})" for camera in found)
        raise UsageError(f"--source {name} fits several cameras: {several}.", "Give a number, or more of the name.")
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
    raise CameraError("No camera delivers a picture.", "Connect one, or close other programs that use it.")
