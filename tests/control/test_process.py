"""The camera as a process of its own."""

from __future__ import annotations

import sys
import time

import cv2
import pytest

from realtime.control import process
from realtime.control.process import CameraProcess
from realtime.errors import InputError, UsageError
from tests.control.clip import write_clip


def until(true, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Settings of nobody's, for the camera too."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


@pytest.mark.model
def test_the_camera_is_started_steered_recorded_and_stopped(home, portrait):
    camera = CameraProcess()
    camera.stop()
    assert camera.state() == {}
    with pytest.raises(InputError, match="does not answer"):
        camera.send("pause")
    video = home / "out.mp4"
    clip = write_clip(home / "clip.avi", portrait)
    camera.start([f"--source={clip}", "--output=none", f"--report={home / 'sessions'}"])
    try:
        with pytest.raises(UsageError, match="already"):
            camera.start(["--source=demo"])
        until(lambda: camera.state().get("frames_per_s") or not camera.running)
        assert camera.change({"output": [str(video)], "gender": "male", "pack": "avatar"}) is False
        until(lambda: camera.state()["outputs"] == [str(video)])
        assert camera.state()["gender"] == "male"
        assert camera.state()["pack"] == "avatar"
        for wrong in ({"gender": "nobody"}, {"pack": "no pack"}, {"nonsense": 1}, {"cover": "blur", "crop": "head"}):
            with pytest.raises(InputError, match=str(next(iter(wrong.values())))[:7] if "gender" in wrong else "."):
                camera.change(wrong)
        camera.send("mark", word="the joke")
        camera.send("next-pack")
        until(lambda: camera.state()["pack"] == "classic")
        assert camera.change({"output": ["none"]}) is False  # which finishes the file
        assert cv2.VideoCapture(str(video)).grab()
        assert camera.change({"smooth": 0.3}) is True
        until(lambda: camera.state().get("opened") and camera.state()["options"]["smooth"] == 0.3)
        assert camera.state()["gender"] == "male"
        # What can't be opened is told of, and what worked is opened again.
        assert camera.change({"source": "no such camera"}) is True
        until(lambda: "no such camera" in camera.state().get("problem", "") and camera.state()["opened"])
        assert camera.state()["options"]["source"] == str(clip)
    finally:
        camera.stop()
    assert not camera.running
    assert camera.code in (0, 130), list(camera.words)
    assert not list(home.glob("*part*"))
    assert any("the joke" in kept.read_text() for kept in home.rglob("session.json"))
    assert (home / "config" / "emoji-camera" / "control-token").stat().st_mode & 0o077 == 0


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


def test_a_video_is_finished_however_slow_the_disk_is(tmp_path, monkeypatch):
    (tmp_path / "app.py").write_text(_FINISHES_SLOWLY)
    monkeypatch.setattr(process, "PROGRAM", [sys.executable, str(tmp_path / "app.py")])
    monkeypatch.setattr(process, "_STOP_S", 0.5)  # for what has nothing to finish
    camera, video = CameraProcess(), tmp_path / "out.mp4"
    camera.start([f"--output={video}"], video)
    until(lambda: list(camera.words) == ["ready"])
    camera.stop()
    assert camera.code == 130
    assert video.read_text() == "whole"
