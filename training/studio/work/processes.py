"""Processes that outlive the studio: started apart from it, found again, halted and stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psutil

from realtime.errors import UsageError
from training.studio.work.places import ROOT

# A process's time of creation is counted from the boot, whose time moves by so much when the clock is set right.
_SAME_TIME_S = 2.0


def start_apart(command: list[str], log: Path) -> int:
    """Start a command in a session of its own, its output added to a log; return its process id."""
    flags = 0
    if sys.platform == "win32":  # no console of the studio's, whose closing and Ctrl-C would reach it
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"},
            creationflags=flags,
            start_new_session=True,  # Windows takes no notice
        )
    process.returncode = 0  # whoever goes on watching it does so by its id
    return process.pid


def identity(pid: int) -> float | None:
    """Return when a living process was created, which tells it from others of that id; Unix time, None if it is dead.

    A process that has ended and lingers because nobody asked for its exit code (a zombie) is dead.
    """
    try:
        process = psutil.Process(pid)
        return None if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD) else process.create_time()
    except psutil.Error:
        return None


def lives(pid: object, created_s: object) -> bool:
    """Return whether the process with this id and this identity lives; false for what can't be either."""
    if not isinstance(pid, int) or pid <= 0 or not isinstance(created_s, float):
        return False
    now = identity(pid)
    return now is not None and abs(now - created_s) < _SAME_TIME_S


def is_halted(pid: int) -> bool:
    """Return whether a process waits for `go_on`."""
    try:
        return psutil.Process(pid).status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
    except psutil.Error:
        return False


def halt(pid: int) -> None:
    """Let a process and its helpers wait, the process first, so that it starts no more of them.

    Raises UsageError for a process of somebody else, here and in the following.
    """
    with _reached(pid) as process:
        process.suspend()
        _each(process.children(recursive=True), psutil.Process.suspend)


def go_on(pid: int) -> None:
    """Let a process and its helpers that wait go on, the helpers first."""
    with _reached(pid) as process:
        _each(reversed(_family(process)), psutil.Process.resume)


def stop(pid: int, at_once: bool = False) -> None:
    """Ask a process and its helpers to end, or end them at once. Windows can't ask: there they are ended."""
    with _reached(pid) as process:
        family = _family(process)
        if at_once or sys.platform == "win32":
            _each(family, psutil.Process.kill)
        else:
            _each(family, lambda one: one.send_signal(signal.SIGINT))
            _each(reversed(family), psutil.Process.resume)  # what waits would never hear of it


@contextlib.contextmanager
def _reached(pid: int) -> Iterator[psutil.Process]:
    """Give a process to act upon; one that has ended meanwhile is left alone."""
    try:
        yield psutil.Process(pid)
    except psutil.NoSuchProcess:
        pass
    except psutil.AccessDenied as error:
        raise UsageError(f"Process {pid} is not yours any more.", "Load the page again.") from error


def _family(process: psutil.Process) -> list[psutil.Process]:
    """Return a process and all that come from it."""
    return [process, *process.children(recursive=True)]


def _each(family: Iterable[psutil.Process], do: Callable[[psutil.Process], object]) -> None:
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            do(process)
