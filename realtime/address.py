"""One grammar for `--source`: what the user wrote becomes a source."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from realtime.camera import Camera, list_cameras
from realtime.errors import CameraError, InputError
from realtime.live import Live
from realtime.sources import PICTURE_SUFFIXES, Demo, Pictures, Source, Video

log = logging.getLogger(__name__)


def open_source(address: str, size_wh: tuple[int, int] = (1280, 720), fps: float = 30.0) -> Source:
    """Open what the user named: auto, N, /dev/videoN, a video, picture or folder, a stream URL, or demo.

    size_wh and fps are asked of cameras only. Raises CameraError or InputError.
    """
    if address == "auto":
        return _first_camera(size_wh, fps) or Demo()
    if address == "demo":
        return Demo()
    if re.fullmatch(r"\d+", address):
        return Live(Camera(int(address), size_wh, fps))
    if re.fullmatch(r"/dev/video\d+", address):
        return Live(Camera(address, size_wh, fps))
    if re.match(r"[a-z][a-z0-9+.-]+://", address, re.IGNORECASE):
        return Live(Video(address, paced=True))
    path = Path(address).expanduser()
    if path.is_dir() or path.suffix.lower() in PICTURE_SUFFIXES:
        return Pictures(path)
    if not path.exists():
        raise InputError(
            f"There is no file or folder {address}. Check the path; --help tells what else --source takes."
        )
    return Video(str(path))


def _first_camera(size_wh: tuple[int, int], fps: float) -> Source | None:
    """Return the first camera that delivers a frame; loopback devices are outputs, never taken for one."""
    for camera in list_cameras():
        if camera.virtual:
            continue
        try:
            return Live(Camera(camera.device, size_wh, fps))
        except CameraError as error:
            log.debug("%s", error)
    log.warning("No camera delivers a picture, so the built-in demo plays (--source chooses something else).")
    return None
