"""The virtual camera: what meeting programs select in place of the webcam."""

from __future__ import annotations

import sys

import numpy as np

from realtime import loopback
from realtime.errors import VirtualCameraError
from realtime.records import Frame
from realtime.sinks import QuietSink, fitted


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
        for path in [device] if device else loopback.devices():
            loopback.unstick(path)
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
        loopback.unstick(self._device)
        return f"virtual camera {self._device}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") + "."


def _virtual_remedy() -> str:
    if sys.platform.startswith("linux"):
        return (
            "Install v4l2loopback-dkms and load the module: "
            "sudo modprobe v4l2loopback devices=1 exclusive_caps=1 card_label=EmojiCamera"
        )
    return "Install OBS Studio (30 or newer on macOS), press 'Start Virtual Camera' there once, then close OBS."
