"""The camera as a process of its own."""

from __future__ import annotations

import cv2
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from realtime.errors import UsageError
from tests.training.studio.running import until
from training.studio.work import camera as work_camera
from training.studio.work.camera import Camera


@pytest.mark.model
def test_the_camera_is_started_read_and_stopped(tmp_path, shipped_model):
    camera = Camera()
    camera.stop()
    camera.start("demo", "classic", "file", tmp_path, shipped_model)
    try:
        with pytest.raises(UsageError, match="already"):
            camera.start("demo", "classic", "file", tmp_path, shipped_model)
        until(lambda: camera.stats().faces or not camera.running)
    finally:
        camera.stop()
    assert not camera.running
    assert camera.code in (0, 130), list(camera.words)
    assert camera.video.stat().st_size > 0
    assert any(line.startswith("Frames:") for line in camera.words)
    camera.start("no such camera", "classic", "file", tmp_path, shipped_model)
    until(lambda: not camera.running)
    camera.stop()
    assert camera.code == 6
    assert "no such camera" in camera.words[-1]


_FINISHES_SLOWLY = """
import pathlib, signal, sys, time
video = next(a for a in sys.argv if a.startswith("--output=")).split("=", 1)[1]
def finish(*_):
    time.sleep(2)
    pathlib.Path(video).write_text("whole")
    sys.exit(130)
signal.signal(signal.SIGINT, finish)
print("ready", file=sys.stderr, flush=True)
time.sleep(60)
"""


def test_a_video_is_finished_however_slow_the_disk_is(tmp_path, monkeypatch, shipped_model):
    (tmp_path / "app.py").write_text(_FINISHES_SLOWLY)
    monkeypatch.setattr(work_camera, "ROOT", tmp_path)
    monkeypatch.setattr(work_camera, "_STOP_S", 0.5)  # for what has nothing to finish
    camera = Camera()
    camera.start("demo", "classic", "file", tmp_path, shipped_model)
    until(lambda: list(camera.words) == ["ready"])
    camera.stop()
    assert camera.code == 130
    assert camera.video.read_text() == "whole"


@pytest.mark.model
def test_a_video_that_was_stopped_can_be_played(tmp_path, shipped_model):
    camera = Camera()
    camera.start("demo", "classic", "file", tmp_path, shipped_model)
    until(lambda: camera.stats().faces or not camera.running)
    camera.stop()
    reader = cv2.VideoCapture(str(camera.video))
    frames = 0
    while reader.grab():
        frames += 1
    reader.release()
    assert frames > 0
    assert not list(tmp_path.glob("*.part*"))
