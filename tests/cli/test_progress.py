"""How far a file is, told on a terminal and elsewhere."""

from __future__ import annotations

import io
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from realtime.cli import progress
from realtime.cli.progress import Progress, progress_of
from realtime.sources.demo import Demo
from realtime.sources.files import Pictures
from realtime.sources.video import Video
from tests.fakes import frame, picture
from tests.media import times_of, write_clip

ROOT = Path(__file__).parents[2]


class Terminal(io.StringIO):
    """Takes text as a terminal does."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar_with_the_time_left():
    terminal = Terminal()
    bar = Progress(4.0, 25.0, told=terminal)
    for n in range(100):
        bar(frame(n, n / 25))
        time.sleep(0.003)
    shown = terminal.getvalue()
    bar.close()
    bar.close()
    assert "/100 [" in shown
    assert "<" in shown  # what stands before the time left
    assert "frames/s" in shown


def test_elsewhere_a_line_is_told_now_and_then(monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    lines = Progress(100.0, 25.0, told=io.StringIO())
    for n in range(51):
        lines(frame(n, float(n)))
        now[0] += 1
    assert [r.getMessage() for r in caplog.records] == [
        f"{n} of 100 s are done ({n} %), {left} s left."
        for n, left in ((10, 90), (20, 80), (30, 70), (40, 60), (50, 50))
    ]


def test_only_what_says_how_long_it_is_has_a_bar(tmp_path, folder_of_pictures):
    clip = write_clip(tmp_path / "a.mp4", [picture(64, 48)] * 25, [n / 25 for n in range(25)])
    for source, known in ((Video(str(clip)), True), (Pictures(folder_of_pictures), True), (Demo(), False)):
        assert (progress_of(source, False, None) is not None) is known
        assert progress_of(source, True, None) is None
        source.close()


@pytest.fixture
def folder_of_pictures(tmp_path) -> Path:
    from realtime.images import write_picture

    (tmp_path / "in").mkdir()
    for n in range(3):
        write_picture(tmp_path / "in" / f"{n}.png", picture(64, 48))
    return tmp_path / "in"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_stopping_finishes_the_file_and_says_so(shipped_model, tmp_path):
    clip = write_clip(tmp_path / "a.mp4", [picture(640, 480)] * 600, [n / 25 for n in range(600)])
    out = tmp_path / "out.mp4"
    process = subprocess.Popen(
        [sys.executable, "app.py", "--source", str(clip), "--output", str(out)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("emoji-camera-part-*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    said, complained = process.communicate(timeout=60)
    assert process.returncode == 130, complained
    assert "Stopped: what is written ends here, and is whole." in said
    assert complained == ""
    assert 0 < len(times_of(out)) < 600
