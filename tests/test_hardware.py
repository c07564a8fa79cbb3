"""On real v4l2loopback devices, where there are any: `sudo modprobe v4l2loopback devices=2 exclusive_caps=1`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from realtime import loopback
from realtime.errors import VirtualCameraError
from realtime.virtual import VirtualCameraSink
from tests.fakes import frame, picture

ROOT = Path(__file__).parent.parent
DEVICES = [path for path in loopback.devices() if os.access(path, os.R_OK | os.W_OK)]

pytestmark = [
    pytest.mark.hardware,
    pytest.mark.skipif(len(DEVICES) < 1, reason="there is no v4l2loopback device here that may be written"),
]


def _send(device: str, frames: int = 5) -> None:
    sink = VirtualCameraSink(device, (640, 480), 30)
    for n in range(frames):
        sink.write(frame(n, image=picture(640, 480, 20 * n)))
    assert sink.close() == f"virtual camera {device}"


def test_a_device_can_be_written_again_after_a_clean_end():
    for _ in range(3):
        _send(DEVICES[-1])


def test_a_device_can_be_written_again_after_its_writer_was_killed():
    code = (
        "import time; from tests.test_hardware import *\n"
        f"sink = VirtualCameraSink({DEVICES[-1]!r}, (640, 480), 30)\n"
        "while True: sink.write(frame(0, image=picture(640, 480))); print('sent', flush=True); time.sleep(0.03)"
    )
    writer = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert writer.stdout.readline() == "sent\n"
    writer.kill()
    writer.wait()
    writer.stdout.close()
    _send(DEVICES[-1])


def test_a_device_in_use_is_left_alone():
    first = VirtualCameraSink(DEVICES[-1], (640, 480), 30)
    for n in range(5):
        first.write(frame(n, image=picture(640, 480)))
        time.sleep(0.03)

    with pytest.raises(VirtualCameraError):
        VirtualCameraSink(DEVICES[-1], (640, 480), 30)
    first.write(frame(6, image=picture(640, 480)))
    first.close()
