"""The preview window on a scripted window library; `test_app.py` opens a real one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from realtime.controls import KEYS, Controls
from realtime.outputs import window
from realtime.outputs.window import WindowSink
from tests.fakes import frame, picture


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


@pytest.fixture
def screen(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(window, "display_works", lambda: True)
    for name in ("namedWindow", "resizeWindow", "destroyAllWindows"):
        monkeypatch.setattr(window.cv2, name, lambda *_: None)
    monkeypatch.setattr(window.cv2, "imshow", lambda _, image: screen.shown.append(image))
    for name in ("waitKey", "pollKey"):
        monkeypatch.setattr(window.cv2, name, lambda *_: screen.key)
    monkeypatch.setattr(window.cv2, "getWindowProperty", screen.property)
    return screen


def _half() -> np.ndarray:
    image = picture(640, 360, 0)
    image[:, :320] = 200
    return image


def test_the_preview_is_mirrored_and_the_frame_is_not(screen):
    controls = Controls()
    sink = WindowSink(controls, list)
    image = _half()
    sink.write(frame(image=image))
    controls.mirror = False
    sink.write(frame(image=image))
    assert screen.shown[0][:, 400:].mean() == 200
    assert screen.shown[1][:, :300].mean() == 200
    assert np.array_equal(image, _half())


@pytest.mark.parametrize(
    ("key", "name"), [(ord("q"), ["q"]), (ord("M"), ["m"]), (27, ["esc"]), (32, ["space"]), (-1, [])]
)
def test_keys_have_names(screen, key, name):
    screen.key = key
    assert WindowSink(Controls(), list).keys(0.0) == name
    assert WindowSink(Controls(), list).keys(0.01) == name


@pytest.mark.parametrize("visible", [0.0, -1.0, cv2.error("no window")])
def test_closing_the_window_quits(screen, visible):
    sink = WindowSink(Controls(), list)
    sink.write(frame())
    screen.visible = visible
    assert sink.keys(0.0) == ["q"]
    assert sink.close() == ""


def test_figures_help_and_pause_are_drawn_and_can_be_seen_while_nothing_moves(screen):
    controls = Controls()
    sink = WindowSink(controls, lambda: ["30.0 frames/s"])
    sink.write(frame(image=_half()))
    plain = screen.shown[-1]
    lines = []
    for switch in ("figures", "help", "paused"):
        setattr(controls, switch, True)
        sink.keys(0.0)
        lines.append((screen.shown[-1] != plain).any(2).sum())
        setattr(controls, switch, False)
    assert lines[1] > lines[0] > 0
    assert lines[2] > 0
    assert len(KEYS) >= 7
    shown = len(screen.shown)
    sink.keys(0.0)
    sink.keys(0.0)
    assert len(screen.shown) == shown + 1
    assert np.array_equal(screen.shown[-1], plain)


@pytest.mark.parametrize("size", [(1, 1), (40, 30), (3000, 2000)])
def test_any_size_can_be_shown(screen, size):
    sink = WindowSink(Controls(figures=True, help=True), lambda: ["30.0 frames/s"])
    sink.write(frame(image=picture(*size)))
    assert screen.shown[0].shape == (size[1], size[0], 3)
