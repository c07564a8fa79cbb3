"""Run a source in its own thread, handing over only its newest frame."""

from __future__ import annotations

import threading
from pathlib import Path

from realtime.records import Frame
from realtime.slot import Slot
from realtime.sources.base import Source


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
