"""Webcams that give odd pictures, or whose machine sleeps."""

from __future__ import annotations

import time
from dataclasses import replace

import cv2
import numpy as np
import pytest

from realtime.errors import CameraError
from realtime.sources import camera
from realtime.sources.camera import Camera
from realtime.sources.live import Standstill
from tests.fakes import FakeCapture, frame, picture

_DOT = np.zeros((1, 1, 3), np.uint8)


def _camera(script):
    return Camera(0, opener=lambda *_: FakeCapture(script))


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 614400, 3), (480, 1, 3), (8, 8)])
def test_a_camera_whose_pictures_show_nothing_is_a_clear_error(shape, monkeypatch):
    monkeypatch.setattr(camera, "_FIRST_FRAME_TIMEOUT_S", 0.05)
    size = f"{shape[1]}x{shape[0]}"
    with pytest.raises(CameraError, match=f"Camera 0 gives pictures of {size} pixels, which show nothing"):
        _camera(lambda n: np.zeros(shape, np.uint8))


def test_a_single_picture_that_shows_nothing_is_passed_over(caplog):
    source = _camera(lambda n: _DOT if n % 3 == 1 else picture())
    assert all(source.read().image.shape == (240, 320, 3) for _ in range(30))
    assert caplog.text == ""
    source.close()


def test_a_camera_that_comes_to_show_nothing_is_lost(monkeypatch, caplog):
    monkeypatch.setattr(camera, "_RETRY_S", 0.01)
    monkeypatch.setattr(camera, "_FIRST_FRAME_TIMEOUT_S", 0.01)
    source = _camera(lambda n: _DOT if n >= 5 else picture())
    assert all(source.read() is not None for _ in range(5))
    assert source.read() is None
    assert "gives no picture any more" in caplog.text
    source.close()


def test_a_camera_that_gives_a_picture_every_other_time_goes_on(caplog):
    source = _camera(lambda n: picture() if n % 2 else None)
    assert all(source.read() is not None for _ in range(50))
    assert caplog.text == ""
    source.close()


def test_a_camera_may_change_its_size():
    sizes = [(320, 240), (640, 480), (353, 287)]
    source = _camera(lambda n: picture(*sizes[n % 3]))
    assert [source.read().image.shape[1::-1] for _ in range(3)] == sizes
    source.close()


def test_an_error_of_the_driver_is_a_missing_picture(caplog):
    fails = iter([False, False, True, True])  # and never again

    def script(n):
        if next(fails, False):
            raise cv2.error("made to fail")
        return picture()

    source = _camera(script)
    assert all(source.read() is not None for _ in range(10))
    assert caplog.text == ""
    source.close()


def test_a_camera_is_not_lost_because_the_machine_slept(monkeypatch, caplog):
    """The read that was under way fails after a long time; the next gives a picture again."""
    monkeypatch.setattr(camera, "_SILENCE_TO_LOSS_S", 0.05)
    monkeypatch.setattr(camera, "_SLEPT_S", 0.1)

    def script(n):
        if n == 2:
            time.sleep(0.2)
            return None
        return picture()

    source = _camera(script)
    assert all(source.read() is not None for _ in range(5))
    assert caplog.text == ""
    source.close()


def test_a_picture_that_stands_still_for_two_seconds_is_told():
    noise = np.random.default_rng(0).integers(0, 256, (60, 240, 320, 3), dtype=np.uint8)
    standstill = Standstill()
    assert all(standstill.notes(frame(n, image=noise[n % 60])) == [] for n in range(120))
    held = [standstill.notes(frame(n, image=noise[0])) for n in range(121, 300)]
    assert held[:60] == [[]] * 60
    assert held[-1] == ["the camera's picture stands still"]
    assert standstill.notes(frame(300, image=noise[1])) == []
    assert standstill.notes(replace(frame(301), image=picture(64, 48))) == []
