"""What a running camera gives away to any number of listeners, none of whom can hold it up."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

import cv2
import numpy as np

from realtime.controls import Controls
from realtime.outputs.base import Keyboard
from realtime.records import Frame

T = TypeVar("T")

# The preview: no longer than this, so often at most, and so good. Twelve a second are seen as motion.
_LONG_SIDE_PX = 640
_INTERVAL_S = 1 / 12
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 75]


class Listener(Generic[T]):
    """Takes what a feed gives, the newest when it can't keep up."""

    def __init__(self, condition: threading.Condition, kept: int) -> None:
        self.waiting: deque[T] = deque(maxlen=kept)
        self._condition = condition

    def take(self, timeout_s: float) -> list[T]:
        """Return what has come since the last time, in order; empty after the timeout."""
        with self._condition:
            if not self.waiting:
                self._condition.wait(timeout_s)
            taken = list(self.waiting)
            self.waiting.clear()
            return taken


class Feed(Generic[T]):
    """Hands everything on to those who listen at the moment."""

    def __init__(self, kept: int) -> None:
        """kept: how much waits for a listener who is slow; what is older is dropped."""
        self._kept = kept
        self._condition = threading.Condition()
        self._listeners: list[Listener[T]] = []

    @property
    def wanted(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def put(self, item: T) -> None:
        """Hand on."""
        with self._condition:
            for listener in self._listeners:
                listener.waiting.append(item)
            self._condition.notify_all()

    @contextlib.contextmanager
    def listening(self) -> Iterator[Listener[T]]:
        """Listen until the end of the block."""
        listener: Listener[T] = Listener(self._condition, self._kept)
        with self._condition:
            self._listeners.append(listener)
        try:
            yield listener
        finally:
            with self._condition:
                self._listeners.remove(listener)


class Preview:
    """An output that gives small pictures to those who watch, mirrored as the window is; without them it costs nothing.

    Cards are not mirrored, as they can be read.
    """

    paced = True
    device: str | None = None
    keyboard: Keyboard | None = None
    wants_keys = False

    def __init__(self) -> None:
        self.pictures: Feed[np.ndarray] = Feed(kept=1)
        self.controls = Controls()
        self._due_s = 0.0

    def write(self, frame: Frame) -> None:
        """Hand on a small copy, if somebody watches and it is time."""
        if self.pictures.wanted and (now_s := time.monotonic()) >= self._due_s:
            # Kept to the interval on average, whatever the rate of the frames.
            self._due_s = max(self._due_s + _INTERVAL_S, now_s)
            small = _small(frame.image)
            self.pictures.put(cv2.flip(small, 1) if self.controls.state.mirror else small)

    def show_card(self, card: Frame) -> None:
        """Hand on a card."""
        self.pictures.put(_small(card.image))

    def serve(self) -> None:
        """Do nothing."""

    def close(self) -> str:
        """Do nothing: those who watch may wait for the next run."""
        return ""


def as_jpeg(image: np.ndarray) -> bytes:
    """Return a picture, uint8 (H, W, 3) BGR, as a JPEG file."""
    return bytes(cv2.imencode(".jpg", image, _JPEG)[1].tobytes())


def _small(image: np.ndarray) -> np.ndarray:
    """Return a picture no longer than a preview; always a copy."""
    height, width = image.shape[:2]
    # A whole number of pixels becomes one, which takes a quarter of the time.
    factor = min(-(-max(height, width) // _LONG_SIDE_PX), height, width)
    if factor <= 1:
        return image.copy()
    size_wh = width // factor, height // factor
    whole = image[: size_wh[1] * factor, : size_wh[0] * factor]
    return cv2.resize(whole, size_wh, interpolation=cv2.INTER_AREA)
