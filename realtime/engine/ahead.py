"""Frames decoded ahead: a thread reads a file while its frames are worked on."""

from __future__ import annotations

import contextlib
import queue
import threading
from pathlib import Path

from realtime.records import Frame
from realtime.sources.base import Source

# So many frames wait at most; of 4K, they have 100 MB.
_WAITING = 4
# Whoever waits looks this often whether the other is still there.
_LOOK_S = 0.2


class Ahead:
    """A source of recorded frames, in order and complete, read by a thread of its own."""

    paced = False
    idle = False

    def __init__(self, source: Source) -> None:
        """Begin to read; the source is closed with this one."""
        self._source = source
        self.name, self.fps, self.stills = source.name, source.fps, source.stills
        self.ended = False
        self._stopped = False
        self._waiting: queue.Queue[Frame | Exception | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._run, name="decoding ahead", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """How many frames were passed over."""
        return self._source.dropped

    @property
    def reads(self) -> tuple[Path, ...]:
        """The files on disk that it reads."""
        return self._source.reads

    def read(self) -> Frame | None:
        """Return the next frame, None at the end. Raises what the source raises."""
        while not self.ended:
            try:
                got = self._waiting.get(timeout=_LOOK_S)
            except queue.Empty:
                self.ended = not self._thread.is_alive() and self._waiting.empty()
                continue
            if isinstance(got, Frame):
                return got
            self.ended = True
            if got is not None:
                raise got
        return None

    def stop(self) -> None:
        """Give no more frames."""
        self.ended = self._stopped = True

    def close(self) -> None:
        """End the thread, and close the source."""
        self.stop()
        self._thread.join()
        self._source.close()

    def _run(self) -> None:
        last: Exception | None = None
        try:
            while not self._stopped and (frame := self._source.read()) is not None:
                self._put(frame)
        except Exception as error:  # whoever reads is told
            last = error
        self._put(last)

    def _put(self, item: Frame | Exception | None) -> None:
        while not self._stopped:
            with contextlib.suppress(queue.Full):
                return self._waiting.put(item, timeout=_LOOK_S)
