"""The preview window on a scripted window library; `test_app.py` opens a real one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from realtime.controls import KEYS, Controls, State
from realtime.outputs.window import WindowOutput
from tests.fakes import frame, picture


def _half() -> np.ndarray:
    image = picture(640, 360, 0)
    image[:, :320] = 200
    return image


def test_the_preview_is_mirrored_and_the_frame_is_not(screen):
    controls = Controls()
    output = WindowOutput(controls, list)
    image = _half()
    output.write(frame(image=image))
    controls.change(mirror=False)
    output.write(frame(image=image))
    assert screen.shown[0][:, 400:].mean() == 200
    assert screen.shown[1][:, :300].mean() == 200
    assert np.array_equal(image, _half())


@pytest.mark.parametrize(
    ("key", "name"), [(ord("q"), ["q"]), (ord("M"), ["m"]), (27, ["esc"]), (32, ["space"]), (-1, [])]
)
def test_keys_have_names(screen, key, name):
    screen.key = key
    assert WindowOutput(Controls(), list).keyboard.pressed(0.0) == name
    assert WindowOutput(Controls(), list).keyboard.pressed(0.01) == name


@pytest.mark.parametrize("visible", [0.0, -1.0, cv2.error("no window")])
def test_closing_the_window_quits(screen, visible):
    output = WindowOutput(Controls(), list)
    output.write(frame())
    screen.visible = visible
    assert output.keyboard.pressed(0.0) == ["q"]
    assert output.close() == ""


def test_stats_help_and_pause_are_drawn_and_can_be_seen_while_nothing_moves(screen):
    controls = Controls()
    output = WindowOutput(controls, lambda: ["30.0 frames/s"])
    output.write(frame(image=_half()))
    plain = screen.shown[-1]
    lines = []
    for switch in ("stats", "help", "paused"):
        controls.change(**{switch: True})
        output.serve()
        lines.append((screen.shown[-1] != plain).any(2).sum())
        controls.change(**{switch: False})
    assert lines[1] > lines[0] > 0
    assert lines[2] > 0
    assert len(KEYS) >= 7
    shown = len(screen.shown)
    output.serve()
    output.serve()
    assert len(screen.shown) == shown + 1
    assert np.array_equal(screen.shown[-1], plain)


@pytest.mark.parametrize("size", [(1, 1), (40, 30), (3000, 2000)])
def test_any_size_can_be_shown(screen, size):
    output = WindowOutput(Controls(State(stats=True, help=True)), lambda: ["30.0 frames/s"])
    output.write(frame(image=picture(*size)))
    assert screen.shown[0].shape == (size[1], size[0], 3)


def test_a_card_takes_the_place_of_the_frame_except_while_the_user_looks_at_it(screen):
    controls = Controls()
    output = WindowOutput(controls, list)
    output.write(frame(image=picture(level=50)))
    output.show_card(frame(image=picture(level=200)))
    assert screen.shown[-1].mean() == 200
    controls.change(paused=True)
    output.write(frame(image=picture(level=50)))
    shown = len(screen.shown)
    output.show_card(frame(image=picture(level=200)))
    assert len(screen.shown) == shown
