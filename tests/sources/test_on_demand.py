"""The camera is used only while somebody watches."""

from __future__ import annotations

import subprocess
import sys
from itertools import count

import pytest

from realtime.cli.parse import parse
from realtime.errors import CameraError, UsageError, VirtualCameraError
from realtime.sources import on_demand as demand
from realtime.sources import open as opening
from realtime.sources.on_demand import OnDemand, Watch
from tests.fakes import ListSource, frame


@pytest.fixture
def clock(monkeypatch):
    """Return a list whose only item is the time in seconds."""
    now = [0.0]
    monkeypatch.setattr(demand.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(demand.time, "sleep", lambda seconds: None)
    return now


def _source(failures=()):
    """Return a source on demand, what it has opened, and a function that sets who watches.

    failures: which attempts to open it fail, counted from 0.
    """
    opened, watched, attempts = [], [False], count()

    def open_source():
        if next(attempts) in failures:
            raise CameraError("Camera 0 does not exist.", "Connect one.")
        opened.append(ListSource([frame(n) for n in range(1000)], paced=True))
        return opened[-1]

    source = OnDemand("0", 30, open_source, lambda: watched[0], grace_s=5)
    return source, opened, lambda yes: watched.__setitem__(0, yes)


def test_the_camera_is_open_only_while_somebody_watches_and_a_while_after(clock):
    source, opened, watch = _source()
    assert source.read() is None
    assert source.idle
    assert not opened
    watch(True)
    assert source.read().index == 0
    assert not source.idle
    watch(False)
    for clock[0] in (1.0, 4.9):
        assert source.read() is not None
    clock[0] = 5.1
    assert source.read() is None
    assert source.idle
    assert opened[0].closed
    watch(True)
    assert source.read().index == 0
    assert len(opened) == 2
    source.close()
    assert opened[1].closed
    assert source.ended


def test_twenty_short_visits_open_the_camera_once(clock):
    source, opened, watch = _source()
    for visit in range(20):
        clock[0] = float(visit)
        watch(True)
        assert source.read() is not None
        watch(False)
        assert source.read() is not None
    assert len(opened) == 1


def test_a_camera_that_is_missing_is_tried_again_and_told_once(clock, caplog):
    source, opened, watch = _source(failures=(0, 1, 2, 4))
    watch(True)
    for clock[0] in (1.0, 1.5, 2.1, 3.2):
        assert source.read() is None
        assert not source.idle  # lost, not resting
    clock[0] = 4.4
    assert source.read() is not None
    assert len(opened) == 1
    assert caplog.text.count("does not exist") == 1
    watch(False)
    clock[0] = 20.0
    assert source.read() is None
    watch(True)  # it has worked in between, so that it is missing again is news
    assert source.read() is None
    assert caplog.text.count("does not exist") == 2


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells who opens a device")
def test_another_program_that_opens_a_device_is_seen_and_this_one_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(demand, "_LOOK_EVERY_S", 0)
    device = tmp_path / "video10"
    device.write_bytes(b"")
    watch = Watch("/dev/video10")
    watch._device = str(device)
    with device.open("rb"):
        assert not watch()
    other = subprocess.Popen(["sleep", "60"], stdin=device.open("rb"))
    assert watch()
    other.kill()
    other.wait()
    assert not watch()


def test_a_device_that_cannot_be_watched_is_an_error():
    with pytest.raises(VirtualCameraError, match="Leave out --on-demand"):
        Watch("OBS Virtual Camera")


def test_on_demand_needs_a_virtual_camera_and_a_camera():
    with pytest.raises(UsageError, match="Add --output virtual"):
        parse(["--on-demand", "--output", "window"])
    assert parse(["--on-demand", "--output", "virtual:/dev/video10"]).on_demand
    cameras = {"auto": True, "0": True, "/dev/video3": True, "logitech": True}
    others = {"demo": False, "rtsp://host/a": False, __file__: False, "none.jpg": False}
    for name, expected in (cameras | others).items():
        assert opening.is_camera(name) is expected, name
