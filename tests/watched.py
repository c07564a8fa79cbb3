"""Programs under strace: what they ask of the network, and which files they write. As a program, the short watches.

`python -m tests.watched FOLDER` runs a training step, the studio's start and the virtual camera's path one after the
other, each in a folder of its own below FOLDER, and writes there how each has ended.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parent.parent
# Children and threads too (-f). Without -y nobody would know to which folder a relative name belongs.
STRACE = ("strace", "-f", "-q", "-y", "-ttt", "-e", "trace=network,open,openat,creat,mkdir,mkdirat,rename,renameat2")
# Longer than any of them takes on a machine that is busy with other tests.
_PATIENCE_S = 400
# The exit code that stands for one that took longer.
_TOO_LONG = 124
# What opens for writing and is no file that stays.
_DEVICES = re.compile(r"/(dev(?!/shm/)|proc|sys)/")


class Watched:
    """A program under strace, in an empty folder and with an empty home; `start` starts it, or another process has."""

    def __init__(self, folder: Path) -> None:
        """Take a folder: empty, or one in which another process watches."""
        self.home, self.here, self.temporary = folder / "home", folder / "here", folder / "tmp"
        self.trace, self._output, self._code = folder / "trace", folder / "output.txt", folder / "code"

    def start(self, command: list[str], **environment: str) -> subprocess.Popen[bytes]:
        """Start a program; it leads a group of processes."""
        for folder in (self.home, self.here, self.temporary):
            folder.mkdir(parents=True)
        with self._output.open("wb") as output:
            return subprocess.Popen(
                ["nice", "-n", "10", *STRACE, "-o", str(self.trace), *command],
                cwd=self.here,
                env=self._environment() | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ended(self, code: int) -> None:
        """Tell others that the program has ended, and how."""
        part = self._code.with_suffix(".part")
        part.write_text(str(code))
        part.replace(self._code)

    def wait(self) -> tuple[int, str]:
        """Wait until another process says that the program has ended; return its exit code and what it said."""
        deadline = time.monotonic() + 3 * _PATIENCE_S
        while not self._code.exists():
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.2)
        return int(self._code.read_text()), self.said()

    def said(self) -> str:
        """Return what it has said up to now."""
        return self._output.read_text(encoding="utf-8", errors="replace") if self._output.exists() else ""

    def addresses(self) -> set[str]:
        """Return the addresses of the internet that were named in any call, this machine's own among them."""
        calls = self.trace.read_text(encoding="utf-8", errors="replace")
        named = re.findall(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"', calls)
        return {four or six for four, six in named}

    def internet_calls(self) -> list[str]:
        """Return the calls that have to do with sockets of the internet's kind."""
        calls = self.trace.read_text(encoding="utf-8", errors="replace")
        return re.findall(r".*(?:AF_INET|PF_INET).*", calls)

    def written(self) -> set[Path]:
        """Return all files and folders that were opened for writing or made, wherever they lie; no devices."""
        found = set()
        for line in self.trace.read_text(encoding="utf-8", errors="replace").splitlines():
            if " = -1 " in line:
                continue
            is_file = re.search(r" (?:open|openat|creat)\(", line)
            if is_file and not re.search(r"O_(?:WRONLY|RDWR|CREAT)| creat\(", line):
                continue
            if is_file or re.search(r" (?:mkdir|mkdirat|rename|renameat2)\(", line):
                at = re.search(r"\((?:AT_FDCWD|\d+)<([^>]*)>", line)
                for name in re.findall(r'"([^"]*)"', line):
                    path = os.path.normpath(os.path.join(at[1] if at else self.here, name))
                    if not _DEVICES.match(path):
                        found.add(Path(path))
        return found

    def left(self) -> list[str]:
        """Return the files that lie in the home, the working folder and the folder for temporary files now."""
        return [name for folder in (self.home, self.here, self.temporary) for name in files_below(folder)]

    def _environment(self) -> dict[str, str]:
        """Return this environment without a display, with an empty home, and with telemetry turned on."""
        hidden = ("WAYLAND_DISPLAY", "DISPLAY", "PYTEST_CURRENT_TEST")
        kept = {key: value for key, value in os.environ.items() if not key.startswith("XDG_") and key not in hidden}
        own = {"HOME": str(self.home), "TMPDIR": str(self.temporary), "PYTHONPATH": str(ROOT)}
        return kept | own | {"ORT_DISABLE_TELEMETRY": "0", "PYTHONDONTWRITEBYTECODE": "1"}


def files_below(folder: Path) -> list[str]:
    """Return all files below a folder, as relative paths."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


# ---- the short watches


_VIRTUAL = """
import sys
from pyvirtualcam import camera
from realtime.outputs import virtual_camera

class Device:  # stands for the one of the system's, which sends nowhere else either
    def __init__(self, **_): pass
    def device(self): return "Fake"
    def native_fourcc(self): return None
    def send(self, frame): pass
    def close(self): pass

camera.BACKENDS.clear()
camera.BACKENDS["fake"] = Device
virtual_camera.check = lambda addresses: None  # there is no device to look for
import app
sys.exit(app.main(["--source", "demo", "--output", "virtual", "--max-seconds", "4"]))
"""
_TRAINING = """
import sys
from tests.training.runs import TINY
from training import model, train
model.CONFIGS["small"] = model.ModelConfig(**TINY)
sys.exit(train.main(sys.argv[1:]))
"""


def _watch_virtual(watched: Watched) -> int:
    with _group(watched.start([sys.executable, "-c", _VIRTUAL])) as process:
        return process.wait(_PATIENCE_S)


def _watch_training(watched: Watched) -> int:
    data = watched.here.parent / "data"
    _write_faces(data)
    arguments = ["--data", str(data), "--output-dir", "run", "--model", "small", "--epochs", "1", "--batch-size", "14"]
    arguments += ["--precision", "32-true", "--no-int8"]
    with _group(watched.start([sys.executable, "-c", _TRAINING, *arguments])) as process:
        return process.wait(_PATIENCE_S)


def _watch_studio(watched: Watched) -> int:
    """Start the studio, load its page as a browser would, and end it with Ctrl-C."""
    folders = ["--runs", "runs", "--model-dir", "models"]
    command = [sys.executable, "-m", "training.studio", "--no-browser", *folders]
    with _group(watched.start(command)) as process:
        deadline = time.monotonic() + _PATIENCE_S
        while not (address := re.search(r"http://\S+", watched.said())) and process.poll() is None:
            if time.monotonic() > deadline:
                raise TimeoutError
            time.sleep(0.2)
        if address is not None:
            with contextlib.suppress(OSError), urllib.request.urlopen(address[0], timeout=60) as page:
                page.read()
            time.sleep(5)  # what looks something up after its start gets a chance
            os.killpg(process.pid, signal.SIGINT)
        return process.wait(_PATIENCE_S)


def _write_faces(folder: Path) -> None:
    """Write class folders with a few grey pictures of noise."""
    from realtime.records import EMOTIONS

    rng = np.random.default_rng(0)
    for split, count in (("train", 8), ("valid", 2), ("test", 2)):
        for emotion in EMOTIONS:
            (folder / split / emotion).mkdir(parents=True)
            for n in range(count):
                picture = rng.integers(0, 255, (48, 48), np.uint8)
                cv2.imwrite(str(folder / split / emotion / f"{n}.png"), picture)


@contextlib.contextmanager
def _group(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Give a process that leads a group, and end what is left of the group, however this one is left."""
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


WATCHES: dict[str, Callable[[Watched], int]] = {
    "virtual": _watch_virtual,
    "studio": _watch_studio,
    "training": _watch_training,
}


def main(folder: Path) -> None:
    """Run all short watches, one after the other; one that takes too long counts as failed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    for name, watch in WATCHES.items():
        watched = Watched(folder / name)
        try:
            watched.ended(watch(watched))
        except (subprocess.TimeoutExpired, TimeoutError):
            watched.ended(_TOO_LONG)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
