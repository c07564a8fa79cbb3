"""Processes apart: known again, halted, going on and stopped."""

from __future__ import annotations

import os
import signal
import sys

import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

import psutil

from realtime.errors import UsageError
from tests.training.studio.running import until
from training.studio.work import processes


def test_a_process_apart_is_found_halted_and_stopped(tmp_path):
    code = (
        "import time\n"
        "try:\n print('begun', flush=True)\n time.sleep(60)\n"
        "except KeyboardInterrupt: print('interrupted')"
    )
    pid = processes.start_apart([sys.executable, "-c", code], tmp_path / "log.txt")
    who = processes.identity(pid)
    assert who is not None
    assert os.getsid(pid) == pid  # closing the studio or its terminal does not reach it
    until(lambda: "begun" in (tmp_path / "log.txt").read_text())
    processes.halt(pid)
    until(lambda: processes.is_halted(pid))
    processes.stop(pid)
    until(lambda: processes.identity(pid) is None)
    assert "interrupted" in (tmp_path / "log.txt").read_text()
    assert processes.identity(os.getpid()) == processes.identity(os.getpid()) != who
    processes.stop(pid)


def test_a_process_that_has_ended_is_dead_before_anybody_asks_for_its_exit_code(tmp_path):
    pid = processes.start_apart([sys.executable, "-c", "input()"], tmp_path / "log.txt")
    until(lambda: psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    assert processes.identity(pid) is None
    assert not processes.lives(pid, psutil.Process(pid).create_time())


def test_a_process_is_known_by_its_time_of_creation():
    pid, created_s = os.getpid(), processes.identity(os.getpid())
    assert processes.lives(pid, created_s)
    for another in (created_s - 60, created_s + 60, None, "x", True):
        assert not processes.lives(pid, another)
    for no_pid in (0, -1, "x", None, 10**30):
        assert not processes.lives(no_pid, created_s)


def test_somebody_elses_process_is_left_alone_with_a_sentence(monkeypatch):
    def refuse(process):
        raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(psutil.Process, "suspend", refuse)
    with pytest.raises(UsageError, match=f"Process {os.getpid()} is not yours any more"):
        processes.halt(os.getpid())


# A process with a helper in a session of its own, as some data loaders are. It tells of the helper once that runs: one
# asked to end while its Python still starts would fail instead.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen(
    [sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(60)"],
    stdout=subprocess.PIPE,
    start_new_session=True,
)
child.stdout.readline()
try:
    print(child.pid, flush=True)
    time.sleep(60)
finally:
    print(child.wait(), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="processes can't be asked to end there")
def test_helpers_wait_go_on_and_end_with_their_process(tmp_path):
    log = tmp_path / "log.txt"
    for at_once in (False, True):
        log.unlink(missing_ok=True)
        parent = processes.start_apart([sys.executable, "-c", PARENT], log)
        until(lambda: log.read_text().endswith("\n"))
        family = (parent, int(log.read_text()))
        processes.halt(parent)
        until(lambda pids=family: all(processes.is_halted(pid) for pid in pids))
        processes.go_on(parent)
        until(lambda pids=family: not any(processes.is_halted(pid) for pid in pids))
        assert all(processes.identity(pid) for pid in family)
        processes.halt(parent)
        processes.stop(parent, at_once)
        until(lambda pids=family: not any(processes.identity(pid) for pid in pids))
        assert (str(-signal.SIGINT) in log.read_text().split()) != at_once  # the parent has seen its helper end
