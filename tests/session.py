"""A session of the program that runs under strace, with a window, while other tests run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parent.parent

# Libraries that look something up do so some time after the start; the latest that was seen took two minutes.
SECONDS = 180
# A slow clip in a window takes as long as it lasts, and leaves the machine to the other tests.
_FPS = 5
_STRACE = ("strace", "-f", "-q", "-ttt", "-e", "trace=network")


class Session:
    """The program, playing a clip of a face in a window for three minutes with an empty home."""

    def __init__(self, folder: Path, portrait: np.ndarray) -> None:
        """Start it.

        Args:
            folder: An empty one, for all that it reads and writes.
            portrait: The picture that is played, uint8 (H, W, 3) BGR.
        """
        self.home, self.here, self.trace = folder / "home", folder / "here", folder / "trace"
        self.home.mkdir()
        self.here.mkdir()
        self._output = folder / "output.txt"
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
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                ["nice", "-n", "10", *_STRACE, "-o", str(self.trace), *command],
                cwd=self.here,
                env=_environment(self.home) | {"DISPLAY": display},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait(self) -> tuple[int, str]:
        """Wait until it has ended; return its exit code and what it said."""
        code = self._process.wait(timeout=2 * SECONDS)
        return code, self._output.read_text(encoding="utf-8")

    def seconds(self) -> float:
        """Return how long the program ran, once it has ended."""
        times = [float(time_s) for time_s in re.findall(r"^\d+ +(\d+\.\d+) ", self.trace.read_text(), re.MULTILINE)]
        return times[-1] - times[0]

    def close(self) -> None:
        """End the program, if it still runs, and its display."""
        for process in (self._process, self._display):
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
    probe = subprocess.run([*_STRACE, "true"], capture_output=True, text=True)
    return f"strace may not be used here: {probe.stderr.strip()}" if probe.returncode else ""


def files_below(folder: Path) -> list[str]:
    """Return all files below a folder, as relative paths."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def _environment(home: Path) -> dict[str, str]:
    """Return this environment with an empty home, and with the telemetry that the program turns off turned on."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("XDG_") and key != "WAYLAND_DISPLAY"}
    return kept | {"HOME": str(home), "ORT_DISABLE_TELEMETRY": "0"}


def _write_clip(path: Path, portrait: np.ndarray) -> None:
    """Write a video of a portrait that sways, a little longer than the session has to be."""
    small = cv2.resize(portrait, (240, 280), interpolation=cv2.INTER_AREA)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), _FPS, (240, 280))
    for n in range((SECONDS + 5) * _FPS):
        writer.write(np.roll(small, round(20 * np.sin(n / 10)), axis=1))
    writer.release()
