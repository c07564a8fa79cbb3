"""The camera as a process of its own."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from realtime.errors import UsageError
from tests.training.studio.running import until
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
