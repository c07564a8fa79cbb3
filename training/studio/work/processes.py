"""Processes that outlive the studio: started apart from it, found again, halted and stopped."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from pathlib import Path

from realtime.errors import UsageError
from training.studio.work.places import ROOT

# Processes cannot be halted on Windows; there they are stopped, and go on from the last checkpoint.
CAN_HALT = hasattr(signal, "SIGSTOP")


def start_apart(command: list[str], log: Path) -> int:
    """Start a command in a session of its own, its output added to a log; return its process id."""
    apart = {"creationflags": 0x00000208} if sys.platform == "win32" else {"start_new_session": True}
    with log.open("ab") as sink:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"},
            **apart,  # type: ignore[call-overload]
        )
    process.returncode = 0  # whoever goes on watching it does so by its id
    return process.pid


def identity(pid: int) -> str | None:
    """Return what tells a living process from others that have or had the same id; None if there is none."""
    _reap(pid)
    if sys.platform == "linux":
        fields = _linux_stat(pid)
        if fields is None or fields[0] in "ZX":
            return None
        return f"{fields[19]}@{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}"
    if sys.platform == "win32":
        return _windows_start(pid)
    told = _ps(pid, "stat", "lstart")
    return None if not told or told.startswith("Z") else told.split(maxsplit=1)[1]


def is_halted(pid: int) -> bool:
    """Return whether a process waits for `go_on`."""
    if sys.platform == "linux":
        fields = _linux_stat(pid)
        return fields is not None and fields[0] in "Tt"
    return CAN_HALT and _ps(pid, "stat").startswith("T")


def halt(pid: int) -> None:
    """Let a process and its helpers wait. Raises UsageError where that is not possible."""
    if not CAN_HALT:
        raise UsageError("Windows can't let a run wait.", "Stop it; it goes on from its last checkpoint later.")
    _signal(pid, signal.SIGSTOP)


def go_on(pid: int) -> None:
    """Let a process that waits go on."""
    if CAN_HALT:
        _signal(pid, signal.SIGCONT)


def stop(pid: int, at_once: bool = False) -> None:
    """Ask a process to end, or end it at once."""
    if sys.platform == "win32":
        os.kill(pid, signal.SIGTERM)
        return
    _signal(pid, signal.SIGKILL if at_once else signal.SIGINT)
    go_on(pid)


def _signal(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        pass
    except PermissionError as error:
        raise UsageError(f"Process {pid} is not yours any more.", "Load the page again.") from error


def _reap(pid: int) -> None:
    """Take leave of a child that has ended, so that it does not linger."""
    if hasattr(os, "WNOHANG"):
        with contextlib.suppress(OSError):
            os.waitpid(pid, os.WNOHANG)


def _linux_stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat from the state on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, UnicodeDecodeError):
        return None


def _ps(pid: int, *columns: str) -> str:
    wanted = [word for column in columns for word in ("-o", f"{column}=")]
    done = subprocess.run(["ps", *wanted, "-p", str(pid)], capture_output=True, text=True)
    return done.stdout.strip()


def _windows_start(pid: int) -> str | None:
    kernel = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined]
    handle = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
    if not handle:
        return None
    try:
        times = [ctypes.c_ulonglong() for _ in range(4)]
        code = ctypes.c_ulong()
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        known = kernel.GetProcessTimes(handle, *(ctypes.byref(t) for t in times))
        return str(times[0].value) if known and code.value == 259 else None  # 259: STILL_ACTIVE
    finally:
        kernel.CloseHandle(handle)
