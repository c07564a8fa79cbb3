"""Work that takes a while, in a process of its own: it can be watched and cancelled, and can't take the page along."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import deque
from typing import Any

from training.studio.work.places import ROOT


class Job:
    """One task of `training.studio.work.worker`, begun when it is made.

    doing: what it is at, for people. done, total: how far; total 0 while it is unknown. result: what it gave. what,
    remedy: why it gave nothing, and what to do about it; empty if it did. All are written by a thread and may be read
    at any time.
    """

    def __init__(self, task: str, **request: Any) -> None:
        self.doing = "starting"
        self.done, self.total = 0, 0
        self.result: dict[str, Any] | None = None
        self.what, self.remedy = "", ""
        self.cancelled = False
        self._told: deque[str] = deque(maxlen=20)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "training.studio.work.worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        assert self._process.stdin is not None
        try:
            with self._process.stdin as pipe:
                pipe.write(json.dumps({"task": task, **request}))
        except BrokenPipeError:  # it has ended already, which the thread will tell
            pass
        self._thread = threading.Thread(target=self._listen, name=f"job {task}", daemon=True)
        self._hearing = threading.Thread(target=self._hear, name=f"errors of {task}", daemon=True)
        self._hearing.start()
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return self._thread.is_alive()

    @property
    def error(self) -> str:
        """Why it gave nothing, and what to do about it, as one text."""
        return f"{self.what} {self.remedy}".strip()

    def cancel(self) -> None:
        """End it; what it has begun to write goes with it."""
        self.cancelled = True
        self._process.kill()

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait for its end."""
        self._thread.join(timeout_s)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._take(json.loads(line))
        code = self._process.wait()
        self._hearing.join()
        if self.cancelled:
            self.what, self.remedy = "Cancelled.", "Start it again if it is wanted."
        elif self.result is None and not self.what:
            last = self._told[-1] if self._told else f"exit code {code}"
            self.what = f"The work ended before it was done: {last}."
            self.remedy = "The machine may be short of memory; try again."

    def _hear(self) -> None:
        """Keep what is written as errors, of which a pipe that nobody reads would fill up."""
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            self._told.extend(line.strip() for line in lines if line.strip())

    def _take(self, message: dict[str, Any]) -> None:
        if "progress" in message:
            self.done, self.total, self.doing = message["progress"]
        elif "error" in message:
            self.what, self.remedy = message["error"]
        else:
            self.result = message["result"]
