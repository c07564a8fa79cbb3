"""A studio that runs, and waiting for what it does."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from tests.served import served
from training.studio.work.places import Places


@contextlib.contextmanager
def running_studio(places: Places) -> Iterator[str]:
    """Run a studio; give its address, token and all."""
    folders = ["--runs", str(places.runs), "--model-dir", str(places.models)]
    with served(["-m", "training.studio", "--no-browser", *folders]) as (address, _):
        yield address


def until(true, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
