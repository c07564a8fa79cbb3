"""Parts of MediaPipe that nobody closed: each in a process of its own, because one that hangs hangs for good."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from realtime.faces.task import closing

_OPENED = """
import gc, threading
import numpy as np
from realtime.faces.blazeface import BlazeFace
from realtime.faces.landmarks import Landmarker
from realtime.records import Frame

detector, landmarker = BlazeFace(), Landmarker()
detector.detect(Frame(np.zeros((48, 64, 3), np.uint8), 0, 0.0, ""))
"""
_IN_CYCLES = """
detector.itself, landmarker.itself = detector, landmarker
detector._detector.itself = detector._detector
del detector, landmarker
"""
_LEFT_OPEN = {
    "at the end of the program": "",
    "in reference cycles": _IN_CYCLES + "gc.collect()",
    "to another thread": _IN_CYCLES + "thread = threading.Thread(target=gc.collect); thread.start(); thread.join()",
    "by nobody, but closed twice": "detector.close(); detector.close(); landmarker.close(); landmarker.close()",
}


@pytest.mark.parametrize("how", _LEFT_OPEN)
def test_a_detector_that_is_left_open_neither_hangs_nor_complains(how):
    here = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", _OPENED + _LEFT_OPEN[how]], cwd=here, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_task_is_closed_once():
    class Owner:
        pass

    class Task:
        closed = 0

        def close(self):
            self.closed += 1

    owner, task = Owner(), Task()
    close = closing(owner, task)
    close()
    close()
    del owner
    assert task.closed == 1
