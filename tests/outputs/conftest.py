from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from realtime.controls import Controls
from realtime.outputs.base import OutputContext
from realtime.records import Frame
from tests.fakes import picture
from tests.outputs.devices import FakeVirtualCamera, Screen, fake_screen, fake_virtual_camera


@pytest.fixture
def virtual_camera(monkeypatch) -> type[FakeVirtualCamera]:
    return fake_virtual_camera(monkeypatch)


@pytest.fixture
def screen(monkeypatch) -> Screen:
    return fake_screen(monkeypatch)


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A disk of 64 kB."""
    mount = tmp_path / "small"
    mount.mkdir()
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(mount)], capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if done.returncode:
        pytest.skip(f"this user may not mount a small disk: {done.stderr.decode().strip()}")
    try:
        yield mount
    finally:
        subprocess.run(["umount", str(mount)], check=True)


def context(**fields) -> OutputContext:
    """Return what outputs are opened with, where a test wants nothing special."""
    plain = {
        "controls": Controls(),
        "caption": list,
        "size_wh": (1280, 720),
        "fps": 30.0,
        "source_name": "list",
        "source_fps": 30.0,
        "stills": False,
    }
    return OutputContext(**(plain | fields))


def frames(count=10, fps=25.0, size=(160, 120)) -> list[Frame]:
    """Return frames that get lighter, by 20 levels each."""
    return [Frame(picture(*size, level=20 * n), n, n / fps, f"in/{n}.jpg") for n in range(count)]


def levels(path: Path) -> list[int]:
    """Return the grey level of each frame of a video, in steps of 20."""
    capture = cv2.VideoCapture(str(path))
    found = []
    while (got := capture.read())[0]:
        found.append(round(got[1].mean() / 20))
    return found
