"""A studio that runs, and waiting for what it does."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time

from training.studio.work.places import ROOT, Places


@contextlib.contextmanager
def running_studio(places: Places):
    """Run a studio; give its address, token and all."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTEST_CURRENT_TEST"}
    folders = ["--runs", str(places.runs), "--model-dir", str(places.models)]
    command = [sys.executable, "-m", "training.studio", "--no-browser", *folders]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    heard: list[str] = []
    thread = threading.Thread(target=lambda: heard.extend(process.stderr), daemon=True)
    thread.start()
    try:
        first = process.stdout.readline()
        assert "http://127.0.0.1:" in first, first + "".join(heard)
        yield re.search(r"http\S+", first)[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stdout.close()
        thread.join(5)
        process.stderr.close()
        assert "Traceback" not in "".join(heard), "".join(heard)


def until(true, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
