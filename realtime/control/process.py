"""The camera, that is app.py, as a process of its own: started, steered through its control socket, stopped."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from realtime.errors import InputError, UsageError
from realtime.shipped import INSTALLED, ROOT

# What starts the program; where it was installed, its script lies inside the package.
PROGRAM = [sys.executable, "-m", "realtime.app"] if INSTALLED else [sys.executable, str(ROOT / "app.py")]
_KEPT_LINES = 40
_STOP_S = 10.0
# A video has to be finished, or nothing can play it, and a slow disk takes its time for that.
_FINISH_S = 180.0
# A change may have to wait until a file is finished.
_ANSWER_S = 20.0
# Several pages that ask within this time get one answer.
_FRESH_S = 0.25
# What the camera says when its control socket answers.
_SAID = re.compile(r"The control socket answers at (http://127\.0\.0\.1:\d+) \(token: (.*)\)\.")
# No proxy stands between two programs of this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class CameraProcess:
    """The camera, at most one at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._asked_s = 0.0
        self._state: dict[str, Any] = {}
        self.command: list[str] = []
        self.words: deque[str] = deque(maxlen=_KEPT_LINES)
        # The video file that is written or was written last.
        self.video: Path | None = None
        # Where the control socket answers, and what it wants; empty until it does.
        self.address = self.token = ""

    @property
    def running(self) -> bool:
        """Whether it runs, or has not yet said all it had to say."""
        alive = self._process is not None and self._process.poll() is None
        return alive or any(thread.is_alive() for thread in self._threads)

    @property
    def code(self) -> int | None:
        """The exit code of the last run, negative for a signal; None while it runs, or if there was none."""
        return None if self._process is None else self._process.poll()

    def start(self, options: Sequence[str], video: Path | None = None) -> None:
        """Start it.

        Args:
            options: Of its command line. "--name=value" is safe for a value that begins with a dash.
            video: The file it writes, if it writes one.

        Raises:
            UsageError: It runs already.
        """
        with self._lock:
            if self.running:
                raise UsageError("The emoji camera runs already.", "Stop it first.")
            self._join()
            self.words.clear()
            self.address, self.token, self._state, self.video = "", "", {}, video
            self.command = [*PROGRAM, *options, "--control"]
            flags = 0
            if sys.platform == "win32":
                flags = subprocess.CREATE_NEW_PROCESS_GROUP
            self._process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                creationflags=flags,
            )
            streams = (self._process.stdout, self.words.append), (self._process.stderr, self._hear)
            self._threads = [threading.Thread(target=_lines, args=pair, daemon=True) for pair in streams]
            for thread in self._threads:
                thread.start()

    def state(self) -> dict[str, Any]:
        """Return what the camera tells of itself at the moment; empty while it can't be asked."""
        if not (self.running and self.address):
            return {}
        if time.monotonic() - self._asked_s > _FRESH_S:
            self._asked_s = time.monotonic()
            try:
                self._state = self._ask("/state")
            except InputError:  # it is just ending, and says so by itself
                self._state = {}
        return self._state

    def send(self, command: str, **about: str) -> None:
        """Ask for something, by the name of a command. about: `word`, of a mark. Raises InputError."""
        self._ask(f"/command/{command}", about)

    def change(self, values: Mapping[str, Any]) -> bool:
        """Give options other values; return whether the camera is opened anew for that. Raises InputError."""
        return bool(self._ask("/set", values).get("opens_anew"))

    def teach(self, doing: str, name: str) -> None:
        """Let it "record" examples of an expression, or "forget" what was taught of it. Raises InputError."""
        self._ask("/teach", {doing: name})

    def stop(self) -> None:
        """Let it finish its files and end. After ten seconds, or three minutes for a video, it is ended anyway."""
        with self._lock:
            if self._process is None:
                return
            if self.running:
                # Windows knows no interrupt for one process, but a break for a group, and it has one of its own.
                if sys.platform == "win32":
                    self._process.send_signal(signal.CTRL_BREAK_EVENT)
                else:
                    self._process.send_signal(signal.SIGINT)
                try:
                    self._process.wait(_FINISH_S if self.video else _STOP_S)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
            self._join()

    def _ask(self, path: str, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask the control socket; with values, as a request that changes something. Raises InputError."""
        if not self.address:
            raise InputError("The emoji camera does not answer yet.", "Wait a moment, or start it.")
        body = None if values is None else json.dumps(dict(values)).encode()
        request = urllib.request.Request(
            self.address + path, body, {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        )
        try:
            with _OPENER.open(request, timeout=_ANSWER_S) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            raise InputError(*_told(error)) from error
        except (OSError, ValueError) as error:
            raise InputError("The emoji camera does not answer.", "If it has ended, start it again.") from error

    def _hear(self, line: str) -> None:
        if said := _SAID.fullmatch(line):
            self.token = Path(said[2]).read_text("ascii").strip()
            self.address = said[1]
        else:
            self.words.append(line)

    def _join(self) -> None:
        for thread in self._threads:
            thread.join(_STOP_S)
        self._threads = []


def _told(error: urllib.error.HTTPError) -> tuple[str, str]:
    """Return what went wrong, and what to do."""
    try:
        told = json.load(error)
        return str(told["error"]), str(told.get("remedy", ""))
    except (ValueError, KeyError, TypeError, OSError):
        return f"The emoji camera refused ({error.code}).", "Stop it, and start it again."


def _lines(stream: TextIO, take: Callable[[str], None]) -> None:
    with stream:
        for line in stream:
            take(line.rstrip())
