"""A source that is open only while somebody watches the virtual camera."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path

from realtime.controls import Controls
from realtime.errors import EmojiCameraError, VirtualCameraError
from realtime.records import Frame
from realtime.sources.files import Source
from realtime.v4l2loopback import holders, holds

log = logging.getLogger(__name__)

# To look through all processes takes some milliseconds, so that is not done while one of them is known to watch.
_LOOK_EVERY_S = 0.4
_RETRY_S = 1.0
# How long a read waits while there is nothing to give.
_WAIT_S = 0.05


class Watch:
    """Tells whether another program of this user has a virtual video device open; Linux only."""

    def __init__(self, device: str) -> None:
        """device: a path like /dev/video10. Raises VirtualCameraError where it can't be watched."""
        if not sys.platform.startswith("linux") or not device.startswith("/dev/"):
            raise VirtualCameraError(
                f"It can't be told whether somebody watches {device}: only Linux says so, of v4l2loopback devices. "
                "Leave out --on-demand."
            )
        self._device = device
        self._looked_s = -1e9
        self._watcher: Path | None = None

    def __call__(self) -> bool:
        """Return whether somebody watches, as it was a moment ago."""
        now_s = time.monotonic()
        if now_s - self._looked_s > _LOOK_EVERY_S:
            self._looked_s = now_s
            if self._watcher is None or not holds(self._watcher, self._device):
                self._watcher = next(iter(holders(self._device)), None)
        return self._watcher is not None


class OnDemand:
    """A source that is opened when somebody watches, and closed again when nobody has for a while.

    Until then it gives no frames and `controls.idle` says so.
    """

    stills = False
    paced = True

    def __init__(
        self, name: str, fps: float, open_source: Callable[[], Source], controls: Controls, grace_s: float = 5.0
    ) -> None:
        """open_source: opens the real one. grace_s: how long it stays open with nobody watching."""
        self.name, self.fps = name, fps
        self.watched: Callable[[], bool] = lambda: False
        self._open_source = open_source
        self._controls = controls
        self._grace_s = grace_s
        self._source: Source | None = None
        self._dropped = 0
        self._stopped = False
        self._wanted_s = -1e9
        self._retry_s = -1e9
        self._told = ""
        controls.idle = True

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
        now_s = time.monotonic()
        if self.watched():
            self._wanted_s = now_s
        wanted = now_s - self._wanted_s < self._grace_s
        if wanted and self._source is None and now_s > self._retry_s:
            self._open()
        elif not wanted:
            self._release()
        self._controls.idle = not wanted
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
