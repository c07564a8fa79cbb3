"""The program and the shell: streams that are closed or full, and signals at every stage of a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from realtime.cli.process import Stopping, stopping_on_signals
from realtime.cli.shell import ending_plainly
from realtime.controls import Command, Controls
from realtime.images import PART_PREFIX

APP = str(Path(__file__).parents[2] / "app.py")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="these are a POSIX shell's")


def _shell(command: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)} | more
    line = command.replace("app", f"{sys.executable} {APP}", 1)
    return subprocess.run(line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    ("to", "told"),
    [(">&-", "Standard output is closed"), (">/dev/full", "Standard output can't be written: No space left")],
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("what", ["--list-packs", "--doctor", "--help", "--version"])
def test_standard_output_that_takes_nothing_is_told_in_one_line(tmp_path, what, to, told, unbuffered):
    if to == ">/dev/full" and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    done = _shell(f"app {what} {to}", tmp_path, PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"app.py: {told}")


@pytest.mark.model
@pytest.mark.parametrize("to", [">&-", ">/dev/full"])
def test_a_run_whose_output_takes_nothing_is_told_in_one_line(tmp_path, to):
    if to == ">/dev/full" and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    for more in ("--json", "--output none --timeline t.csv"):
        done = _shell(f"app --source demo --max-seconds 0.2 {more} {to}", tmp_path)
        assert done.returncode == 1
        assert [line for line in done.stderr.splitlines() if not line.startswith("Frames")][-1].startswith("app.py: St")
        assert "Traceback" not in done.stderr
    assert (tmp_path / "t.csv").exists() is (to == ">/dev/full")


def test_a_standard_error_that_is_closed_keeps_nobody_from_anything(tmp_path):
    done = _shell("app --list-packs 2>&-", tmp_path)
    assert done.returncode == 0
    assert "classic" in done.stdout
    assert _shell("app --list-packs --nonsense 2>&-", tmp_path).returncode == 2


def _signalled(body: Callable[[Stopping], None]) -> Controls:
    """Run something that gets signals, and which they end in the end; return what it was sent."""
    controls = Controls()

    def whole() -> None:
        with stopping_on_signals(controls) as stopping:
            body(stopping)

    with pytest.raises(KeyboardInterrupt):
        whole()
    return controls


def test_a_signal_ends_the_opening_at_once():
    def opening(stopping):
        signal.raise_signal(signal.SIGTERM)
        pytest.fail("the opening went on")

    _signalled(opening)


def test_a_signal_ends_the_run_after_the_frame_at_hand_and_a_second_at_once():
    reached = []

    def running(stopping):
        stopping.run()
        signal.raise_signal(signal.SIGHUP)
        reached.append("the frame at hand")
        signal.raise_signal(signal.SIGTERM)
        reached.append("more")

    assert _signalled(running).take() == [Command.QUIT]
    assert reached == ["the frame at hand"]


def test_no_number_of_signals_breaks_off_the_finishing_of_files():
    reached = []

    def finishing(stopping):
        stopping.run()
        stopping.finish()
        for _ in range(3):
            signal.raise_signal(signal.SIGTERM)
        reached.append("files")
        stopping.let_go()
        signal.raise_signal(signal.SIGTERM)
        reached.append("devices that hang")

    _signalled(finishing)
    assert reached == ["files"]


def test_a_signal_that_a_library_made_an_error_of_its_own_of_ends_plainly():
    def importing():
        try:
            signal.raise_signal(signal.SIGTERM)
        except KeyboardInterrupt as error:
            raise ImportError("initialization failed") from error

    def whole():
        with ending_plainly():
            importing()

    with pytest.raises(KeyboardInterrupt):
        whole()


def test_what_nohup_has_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping_on_signals(Controls()):
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.model
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("after_s", [0.15, 0.5, 1.0])
def test_a_signal_within_the_first_second_ends_plainly(tmp_path, number, after_s):
    process = _begun(tmp_path, "--source", "demo", "--output", "o.mp4", "--record-trace", "t.jsonl")
    if number == signal.SIGINT:  # Python itself answers an earlier one with a traceback
        _wait_for_handlers(process)
    time.sleep(after_s)
    process.send_signal(number)
    _, told = process.communicate(timeout=60)
    assert process.returncode in (130, -number)  # the latter while Python itself starts
    assert "Traceback" not in told
    assert not list(tmp_path.glob(f"{PART_PREFIX}*"))


@pytest.mark.model
def test_signals_while_a_video_is_finished_do_not_lose_it(tmp_path):
    process = _begun(tmp_path, "--source", "demo", "--output", "o.mp4", "--record-trace", "t.jsonl")
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(f"{PART_PREFIX}*.mp4")) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.5)
    for _ in range(40):
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGTERM)
        time.sleep(0.005)
    _, told = process.communicate(timeout=60)
    assert "Traceback" not in told
    assert cv2.VideoCapture(str(tmp_path / "o.mp4")).grab()
    assert (tmp_path / "t.jsonl").exists()
    assert not list(tmp_path.glob(f"{PART_PREFIX}*"))


def _wait_for_handlers(process: subprocess.Popen[str]) -> None:
    """Wait until a process handles SIGTERM, where the system tells."""
    status = Path(f"/proc/{process.pid}/status")
    deadline = time.monotonic() + 60
    while status.exists() and time.monotonic() < deadline:
        caught = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt"))
        if int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.01)


def _begun(folder: Path, *args: str) -> subprocess.Popen[str]:
    environment = os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    return subprocess.Popen(
        [sys.executable, APP, *args],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
