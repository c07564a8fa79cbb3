"""A panel that runs with a home of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.served import served


@dataclass(frozen=True)
class RunningPanel:
    """address: token and all. home: of its user. process: its own."""

    address: str
    home: Path
    process: subprocess.Popen[str]

    @property
    def config(self) -> Path:
        return self.home / "config" / "emoji-camera" / "config.toml"

    def cameras(self) -> list[int]:
        """Return the processes it has started (Linux)."""
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(pid) for file in children for pid in file.read_text().split()]


def environment(home: Path, language: str = "en_US.UTF-8") -> dict[str, str]:
    """Return an environment in which nothing of the real home is seen."""
    kept = {key: value for key, value in os.environ.items() if key != "LC_ALL"}
    folders = {f"XDG_{kind.upper()}_HOME": str(home / kind) for kind in ("config", "data", "cache", "state")}
    return kept | folders | {"HOME": str(home), "LANG": language}


@contextlib.contextmanager
def running_panel(home: Path, config: str = "", language: str = "en_US.UTF-8") -> Iterator[RunningPanel]:
    """Run a panel; config: what its user's configuration says."""
    path = home / "config" / "emoji-camera" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(config)
    with served(["app.py", "--panel", "--no-browser"], environment=environment(home, language)) as (address, process):
        yield RunningPanel(address, home, process)
