"""Stand-ins for the devices behind outputs, by kind, so that every kind can be opened anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest

from realtime.outputs import window
from realtime.records import Frame


class FakeVirtualCamera:
    """Stands for pyvirtualcam.Camera."""

    made: ClassVar[list[FakeVirtualCamera]] = []

    def __init__(self, width, height, fps, *, fmt, device=None):
        if device == "/dev/video99":
            raise RuntimeError("'/dev/video99' not found.")
        self.size_wh, self.fps, self.fmt, self._device = (width, height), fps, fmt, device or "Fake"
        self.sent: list[np.ndarray] = []
        self.closed = False
        FakeVirtualCamera.made.append(self)

    def send(self, image):
        self.sent.append(image.copy())

    @property
    def device(self):
        if self.closed:  # as the real one does
            raise AttributeError("'NoneType' object has no attribute 'device'")
        return self._device

    def close(self):
        if self.closed:
            raise AttributeError("'NoneType' object has no attribute 'close'")
        self.closed = True


class Screen:
    """Stands for OpenCV's windows."""

    def __init__(self):
        self.shown: list[np.ndarray] = []
        self.key = -1
        self.visible: float | Exception = 1.0

    def property(self, *_):
        if isinstance(self.visible, Exception):
            raise self.visible
        return self.visible


def fake_virtual_camera(monkeypatch: pytest.MonkeyPatch) -> type[FakeVirtualCamera]:
    """Let virtual cameras be fakes."""
    import pyvirtualcam

    monkeypatch.setattr(pyvirtualcam, "Camera", FakeVirtualCamera)
    FakeVirtualCamera.made.clear()
    return FakeVirtualCamera


def fake_screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Let windows be shown on a fake."""
    screen = Screen()
    monkeypatch.setattr(window, "display_works", lambda: True)
    for name in ("namedWindow", "resizeWindow", "destroyAllWindows"):
        monkeypatch.setattr(window.cv2, name, lambda *_: None)
    monkeypatch.setattr(window.cv2, "imshow", lambda _, image: screen.shown.append(image))
    for name in ("waitKey", "pollKey"):
        monkeypatch.setattr(window.cv2, name, lambda *_: screen.key)
    monkeypatch.setattr(window.cv2, "getWindowProperty", screen.property)
    return screen


class RecordingOutput:
    """Keeps the frames it is given, and has a keyboard on which keys are pressed: frame count -> key."""

    device: str | None = None
    wants_keys = False

    def __init__(self, keys: dict[int, str] | None = None, paced=False):
        self.frames: list[Frame] = []
        self.cards: list[Frame] = []
        self.paced = paced
        self.keyboard = ScriptedKeyboard(self.frames, dict(keys or {}))

    def write(self, frame: Frame) -> None:
        self.frames.append(frame)

    def show_card(self, card: Frame) -> None:
        self.cards.append(card)

    def serve(self) -> None:
        pass

    def close(self) -> str:
        return f"{len(self.frames)} frames"


class ScriptedKeyboard:
    def __init__(self, frames: Sequence[Frame], keys: dict[int, str]):
        self.waited_s = 0.0
        self._frames = frames
        self._keys = keys

    def pressed(self, wait_s: float) -> list[str]:
        self.waited_s += wait_s
        key = self._keys.pop(len(self._frames), None)
        return [key] if key else []

    def close(self) -> None:
        pass


# Kind of output that is asked for by name -> what stands in for its device.
STAND_INS: dict[str, Callable[[pytest.MonkeyPatch], Any]] = {
    "window": fake_screen,
    "virtual": fake_virtual_camera,
    "none": lambda monkeypatch: None,
}
