"""Run a source in its own thread, handing over only its newest frame."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

from realtime.records import Frame
from realtime.slot import Slot
from realtime.sources.base import Source

# A picture that has not changed for this long stands still; a camera's own noise changes it all the time.
_STANDS_STILL_S = 2.0
# One pixel of so many is compared, across and down.
_COMPARED_PX = 16


class Standstill:
    """Notices that a device gives the same picture again and again, as one does that hangs."""

    def __init__(self) -> None:
        self._last: np.ndarray | None = None
        self._since_s = 0.0

    def notes(self, frame: Frame) -> list[str]:
        """Return what the stats display says of it, a line or none; to be asked of every frame."""
        pixels = frame.image[::_COMPARED_PX, ::_COMPARED_PX]
        if self._last is None or not np.array_equal(pixels, self._last):
            self._last, self._since_s = pixels.copy(), frame.time_s
        return ["the camera's picture stands still"] if frame.time_s - self._since_s > _STANDS_STILL_S else []


class Live:
    """A source whose frames are read in a thread; late ones are dropped and counted, never queued."""

    stills = False
    paced = True

    def __init__(self, source: Source, timeout_s: float = 0.1) -> None:
        """Start the thread.

        Args:
            source: Closed with this one.
            timeout_s: How long `read` waits for a frame.
        """
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

    @property
    def idle(self) -> bool:
        """Whether the source is closed because nobody watches."""
        return self.source.idle

    @property
    def reads(self) -> tuple[Path, ...]:
        """The files that the source reads."""
        return self.source.reads

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
