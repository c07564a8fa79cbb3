"""A program that serves a page, run as its user would run it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent


@contextlib.contextmanager
def served(
    words: Sequence[str], cwd: Path = ROOT, environment: Mapping[str, str] = os.environ
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run Python with these words; give the address that it tells first, token and all, and its process.

    It is ended as by Ctrl-C, and must not have shown a traceback.
    """
    kept = {key: value for key, value in environment.items() if key != "PYTEST_CURRENT_TEST"}
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [sys.executable, *words], cwd=cwd, env=kept, stdout=subprocess.PIPE, stderr=said, text=True
        )
        try:
            first = process.stdout.readline()
            assert "http://127.0.0.1:" in first, first + _all_of(said)
            yield re.search(r"http\S+", first)[0], process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.wait(30)
            process.stdout.close()
        assert "Traceback" not in _all_of(said), _all_of(said)


def _all_of(file) -> str:
    file.seek(0)
    return file.read()
