"""Linux's virtual video devices (v4l2loopback), which one program writes and others read as a camera."""

from __future__ import annotations

import contextlib
import logging
import os
import struct
import sys
from pathlib import Path

log = logging.getLogger(__name__)

# What meeting programs call the device, if the module is loaded by this command.
LABEL = "Emoji Camera"
LOAD_COMMAND = f'sudo modprobe v4l2loopback devices=1 exclusive_caps=1 card_label="{LABEL}"'
# The same for a module that is loaded and has no such device; versions before 0.13 can't do it.
ADD_COMMAND = f'sudo v4l2loopback-ctl add -x 1 -n "{LABEL}"'

_FOLDER = Path("/sys/devices/virtual/video4linux")

# Linux's VIDIOC_QUERYCAP, like all the numbers below from videodev2.h.
_QUERYCAP = 0x80685600
# Size of struct v4l2_capability, the answer to VIDIOC_QUERYCAP.
_QUERYCAP_BYTES = 104
# Where device_caps begins in struct v4l2_capability.
_DEVICE_CAPS_AT = 88
# VIDIOC_STREAMON.
_STREAMON = 0x40045612
# V4L2_CAP_VIDEO_CAPTURE: programs can read the device as a camera.
_CAN_CAPTURE = 0x1
# V4L2_CAP_VIDEO_OUTPUT: a program can write to the device.
_CAN_OUTPUT = 0x2
# V4L2_BUF_TYPE_VIDEO_OUTPUT.
_BUFFERS_FOR_OUTPUT = 2


def devices() -> list[str]:
    """Return the paths of this machine's virtual video devices; none except on Linux."""
    return [f"/dev/{path.name}" for path in sorted(_FOLDER.glob("video*"))]


def label(path: str) -> str:
    """Return what a virtual video device is called, as meeting programs show it; empty if that can't be told."""
    with contextlib.suppress(OSError):
        return (_FOLDER / Path(path).name / "name").read_text(encoding="utf-8", errors="replace").strip()
    return ""


def find(name: str) -> str | None:
    """Return the path of the virtual video device that somebody names; None if there is none.

    Args:
        name: Its path, its number, its label or a part of that. A path is taken as it is.
    """
    if name.startswith("/"):
        return name
    if name.isdecimal():
        return f"/dev/video{int(name)}"
    labels = {path: label(path).lower() for path in devices()}
    exact = [path for path, text in labels.items() if text == name.lower()]
    return next(iter(exact or [path for path, text in labels.items() if name.lower() in text]), None)


def described() -> str:
    """Return the virtual video devices with their labels, for people; empty if there are none."""
    return ", ".join(f"{path} '{text}'" if (text := label(path)) else path for path in devices())


def is_loopback(index: int) -> bool:
    """Return whether /dev/videoN is a virtual device."""
    return (_FOLDER / f"video{index}").exists()


def holders(path: str, processes: Path = Path("/proc")) -> list[Path]:
    """Return the folders, like /proc/123, of the other processes that have a device open, where this user may look."""
    return [process for process in processes.glob("[0-9]*") if holds(process, path)]


def holds(process: Path, path: str) -> bool:
    """Return whether another process, given by its folder, has a device open; false if this user may not look."""
    with contextlib.suppress(OSError):  # it is somebody else's, or has ended
        return process.name != str(os.getpid()) and any(os.readlink(f) == path for f in (process / "fd").iterdir())
    return False


def unstick(path: str) -> None:
    """Let a v4l2loopback device be written again after a writer has left it.

    With exclusive_caps, version 0.12 takes no new writer after one that used plain writes, as pyvirtualcam does: the
    device is then neither a camera nor an output. Announcing a stream and leaving at once puts it right. A device in
    any other state is left alone.
    """
    if not sys.platform.startswith("linux") or not path.startswith("/dev/"):
        return
    import fcntl  # not on Windows

    with contextlib.suppress(OSError):
        device = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        try:
            answer = fcntl.ioctl(device, _QUERYCAP, bytes(_QUERYCAP_BYTES))
            (can,) = struct.unpack_from("=I", answer, _DEVICE_CAPS_AT)
            if not can & (_CAN_CAPTURE | _CAN_OUTPUT):
                log.debug("%s takes no writer; putting that right.", path)
                fcntl.ioctl(device, _STREAMON, struct.pack("=i", _BUFFERS_FOR_OUTPUT))
        finally:
            os.close(device)
