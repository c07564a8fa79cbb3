"""Load shedding: less work for each frame where the machine can't keep up, or where the user wants it so."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

# What is left out at each step; never the cover.
STEPS = ("", "nobody else is looked for far away", "faces are looked for in every other frame")
# What is left out before, where it is done at all.
STILL = "emoji show the expression only, and don't move"
# The load is judged over this long.
_WINDOW_S = 1.0
# Below this share of the limit, more work may be tried again.
_EASY = 0.6
# How long the load must have been easy before more is tried; doubled each time that was in vain.
_PATIENCE_S = 5.0
# The patience is not doubled beyond this.
_MAX_PATIENCE_S = 320.0
# With "auto", the share of the time between two frames that may be spent on one.
_AUTO_LIMIT = 0.9


class LoadShedding:
    """Decides step by step what to leave out."""

    def __init__(
        self,
        limit: float | None = None,
        most: int = len(STEPS) - 1,
        clock: Callable[[], float] = time.monotonic,
        cpu_clock: Callable[[], float] = time.process_time,
        movements: bool = False,
    ) -> None:
        """Begin with everything done.

        Args:
            limit: percent of one core the program may use; None only keeps up with the camera.
            most: how many of STEPS may be taken.
            clock, cpu_clock: tell the time and the time the processor has worked, in seconds.
            movements: whether faces are asked how they move, which is then left out first.
        """
        self.step = 0
        self._limit = limit
        self._steps = (STEPS[0], *(STILL,) * movements, *STEPS[1 : most + 1])
        self._clock, self._cpu_clock = clock, cpu_clock
        self._since_s, self._since_cpu_s = clock(), cpu_clock()
        self._busy_s = 0.0
        self._frames = 0
        self._easy_since_s: float | None = None
        self._patience_s = _PATIENCE_S
        self._tried = False
        self._skipped = False

    @property
    def allows_movements(self) -> bool:
        """Whether there is time to ask how faces move."""
        return not self._leaves_out(STILL)

    @property
    def allows_search(self) -> bool:
        """Whether there is time to look for more people far away."""
        return not self._leaves_out(STEPS[1])

    @property
    def notes(self) -> list[str]:
        """What the stats display says of it; empty while everything is done."""
        return [f"saving time: {self._steps[self.step]}"] if self.step else []

    def skips(self, known: bool) -> bool:
        """Return whether faces need not be looked for in this frame. known: whether all that matter are followed."""
        self._skipped = self._leaves_out(STEPS[2]) and known and not self._skipped
        return self._skipped

    def spent(self, busy_s: float, interval_s: float) -> None:
        """Take in a frame: the time it took, and the time there is for one."""
        self._busy_s += busy_s
        self._frames += 1
        now = self._clock()
        if now - self._since_s < _WINDOW_S:
            return
        if self._limit is None:
            load = self._busy_s / self._frames / interval_s / _AUTO_LIMIT
        else:
            load = 100 * (self._cpu_clock() - self._since_cpu_s) / (now - self._since_s) / self._limit
        self._since_s, self._since_cpu_s, self._busy_s, self._frames = now, self._cpu_clock(), 0.0, 0
        self._judge(load, now)

    def _judge(self, load: float, now: float) -> None:
        if load > 1:
            self._easy_since_s = None
            if self.step < len(self._steps) - 1:
                if self._tried:
                    self._patience_s = min(2 * self._patience_s, _MAX_PATIENCE_S)
                self._go(self.step + 1, False)
        elif load > _EASY or not self.step:
            self._easy_since_s = None
        elif self._easy_since_s is None:
            self._easy_since_s = now
        elif now - self._easy_since_s >= self._patience_s:
            self._easy_since_s = None
            self._go(self.step - 1, True)

    def _leaves_out(self, what: str) -> bool:
        return what in self._steps[1 : self.step + 1]

    def _go(self, step: int, tried: bool) -> None:
        self.step, self._tried = step, tried
        log.info("Load shedding: %s.", self._steps[step] or "everything is done")
