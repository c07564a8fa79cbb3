"""The frames of a recording in any order, as somebody needs them who looks through it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

from realtime.records import Frame
from realtime.sources.base import Source


class Anywhere:
    """Gives frames by their positions, from any thread. What can't be sought in is read from its start."""

    def __init__(self, open_again: Callable[[], Source], times_s: Sequence[float]) -> None:
        """Open nothing yet.

        Args:
            open_again: opens the recording.
            times_s: of its frames, rising.
        """
        self._open_again, self._times_s = open_again, times_s
        self._source: Source | None = None
        self._next = 0
        self._lock = threading.Lock()

    def frame(self, at: int) -> Frame | None:
        """Return a frame by its position, counted from 0; None where the recording does not have it any more.

        Raises:
            InputError: the recording can't be opened.
        """
        with self._lock:
            return self._sought(at) or self._read_on(at)

    def close(self) -> None:
        """Close the recording."""
        with self._lock:
            self._close()

    def _sought(self, at: int) -> Frame | None:
        source = self._opened()
        read_at = getattr(source, "read_at", None)
        if read_at is None or at == self._next:
            return None
        if self._next == 0:
            source.read()  # by which it knows when it begins
        frame = read_at(self._times_s[at])
        if frame is None:
            self._close()
            return None
        self._next = at + 1
        return replace(frame, index=at)

    def _read_on(self, at: int) -> Frame | None:
        if at < self._next:
            self._close()
        source = self._opened()
        frame = None
        while self._next <= at:
            frame = source.read()
            if frame is None:
                self._close()
                return None
            self._next += 1
        return None if frame is None else replace(frame, index=at)

    def _opened(self) -> Source:
        if self._source is None or self._source.ended:
            self._close()
            self._source = self._open_again()
        return self._source

    def _close(self) -> None:
        if self._source is not None:
            self._source.close()
        self._source, self._next = None, 0
