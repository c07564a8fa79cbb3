"""A recording, or the demo, in place of a camera."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from realtime.records import Frame
from realtime.sources.base import Source


class Looped:
    """Gives a source over and over, at its own pace and at times of the monotonic clock, as a device does."""

    stills = False
    paced = True
    idle = False
    dropped = 0

    def __init__(self, source: Source, again: Callable[[], Source]) -> None:
        """Take a source.

        Args:
            source: The first time; closed with this one.
            again: Opens it anew for each time more.
        """
        self._source, self._again = source, again
        self.name, self.fps, self.ended = source.name, source.fps, False
        self.reads: tuple[Path, ...] = source.reads
        self._closing = threading.Event()
        self._index = 0
        self._begun_s: float | None = None

    def read(self) -> Frame | None:
        """Return the next frame when it is due; None between two times. Raises what the source raises."""
        if self.ended:
            return None
        frame = self._source.read()
        if frame is None:
            if self._source.ended:
                self._source.close()
                self._source, self._begun_s = self._again(), None
            return None
        now_s = time.monotonic()
        if self._begun_s is None:
            self._begun_s = now_s - frame.time_s
        self._closing.wait(max(self._begun_s + frame.time_s - now_s, 0.0))
        self._index += 1
        return Frame(frame.image, self._index - 1, time.monotonic(), self.name)

    def stop(self) -> None:
        """End it."""
        self.ended = True
        self._closing.set()

    def close(self) -> None:
        """Close the source."""
        self.stop()
        self._source.close()
