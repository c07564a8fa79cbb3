"""The virtual camera: what meeting programs select in place of the webcam."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from realtime import v4l2loopback as loopback
from realtime.errors import VirtualCameraError
from realtime.images import fitted
from realtime.outputs.base import Keyboard, OutputContext
from realtime.outputs.kinds import kind_of
from realtime.records import Frame
from realtime.slot import Slot

# How far the rate may be off, as a share of it, while the sender gets in step with the webcam.
_NUDGE = 0.02
# The ground of the card that is shown until the first picture comes.
_CARD_BGR = (70, 50, 40)
# Where devices are on Linux.
_DEVICES = Path("/dev")


class VirtualCameraOutput:
    """A camera that meeting programs can select. Pictures are not mirrored and never stretched.

    A thread sends the newest picture at the camera's own rate, so whoever watches gets a steady stream while a frame
    takes long, the webcam is lost or the user pauses.
    """

    paced = True
    keyboard: Keyboard | None = None
    wants_keys = True

    def __init__(self, device: str | None, size_wh: tuple[int, int], fps: float) -> None:
        """Open the camera.

        Args:
            device: its path, number, label or a part of that; elsewhere than on Linux its name; None for the first.
            size_wh: of the pictures sent, in pixels.
            fps: pictures a second.

        Raises:
            VirtualCameraError: it can't be opened.
        """
        self._size_wh = size_wh
        self._camera = _camera(device, size_wh, fps)
        self.device: str = self._camera.device
        # How many pictures were sent.
        self.sent = 0
        self._interval_s = 1 / fps
        self._newest: Slot[np.ndarray] = Slot()
        self._failure: Exception | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._send, name=f"sender {self.device}", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, address: str, context: OutputContext) -> VirtualCameraOutput:
        """Open the camera that the user named after a colon, or the first, and show a card until a picture comes.

        Raises:
            VirtualCameraError: it can't be opened.
        """
        output = cls(_named(address), context.size_wh, context.fps)
        output.show_card(Frame(starting_card(context.size_wh), 0, 0.0, "starting"))
        return output

    def write(self, frame: Frame) -> None:
        """Send the frame, and send it again until another comes. Raises VirtualCameraError."""
        self.serve()
        picture = fitted(frame.image, self._size_wh)
        self._newest.put(picture.copy() if picture is frame.image else np.ascontiguousarray(picture))

    def show_card(self, card: Frame) -> None:
        """Send the card like a frame. Raises VirtualCameraError."""
        self.write(card)

    def serve(self) -> None:
        """Raise VirtualCameraError if pictures can't be sent any more."""
        if self._failure is not None:
            error, self._failure = self._failure, None
            raise VirtualCameraError(f"The virtual camera is gone: {_one_line(error)}", "Start it again.") from error

    def close(self) -> str:
        """Stop sending. Raises VirtualCameraError if that has failed before."""
        if self._closed:
            return ""
        self._closed = True
        self._newest.close()
        self._thread.join()
        self._camera.close()
        loopback.unstick(self.device)
        self.serve()
        return f"virtual camera {self.device}"

    def _send(self) -> None:
        """Send a picture in every interval: a new one as soon as it comes, in the second half; else the last again.

        The intervals are moved, little by little, to where new pictures come early in that half, so that those of a
        webcam of the same rate need not wait.
        """
        picture: np.ndarray | None = None
        interval_s = self._interval_s
        due_s = time.monotonic()
        while not self._newest.finished:
            time.sleep(max(due_s - interval_s / 2 - time.monotonic(), 0))
            newer = self._newest.take(0)
            waited = newer is not None
            if newer is None:
                newer = self._newest.take(max(due_s - time.monotonic(), 0))
            early = waited or time.monotonic() < due_s - interval_s / 4
            nudge_s = 0.0 if newer is None else interval_s * (-_NUDGE if early else _NUDGE)
            picture = picture if newer is None else newer
            if picture is not None:
                try:
                    self._camera.send(picture)
                except Exception as error:  # raised where frames are handed in
                    self._failure = error
                    return
                self.sent += 1
            due_s += interval_s + nudge_s
            if due_s < time.monotonic():  # what was missed is not made up for
                due_s = time.monotonic() + interval_s


