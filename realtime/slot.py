"""A place for one item between two threads."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

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
