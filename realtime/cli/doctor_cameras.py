"""What the doctor looks at in cameras: whether they may be opened, give pictures, and how many a second."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from realtime import v4l2loopback as loopback
from realtime.cli.doctor_checks import Check

if TYPE_CHECKING:
    from realtime.sources.camera import Camera, CameraInfo

# A camera's first frames come from its buffers, faster than it makes them.
_BUFFERED_FRAMES = 5
# A camera that gives fewer frames a second is slow.
_SLOW_FPS = 15.0
# What to do where devices are there and this user may not open them.
_GROUP = "Run 'sudo usermod -aG video $USER', log out and log in again."


def cameras(seconds: float = 1.0) -> Check:
    """Open every real camera and measure its frame rate. None at all is no fault: files are covered without one.

    Args:
        seconds: How long each is measured.
    """
    from realtime.sources import camera

    real = [info for info in camera.list_cameras() if not info.virtual]
    if not real and (barred := _barred()):
        return Check("cameras", "fault", f"You may not open {', '.join(barred)}.", _GROUP)
    if not real:
        remedy = "Connect one, or allow its use in the system's privacy settings; files and --source demo need none."
        return Check("cameras", "warning", "No camera found.", remedy)
    seen = [_seen(info, seconds) for info in real]
    text = "; ".join(check.text for check in seen)
    remedies = [check.remedy for check in seen if check.state != "ok"]
    if all(check.state == "fault" for check in seen):
        return Check("cameras", "fault", f"{text}.", remedies[0])
    return Check("cameras", "warning" if remedies else "ok", text + "." * bool(remedies), "".join(remedies[:1]))


def _seen(info: CameraInfo, seconds: float) -> Check:
    """Return what one camera gives."""
    from realtime.errors import CameraError
    from realtime.sources import camera

    name = f"{info.device} {info.name or 'unnamed'}"
    try:
        opened = camera.Camera(info.device)
    except CameraError as error:
        why = error.what.removeprefix(f"Camera {info.device} ").split(". ")[0].rstrip(".")
        return Check(name, "fault", f"{name}: {why}", error.remedy)
    try:
        size, rate = _size_and_rate(opened, seconds)
    finally:
        opened.close()
    if rate < _SLOW_FPS:
        remedy = "Make more light, which cameras need to be fast; use another USB port; or give a smaller --size."
        return Check(name, "warning", f"{name}: {size}, only {rate:.1f} frames a second", remedy)
    return Check(name, "ok", f"{name}: {size}, {rate:.1f} frames a second")


def _barred(folder: Path = Path("/dev")) -> list[str]:
    """Return the devices of cameras that this user may not open, which are in no list of cameras; Linux only."""
    if not sys.platform.startswith("linux"):
        return []
    return sorted(
        str(path)
        for path in folder.glob("video[0-9]*")
        if not loopback.is_loopback(int(path.name[5:])) and not os.access(path, os.R_OK | os.W_OK)
    )


def _size_and_rate(opened: Camera, seconds: float) -> tuple[str, float]:
    """Return a camera's size, as text, and the frames it gives in a second."""
    size, count, start = "unknown size", 0, time.monotonic()
    until = start + seconds
    while time.monotonic() < until:
        frame = opened.read()
        if frame is None:
            continue
        count += 1
        size = f"{frame.image.shape[1]}x{frame.image.shape[0]}"
        if count == _BUFFERED_FRAMES:
            start = time.monotonic()
    late = count - _BUFFERED_FRAMES if count > _BUFFERED_FRAMES else count
    return size, late / max(time.monotonic() - start, 1e-3)
