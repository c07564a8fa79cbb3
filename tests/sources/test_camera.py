"""Webcams, around captures that are none."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest

from realtime.errors import CameraError
from realtime.sources import camera
from realtime.sources.camera import Camera
from realtime.sources.live import Live
from tests.fakes import FakeCapture, picture


def _camera(script, opens=lambda: True):
    return Camera(0, opener=lambda *_: FakeCapture(script, opens))


def test_a_camera_asks_for_everything_at_once():
    asked = []

    def opener(*args):
        asked.append(args)
        return FakeCapture(lambda n: picture())

    Camera(3, (640, 480), 25, opener).close()
    device, _, parameters = asked[0]
    assert device == 3
    wanted = dict(zip(parameters[::2], parameters[1::2], strict=True))
    assert wanted[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")
    assert (wanted[cv2.CAP_PROP_FRAME_WIDTH], wanted[cv2.CAP_PROP_FRAME_HEIGHT]) == (640, 480)
    assert wanted[cv2.CAP_PROP_FPS] == 25


def test_a_camera_that_refuses_the_request_is_asked_piece_by_piece():
    captures = []

    def opener(device, backend, parameters=None):
        captures.append(FakeCapture(lambda n: picture(), opens=lambda: parameters is None))
        return captures[-1]

    opened = Camera(0, (640, 480), 30, opener)
    assert captures[-1].properties[cv2.CAP_PROP_FRAME_WIDTH] == 640
    assert opened.read() is not None
    opened.close()


def test_a_camera_without_a_picture_is_an_error(monkeypatch):
    monkeypatch.setattr(camera, "_FIRST_FRAME_TIMEOUT_S", 0.05)
    for script, opens in ((lambda n: None, lambda: True), (lambda n: picture(), lambda: False)):
        with pytest.raises(CameraError, match=r"Camera 0 .*--source"):
            _camera(script, opens)


def test_an_unplugged_camera_is_waited_for(monkeypatch, caplog):
    monkeypatch.setattr(camera, "_RETRY_S", 0.02)
    monkeypatch.setattr(camera, "_FIRST_FRAME_TIMEOUT_S", 0.02)
    plugged = [True]
    opened = []

    def opener(*_):
        opened.append(FakeCapture(lambda n: picture() if plugged[0] else None, opens=lambda: plugged[0]))
        return opened[-1]

    source = Camera(0, opener=opener)
    assert source.read() is not None
    plugged[0] = False
    assert source.read() is None
    assert source.read() is None
    assert opened[0].released
    plugged[0] = True
    frames = [source.read() for _ in range(3)]
    assert frames[-1] is not None
    assert "Waiting for it" in caplog.text
    assert "is back" in caplog.text
    source.close()


def test_closing_does_not_wait_for_a_lost_camera(monkeypatch):
    monkeypatch.setattr(camera, "_RETRY_S", 60)
    live = Live(_camera(lambda n: picture() if n < 2 else None))
    while live.read() is not None:
        pass
    start = time.monotonic()
    live.close()
    assert time.monotonic() - start < 30


def test_odd_frames_of_a_camera_are_made_bgr_or_passed_over():
    images = [
        picture(),
        np.zeros((0, 0, 3), np.uint8),
        np.full((48, 64), 5, np.uint8),
        np.full((48, 64, 4), 5, np.uint8),
    ]
    source = _camera(lambda n: images[min(n, 3)])
    shapes = [source.read().image.shape for _ in range(3)]
    assert shapes == [(240, 320, 3), (48, 64, 3), (48, 64, 3)]
    source.close()


def test_cameras_are_listed_with_their_sizes(monkeypatch):
    infos = [camera.CameraInfo(0, "Webcam"), camera.CameraInfo(2, "Loopback", virtual=True)]
    monkeypatch.setattr(camera, "list_cameras", lambda: infos)
    monkeypatch.setattr(camera.cv2, "VideoCapture", None)
    monkeypatch.setattr(camera, "Camera", lambda device: _camera(lambda n: picture(640, 480)))
    assert camera.describe_cameras() == [
        "--source 0  Webcam  640x480",
        "--source 2  Loopback  (virtual: written by a program)",
    ]
    monkeypatch.setattr(camera, "list_cameras", list)
    assert "No camera found" in camera.describe_cameras()[0]
