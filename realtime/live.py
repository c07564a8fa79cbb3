"""Run a source in its own thread, handing over only its newest frame."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

from realtime.records import Frame
from realtime.sources import Source

T = TypeVar("T")


class Slot(Generic[T]):
    """A place for one item between two threads, where the newest wins.

    dropped: how many items were replaced before anybody took them.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._changed = threading.Condition()
        self._item: T | None = None
        self._closed = False
        self._error: BaseException | None = None

    def put(self, item: T) -> None:
        """Place an item, replacing one that was not taken."""
        with self._changed:
            if self._item is not None:
                self.dropped += 1
            self._item = item
            self._changed.notify()

    def take(self, timeout_s: float | None) -> T | None:
        """Take the item, waiting for one (None: as long as it takes); None when the time is over or it was closed.

        Raises the error the slot was closed with, once the last item is taken.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None or self._closed, timeout_s)
            item, self._item = self._item, None
            if item is None and self._error is not None:
                raise self._error
            return item

    def close(self, error: BaseException | None = None) -> None:
        """Say that nothing more will come, and why if it is a failure."""
        with self._changed:
            self._closed = True
            self._error = error
            self._changed.notify_all()

    @property
    def finished(self) -> bool:
        """Whether it was closed without an error and its last item is taken."""
        with self._changed:
            return self._closed and self._item is None and self._error is None


class Live:
    """A source whose frames are read in a thread; late ones are dropped and counted, never queued."""

    stills = False
    paced = True

    def __init__(self, source: Source, timeout_s: float = 0.1) -> None:
        self.source = source
        self.name = source.name
        self.fps = source.fps
        self._timeout_s = timeout_s
        self._slot: Slot[Frame] = Slot()
        self._thread = threading.Thread(target=self._run, name=f"capture {source.name}", daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether the source has ended and its last frame was read."""
        return self._slot.finished

    @property
    def dropped(self) -> int:
        """How many frames were read from the device and not processed."""
        return self._slot.dropped

    def read(self) -> Frame | None:
        """Return the newest frame not yet seen; None if none came in time. Raises the source's error."""
        return self._slot.take(self._timeout_s)

    def stop(self) -> None:
        """End the source soon."""
        self.source.stop()

    def close(self) -> None:
        """End the source, wait for the thread and free what the source holds."""
        self.stop()
        self._thread.join()
        self.source.close()

    def _run(self) -> None:
        try:
            while not self.source.ended:
                frame = self.source.read()
                if frame is not None:
                    self._slot.put(frame)
        except BaseException as error:  # handed to the consumer, which raises it
            self._slot.close(error)
        else:
            self._slot.close()
