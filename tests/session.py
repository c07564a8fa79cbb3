"""A session of the program that runs under strace, with a window, while other tests run; and shorter watches beside."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from tests.watched import ROOT, STRACE, Watched

# Libraries that look something up do so some time after the start; the latest that was seen took two minutes.
SECONDS = 180
# A slow clip in a window takes as long as it lasts, and leaves the machine to the other tests.
_FPS = 5


class Session:
    """The program, playing a clip of a face in a window for three minutes with an empty home."""

    def __init__(self, folder: Path, portrait: np.ndarray) -> None:
        """Start it.

        Args:
            folder: An empty one, for all that it reads and writes.
            portrait: The picture that is played, uint8 (H, W, 3) BGR.
        """
        self._watched = Watched(folder / "session")
        self.home, self.here, self.trace = self._watched.home, self._watched.here, self._watched.trace
        self._folder = folder
        _write_clip(folder / "clip.avi", portrait)
        # With -ac anybody may connect: the keys to the display would lie in the real home.
        read, write = os.pipe()
        self._display = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24", "-nolisten", "tcp", "-ac"],
            pass_fds=(write,),
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            display = f":{pipe.readline().strip()}"
        command = [sys.executable, str(ROOT / "app.py"), "--source", str(folder / "clip.avi"), "--output", "window"]
        self._process = self._watched.start(command, DISPLAY=display)
        # One after the other, so that they are done before it is, and leave the machine to the tests.
        self._short = subprocess.Popen(
            ["nice", "-n", "10", sys.executable, "-m", "tests.watched", str(folder / "short")],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait(self) -> tuple[int, str]:
        """Wait until it has ended; return its exit code and what it said."""
        code = self._process.wait(timeout=2 * SECONDS)
        return code, self._watched.said()

    def short(self, name: str) -> Watched:
        """Return one of the watches in `tests.watched`, whose end may have to be waited for."""
        return Watched(self._folder / "short" / name)

    def written(self) -> set[Path]:
        """Return all files that the program has written, wherever they lie."""
        return self._watched.written()

    def left(self) -> list[str]:
        """Return the files it has left in its home, its working folder and the folder for temporary files."""
        return self._watched.left()

    def seconds(self) -> float:
        """Return how long the program ran, once it has ended."""
        times = [float(time_s) for time_s in re.findall(r"^\d+ +(\d+\.\d+) ", self.trace.read_text(), re.MULTILINE)]
        return times[-1] - times[0]

    def close(self) -> None:
        """End the programs, as far as they still run, and the display."""
        for process in (self._short, self._process, self._display):
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def why_not() -> str:
    """Return why a session can't be had on this machine; empty if it can."""
    for tool in ("strace", "Xvfb"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    probe = subprocess.run([*STRACE, "true"], capture_output=True, text=True)
    return f"strace may not be used here: {probe.stderr.strip()}" if probe.returncode else ""


def _write_clip(path: Path, portrait: np.ndarray) -> None:
    """Write a video of a portrait that sways, a little longer than the session has to be."""
    small = cv2.resize(portrait, (240, 280), interpolation=cv2.INTER_AREA)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), _FPS, (240, 280))
    for n in range((SECONDS + 5) * _FPS):
        writer.write(np.roll(small, round(20 * np.sin(n / 10)), axis=1))
    writer.release()
