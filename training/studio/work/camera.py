"""The camera, that is app.py, as a process of its own: started with what was chosen, its stats read, stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from realtime.errors import UsageError
from training.studio.work.places import ROOT

OUTPUTS = {"window": "a window", "virtual": "a virtual camera", "file": "a video file"}
_KEPT_LINES = 40
_STOP_S = 10.0
# A video has to be finished, or nothing can play it, and a slow disk takes its time for that.
_FINISH_S = 180.0
# Stats are over the last of these seconds.
_SPAN_S = 2.0


@dataclass(frozen=True)
class Stats:
    """What the camera tells at the moment. faces: track -> emotion and drawing, of those seen just now."""

    seconds: float
    frames_per_s: float
    faces: dict[int, str]


class Camera:
    """The camera, at most one at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._seen: deque[tuple[float, dict[str, Any]]] = deque(maxlen=600)
        self._began_s = 0.0
        self.command: list[str] = []
        self.words: deque[str] = deque(maxlen=_KEPT_LINES)
        self.video: Path | None = None

    @property
    def running(self) -> bool:
        """Whether it runs, or has not yet said all it had to say."""
        alive = self._process is not None and self._process.poll() is None
        return alive or any(thread.is_alive() for thread in self._threads)

    @property
    def code(self) -> int | None:
        """The exit code of the last run; None while it runs, or if there was none."""
        return None if self._process is None else self._process.poll()

    def start(self, source: str, pack: str, output: str, videos: Path, model: Path) -> None:
        """Start it. source, pack: as its options take them. output: one of OUTPUTS. Raises UsageError if it runs."""
        with self._lock:
            if self.running:
                raise UsageError("The emoji camera runs already.", "Stop it first.")
            self._join()
            self._seen.clear()
            self.words.clear()
            self.video = videos / time.strftime("emoji-camera-%Y%m%d-%H%M%S.mp4") if output == "file" else None
            where = str(self.video) if self.video else output
            # "--name=value": a value that begins with a dash is no option.
            options = [f"--source={source}", f"--pack={pack}", f"--output={where}", f"--model={model}", "--json"]
            self.command = [sys.executable, str(ROOT / "app.py"), *options]
            self._began_s = time.monotonic()
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
            streams = (self._process.stdout, self._hear_face), (self._process.stderr, self.words.append)
            self._threads = [threading.Thread(target=_lines, args=pair, daemon=True) for pair in streams]
            for thread in self._threads:
                thread.start()

    def stats(self) -> Stats:
        """Return what it has told of late."""
        now_s = time.monotonic()
        seen = [(at_s, face) for at_s, face in list(self._seen) if now_s - at_s < _SPAN_S]
        rate = 0.0
        if seen and (span_s := seen[-1][1]["time_s"] - seen[0][1]["time_s"]) > 0:
            rate = (seen[-1][1]["frame"] - seen[0][1]["frame"]) / span_s
        newest = seen[-1][1]["frame"] if seen else -1
        faces = {f["track"]: f"{f['emotion']}, {f['gender']} drawing" for _, f in seen if newest - f["frame"] < 5}
        return Stats(now_s - self._began_s, rate, faces)

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

    def _hear_face(self, line: str) -> None:
        try:
            face = json.loads(line)
            known = {key: face[key] for key in ("frame", "time_s", "track", "emotion", "gender")}
        except (ValueError, KeyError, TypeError):
            return
        self._seen.append((time.monotonic(), known))

    def _join(self) -> None:
        for thread in self._threads:
            thread.join(_STOP_S)
        self._threads = []


def _lines(stream: Any, take: Any) -> None:
    with stream:
        for line in stream:
            take(line.rstrip())
