"""How far a file is: a bar with the time left on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any, TextIO

from realtime.records import Frame
from realtime.sources.base import Source, length_s

log = logging.getLogger(__name__)

# Between two lines, where there is no terminal.
_LINE_S = 10.0


class Progress:
    """Tells how much of a file is done; to be closed."""

    def __init__(self, length_s: float, fps: float, doing: str = "", told: TextIO | None = None) -> None:
        """Begin with nothing done.

        Args:
            length_s: How long the file is, in seconds of its own.
            fps: Its frames a second.
            doing: What is done with it.
            told: Where it is told; by default standard error.
        """
        self._length_s = length_s
        self._doing = f"{doing}: " if doing else ""
        self._begun_s = self._line_s = time.monotonic()
        told = told or sys.stderr
        self._bar: Any = None
        if told.isatty():
            from tqdm import tqdm  # which takes a while to load, and is of no use elsewhere

            tqdm.monitor_interval = 0  # no thread that watches over it
            frames = max(round(length_s * fps), 1)
            self._bar = tqdm(desc=doing or None, total=frames, unit=" frames", file=told, leave=False)

    def __call__(self, frame: Frame, faces: int | None = None) -> None:
        """Take in a frame that is done. faces: how many people were found so far, if that is to be told."""
        if self._bar is not None:
            if faces is not None:
                self._bar.set_postfix(faces=faces, refresh=False)
            self._bar.update(min(frame.index + 1, self._bar.total) - self._bar.n)
            return
        now_s = time.monotonic()
        share = min(frame.time_s / self._length_s, 1.0)
        if now_s - self._line_s >= _LINE_S and share > 0:
            self._line_s = now_s
            left_s = (now_s - self._begun_s) * (1 - share) / share
            log.info(
                "%s%.0f of %.0f s are done (%.0f %%), %.0f s left.",
                self._doing,
                frame.time_s,
                self._length_s,
                share * 100,
                left_s,
            )

    def close(self) -> None:
        """Take the bar away. May be called twice."""
        if self._bar is not None:
            self._bar.close()


def progress_of(source: Source, as_json: bool, max_seconds: float | None, doing: str = "") -> Progress | None:
    """Return what tells how far a source is; None where its end is not known, or programs read what is told."""
    known_s = length_s(source)
    if known_s is None or source.paced or as_json:
        return None
    return Progress(known_s if max_seconds is None else min(known_s, max_seconds), source.fps, doing)
