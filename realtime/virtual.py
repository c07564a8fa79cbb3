"""The virtual camera: what meeting programs select in place of the webcam."""

from __future__ import annotations

import contextlib
import logging
import os
import struct
import sys
from pathlib import Path

import numpy as np

from realtime.errors import VirtualCameraError
from realtime.records import Frame
from realtime.sinks import QuietSink, fitted

log = logging.getLogger(__name__)

# From Linux's videodev2.h: two requests, the size of one's answer and where the capabilities are in it, two of them,
# and a kind of buffer.
_QUERYCAP, _QUERYCAP_BYTES, _DEVICE_CAPS_AT = 0x80685600, 104, 88
_STREAMON = 0x40045612
_CAN_CAPTURE, _CAN_OUTPUT = 0x1, 0x2
_BUFFERS_FOR_OUTPUT = 2


class VirtualCameraSink(QuietSink):
    """A camera that meeting programs can select. Pictures are not mirrored and never stretched."""

    paced = True

    def __init__(self, device: str | None, size_wh: tuple[int, int], fps: float) -> None:
        """device: the virtual camera's name or path, None for the first. Raises VirtualCameraError."""
        self._size_wh = size_wh
        try:
            import pyvirtualcam  # only here: it is missing on some systems, where all else works
        except ImportError as error:
            raise VirtualCameraError(
                f"The virtual camera needs the package pyvirtualcam, which is not there ({error}). "
                "Run 'pip install pyvirtualcam'."
            ) from error
        for path in [device] if device else _loopback_devices():
            _unstick(path)
        try:
            self._camera = pyvirtualcam.Camera(*size_wh, fps, fmt=pyvirtualcam.PixelFormat.BGR, device=device)
        except (RuntimeError, ValueError, OSError) as error:
            raise VirtualCameraError(
                f"The virtual camera can't be opened: {_one_line(error)} {_virtual_remedy()}"
            ) from error

        self._device = self._camera.device

    def write(self, frame: Frame) -> None:
        try:
            self._camera.send(np.ascontiguousarray(fitted(frame.image, self._size_wh)))
        except (RuntimeError, OSError) as error:
            raise VirtualCameraError(f"The virtual camera is gone: {_one_line(error)} Start it again.") from error

    def close(self) -> str:
        self._camera.close()
        _unstick(self._device)
        return f"virtual camera {self._device}"


def _loopback_devices() -> list[str]:
    """Return the paths of this machine's virtual video devices; none except on Linux."""
    return [f"/dev/{path.name}" for path in sorted(Path("/sys/devices/virtual/video4linux").glob("video*"))]


def _unstick(path: str) -> None:
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


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") + "."


def _virtual_remedy() -> str:
    if sys.platform.startswith("linux"):
        return (
            "Install v4l2loopback-dkms and load the module: "
            "sudo modprobe v4l2loopback devices=1 exclusive_caps=1 card_label=EmojiCamera"
        )
    return "Install OBS Studio (30 or newer on macOS), press 'Start Virtual Camera' there once, then close OBS."
