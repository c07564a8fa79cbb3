"""Webcams: finding, opening and keeping one.

OpenCV numbers cameras without naming them; cv2-enumerate-cameras knows the names.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from cv2_enumerate_cameras import enumerate_cameras

from realtime.errors import CameraError
from realtime.images import as_bgr
from realtime.records import Frame
from realtime.v4l2loopback import is_loopback

log = logging.getLogger(__name__)

# With hardware transforms, opening a camera through Windows' Media Foundation takes from seconds to minutes.
os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")
# Seconds OpenCV waits for a silent camera on Linux; its own ten are too long for a person to wait.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")

# How long a device that was opened may take to give its first picture.
_FIRST_FRAME_TIMEOUT_S = 5.0
# How long to wait before a lost camera is tried again.
_RETRY_S = 1.0
# A device that gives no picture this often in a row is taken for lost.
_FAILURES_TO_LOSS = 3
# A device that gives no picture for this long is taken for lost.
_SILENCE_TO_LOSS_S = 1.0
# A read that took longer did not wait for the device: the machine slept, or the program was stopped.
_SLEPT_S = 3.0
# A picture with a shorter side, in pixels, shows nothing: a device gives such when it fails.
_LEAST_PX = 16

_BACKENDS = {"win32": (cv2.CAP_DSHOW, cv2.CAP_MSMF), "darwin": (cv2.CAP_AVFOUNDATION,)}.get(
    sys.platform, (cv2.CAP_V4L2,)
)

Opener = Callable[..., Any]


@dataclass(frozen=True)
class CameraInfo:
    """A camera of this machine.

    Attributes:
        device: What `--source` takes.
        name: As the system tells it; may be empty.
        virtual: Whether it is a loopback device, written by a program.
    """

    device: int | str
    name: str
    virtual: bool = False


def list_cameras() -> list[CameraInfo]:
    """Return the cameras of this machine, virtual ones last."""
    cameras: dict[int | str, CameraInfo] = {}
    for backend in _BACKENDS:
        try:
            found = enumerate_cameras(backend)
        except Exception as error:  # a system without the interface it asks
            log.debug("Cameras can't be enumerated: %s", error)
            continue
        for info in found:
            index = info.index % 100
            cameras.setdefault(index, CameraInfo(index, info.name.strip(), is_loopback(index)))
    return sorted(cameras.values(), key=lambda camera: (camera.virtual, camera.device))


def describe_cameras() -> list[str]:
    """Return a line for each camera: what --source takes, its name, and the size and rate it gives."""
    return [_described(camera) for camera in list_cameras()] or [
        "No camera found. Connect one, or allow its use in the system's privacy settings; --source demo needs none."
    ]


def _described(camera: CameraInfo) -> str:
    start = f"--source {camera.device}  {camera.name or 'unnamed'}"
    if camera.virtual:
        return f"{start}  (virtual: written by a program)"
    try:
        opened = Camera(camera.device)
    except CameraError:
        return f"{start}  (gives no picture: in use, or no camera)"
    try:
        frame = opened.read()
        size = f"{frame.image.shape[1]}x{frame.image.shape[0]}" if frame is not None else "unknown size"
        return f"{start}  {size}"
    finally:
        opened.close()


class Camera:
    """A webcam; waits for it to come back when it is lost."""

    stills = False
    paced = True
    idle = False
    dropped = 0
    reads: tuple[Path, ...] = ()

    def __init__(
        self,
        device: int | str,
        size_wh: tuple[int, int] = (1280, 720),
        fps: float = 30.0,
        opener: Opener = cv2.VideoCapture,
    ) -> None:
        """Open a device.

        Args:
            device: Its number, or on Linux its path.
            size_wh: The width and height in pixels that are asked for; the device may give others.
            fps: The frames a second that are asked for.
            opener: Opens the device: cv2.VideoCapture or something like it.

        Raises:
            CameraError: It can't be opened, or gives no picture within 5 s.
        """
        self.device = device
        self.name = str(device)
        self.fps = fps
        self.ended = False
        self._size_wh = size_wh
        self._opener = opener
        self._closing = threading.Event()
        self._index = 0
        self._first: np.ndarray | None
        self._capture, self._first = self._open()

    def read(self) -> Frame | None:
        """Return the next frame; while the camera is lost, wait a moment for it and return None."""
        image, self._first = (self._first, None) if self._first is not None else (self._grab(), None)
        if image is None:
            if not self._closing.is_set():
                self._reconnect()
            return None
        frame = Frame(image, self._index, time.monotonic(), self.name)
        self._index += 1
        return frame

    def stop(self) -> None:
        """End the source, waking a `read` that waits for a lost camera."""
        self._closing.set()
        self.ended = True

    def close(self) -> None:
        """Free the device."""
        self.stop()
        self._release()

    def _release(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def _grab(self) -> np.ndarray | None:
        start_s = time.monotonic()
        for _ in range(_FAILURES_TO_LOSS):
            asked_s = time.monotonic()
            if self._capture is None or self._closing.is_set() or asked_s - start_s > _SILENCE_TO_LOSS_S:
                return None
            image = _taken(self._capture)
            if _shows_something(image):
                return image
            if time.monotonic() - asked_s > _SLEPT_S:
                start_s = time.monotonic()
        return None

    def _reconnect(self) -> None:
        if self._capture is not None:
            log.warning("Camera %s gives no picture any more. Waiting for it to come back.", self.device)
            self._release()
        if self._closing.wait(_RETRY_S):
            return
        try:
            self._capture, self._first = self._open()
            log.warning("Camera %s is back.", self.device)
        except CameraError as error:
            log.debug("%s", error)

    def _open(self) -> tuple[Any, np.ndarray]:
        last: np.ndarray | None = None
        for capture in self._opened():
            deadline = time.monotonic() + _FIRST_FRAME_TIMEOUT_S
            while time.monotonic() < deadline and not self._closing.is_set():
                image = _taken(capture)
                if image is not None and _shows_something(image):
                    return capture, image
                last = image if image is not None else last
                time.sleep(0.02)
            capture.release()
        raise _no_picture(self.device) if last is None else _odd_picture(self.device, last)

    def _opened(self) -> Iterator[Any]:
        width, height = self._size_wh
        wanted = {
            cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"MJPG"),
            cv2.CAP_PROP_FRAME_WIDTH: width,
            cv2.CAP_PROP_FRAME_HEIGHT: height,
            cv2.CAP_PROP_FPS: round(self.fps),
        }
        for backend in _BACKENDS:
            # All at once: many drivers choose the format that fits when the size is first set.
            capture = self._opener(self.device, backend, [number for pair in wanted.items() for number in pair])
            if not capture.isOpened():  # some refuse the whole request for one unknown property
                capture = self._opener(self.device, backend)
                if capture.isOpened():
                    for key, value in wanted.items():
                        capture.set(key, value)
            if capture.isOpened():
                yield capture


def _taken(capture: Any) -> np.ndarray | None:
    """Return the next picture of a device, uint8 (H, W, 3) BGR; None if it gives none."""
    try:
        ok, image = capture.read()
    except cv2.error as error:
        log.debug("%s", error)
        return None
    return as_bgr(image) if ok else None


def _shows_something(image: np.ndarray | None) -> bool:
    return image is not None and min(image.shape[:2]) >= _LEAST_PX


def _odd_picture(device: int | str, image: np.ndarray) -> CameraError:
    return CameraError(
        f"Camera {device} gives pictures of {image.shape[1]}x{image.shape[0]} pixels, which show nothing.",
        "Unplug it and connect it again, or try another --source (--list-cameras shows them).",
    )


def _no_picture(device: int | str) -> CameraError:
    """Return the error of a camera that gives no picture, with the reason as far as it can be told."""
    if sys.platform.startswith("linux"):
        path = Path(device if isinstance(device, str) else f"/dev/video{device}")
        if not path.exists():
            return CameraError(
                f"Camera {device} does not exist.", "--list-cameras shows those there are; --source demo needs none."
            )
        if not os.access(path, os.R_OK | os.W_OK):
            return CameraError(
                f"Camera {device} may not be opened by you.", "Add yourself to the group 'video' and log in again."
            )
    return CameraError(
        f"Camera {device} gives no picture. Another program may hold it, or it is switched off or not a camera.",
        "Close other programs that use it, or try another --source (--list-cameras shows them).",
    )
