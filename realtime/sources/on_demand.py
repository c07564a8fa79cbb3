"""A source that is open only while somebody watches the virtual camera."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path

from realtime.errors import EmojiCameraError, VirtualCameraError
from realtime.records import Frame
from realtime.sources.base import Source
from realtime.v4l2loopback import holders, holds

log = logging.getLogger(__name__)

# How often it is asked who has the device open. Looking through all processes takes some milliseconds.
_LOOK_EVERY_S = 0.4
# How long to wait before a source that could not be opened is tried again.
_RETRY_S = 1.0
# How long a read waits while there is nothing to give.
_WAIT_S = 0.05


class Watch:
    """Tells whether another program of this user has a virtual video device open; Linux only."""

    def __init__(self, device: str) -> None:
        """Check that the device can be watched.

        Args:
            device: A path like /dev/video10.

        Raises:
            VirtualCameraError: It can't be watched.
        """
        if not sys.platform.startswith("linux") or not device.startswith("/dev/"):
            raise VirtualCameraError(
                f"It can't be told whether somebody watches {device}: only Linux says so, of v4l2loopback devices.",
                "Leave out --on-demand.",
            )
        self._device = device
        self._looked_s = -1e9
        self._watcher: Path | None = None

    def __call__(self) -> bool:
        """Return whether somebody watches, as it was a moment ago."""
        now_s = time.monotonic()
        if now_s - self._looked_s > _LOOK_EVERY_S:
            self._looked_s = now_s
            # All processes are looked through only when the last known watcher has gone.
            if self._watcher is None or not holds(self._watcher, self._device):
                self._watcher = next(iter(holders(self._device)), None)
        return self._watcher is not None


class OnDemand:
    """A source that is opened when somebody watches, and closed again when nobody has for a while.

    While it is closed it gives no frames, and `idle` says so.
    """

    stills = False
    paced = True
    reads: tuple[Path, ...] = ()

    def __init__(
        self,
        name: str,
        fps: float,
        open_source: Callable[[], Source],
        watched: Callable[[], bool],
        grace_s: float = 5.0,
    ) -> None:
        """Open nothing yet.

        Args:
            name: Of the real source.
            fps: Of the real source, nominal.
            open_source: Opens the real source.
            watched: Tells whether somebody watches; asked at every read.
            grace_s: How long the real source stays open with nobody watching.
        """
        self.name, self.fps = name, fps
        self.idle = True
        self._open_source = open_source
        self._watched = watched
        self._grace_s = grace_s
        self._source: Source | None = None
        self._dropped = 0
        self._stopped = False
        self._wanted_s = -1e9
        self._retry_s = -1e9
        self._told = ""

    @property
    def ended(self) -> bool:
        """Whether it was stopped, or the real source has ended."""
        return self._stopped or (self._source is not None and self._source.ended)

    @property
    def dropped(self) -> int:
        """How many frames were passed over."""
        return self._dropped + (self._source.dropped if self._source else 0)

    def read(self) -> Frame | None:
        """Return the next frame; None if nobody watches, or none has come yet."""
        if self._stopped:
            return None
        now_s = time.monotonic()
        if self._watched():
            self._wanted_s = now_s
        wanted = now_s - self._wanted_s < self._grace_s
        if wanted and self._source is None and now_s > self._retry_s:
            self._open()
        elif not wanted:
            self._release()
        self.idle = not wanted
        if self._source is None:
            time.sleep(_WAIT_S)
            return None
        return self._source.read()

    def stop(self) -> None:
        """End the source soon."""
        self._stopped = True
        if self._source is not None:
            self._source.stop()

    def close(self) -> None:
        """Free what is held."""
        self.stop()
        self._release()

    def _open(self) -> None:
        try:
            self._source = self._open_source()
            self._told = ""
            log.info("Somebody watches: %s is open.", self._source.name)
        except EmojiCameraError as error:  # it may come
            if str(error) != self._told:
                self._told = str(error)
                log.warning("%s", error)
            self._retry_s = time.monotonic() + _RETRY_S

    def _release(self) -> None:
        if self._source is not None:
            self._dropped += self._source.dropped
            self._source.close()
            self._source = None
            log.info("Nobody watches: the camera is closed.")