def check(addresses: Iterable[str]) -> None:
    """Look for the devices that outputs name, before anything that takes time is opened.

    Args:
        addresses: of outputs of all kinds, as users write them.

    Raises:
        UsageError: one is of no known kind.
        VirtualCameraError: a virtual camera is not there, or this user may not write it.
    """
    for address in addresses:
        if address == "auto" or kind_of(address).name != "virtual" or not sys.platform.startswith("linux"):
            continue
        path = _path(_named(address))
        if path is None:
            if not loopback.devices() and not list(_DEVICES.glob("video*")):
                raise VirtualCameraError("There is no virtual camera here.", _remedy(None))
        elif not os.path.exists(path):
            raise VirtualCameraError(f"The virtual camera {path} does not exist.", _remedy(path))
        elif not os.access(path, os.R_OK | os.W_OK):
            raise VirtualCameraError(f"The virtual camera {path} may not be used by you.", _remedy(path))


def starting_card(size_wh: tuple[int, int]) -> np.ndarray:
    """Return what is shown before the first picture, uint8 (H, W, 3) BGR."""
    width, height = size_wh
    card = np.full((height, width, 3), _CARD_BGR, np.uint8)
    scale = min(height / 240, width / 320)
    for text, size, middle in (("Emoji Camera", scale, 0.45), ("is starting", 0.6 * scale, 0.6)):
        thick = max(round(2 * size), 1)
        (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size, thick)
        at = (round((width - wide) / 2), round(height * middle + high / 2))
        cv2.putText(card, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, (255, 255, 255), thick, cv2.LINE_AA)
    return card


def _named(address: str) -> str | None:
    """Return what follows the colon of an output's address, if anything does."""
    return address.partition(":")[2].strip() or None


def _path(device: str | None) -> str | None:
    """Return the path of the device that somebody names, None for the first; elsewhere than on Linux its name.

    Raises:
        VirtualCameraError: none bears that name.
    """
    if device is None or not sys.platform.startswith("linux"):
        return device
    path = loopback.find(device)
    if path is None:
        raise VirtualCameraError(f"No virtual camera is called '{device}'.", _remedy(device))
    return path


def _camera(device: str | None, size_wh: tuple[int, int], fps: float) -> Any:
    """Open pyvirtualcam's camera. Raises VirtualCameraError."""
    try:
        import pyvirtualcam  # only here: it is missing on some systems, where all else works
    except ImportError as error:
        raise VirtualCameraError(
            f"The virtual camera needs the package pyvirtualcam, which is not there ({error}).",
            "Run 'pip install pyvirtualcam'.",
        ) from error
    device = _path(device)
    for path in [device] if device else loopback.devices():
        loopback.unstick(path)
    try:
        return pyvirtualcam.Camera(*size_wh, fps, fmt=pyvirtualcam.PixelFormat.BGR, device=device)
    except (RuntimeError, ValueError, OSError) as error:
        raise VirtualCameraError(f"The virtual camera can't be opened: {_one_line(error)}", _remedy(device)) from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") + "."


def _remedy(device: str | None) -> str:
    """Say what to do when a device, None for the first, can't be opened."""
    if not sys.platform.startswith("linux"):
        return "Install OBS Studio (30 or newer on macOS), press 'Start Virtual Camera' there once, then close OBS."
    there = loopback.devices()
    if not there:
        return f"Install v4l2loopback-dkms and load the module: {loopback.LOAD_COMMAND}"
    if device is not None and device not in there:
        return f"Virtual devices are: {loopback.described()}."
    if not all(os.access(path, os.R_OK | os.W_OK) for path in ([device] if device else there)):
        return "Add yourself to the group 'video' (sudo usermod -aG video $USER), log out and log in again."
    return (
        "Close the program that sends to it, or choose another device by --output virtual:/dev/videoN (see --doctor)."
    )
