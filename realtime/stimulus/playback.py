"""What a player has shown when: from what it tells of its frames to the stimulus' own time at any moment."""

from __future__ import annotations

import threading
from bisect import bisect_right
from dataclasses import dataclass, field

# Where a frame comes so much later than the one before it by the clock than by its own time, playing had stopped. A
# player that is busy leaves out single frames, which is no stop.
_STOPPED_S = 0.15
# What is not told yet is taken to go on as before for so long, as players tell of several frames at once.
_AHEAD_S = 0.5
# The last frame before a stop counts for so long: as long as a frame of a film.
_LAST_FRAME_S = 1 / 24

# Why playing stopped, as `Piece` has it.
STOPS = ("ended", "paused", "stalled", "sought", "left")


@dataclass(frozen=True)
class Piece:
    """A stretch of a stimulus that was played without a stop.

    stimulus: its number, from 1 on. time_s, until_s: when, by the clock that the player tells, or since the session's
    first frame. from_s, to_s: which part of the stimulus, in its own time. then: one of STOPS; empty while it goes on.
    """

    stimulus: int
    time_s: float
    until_s: float
    from_s: float
    to_s: float
    then: str = ""


@dataclass
class _Run:
    """A stretch while it is played: when each frame was seen, and its own time."""

    stimulus: int
    at_s: list[float]
    media_s: list[float]
    then: str = ""
    until_s: float = field(default=float("inf"))

    @property
    def end_s(self) -> float:
        """Until when its last frame counts."""
        return min(self.until_s, self.at_s[-1] + (_LAST_FRAME_S if self.then else _AHEAD_S))

    def time_at(self, time_s: float) -> float:
        """Return the stimulus' time: between two frames in proportion, as clocks of players run a little off."""
        after = bisect_right(self.at_s, time_s)
        if after == len(self.at_s):
            return self.media_s[-1] + (time_s - self.at_s[-1])
        (t0, t1), (m0, m1) = self.at_s[after - 1 : after + 1], self.media_s[after - 1 : after + 1]
        return m0 + (m1 - m0) * (time_s - t0) / (t1 - t0)


class Playback:
    """Takes in what a player tells, in any thread, and answers what was on the screen at a time."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []
        self._starts: list[float] = []
        self._lock = threading.Lock()

    def shown(self, stimulus: int, at_s: float, media_s: float) -> None:
        """Take in that a frame was seen while playing.

        Args:
            stimulus: Its number, from 1 on.
            at_s: When it was seen first, in seconds of the clock by which frames of the camera are timed.
            media_s: Its time in the stimulus.
        """
        with self._lock:
            run = self._runs[-1] if self._runs else None
            if run is not None and at_s <= run.at_s[-1]:
                return  # two frames of one refresh of the screen
            if run is not None and not run.then:
                after_s, further_s = at_s - run.at_s[-1], media_s - run.media_s[-1]
                if run.stimulus == stimulus and further_s >= 0 and abs(after_s - further_s) < _STOPPED_S:
                    run.at_s.append(at_s)
                    run.media_s.append(media_s)
                    return
                stood = run.stimulus == stimulus and 0 <= further_s < after_s
                run.then = "ended" if run.stimulus != stimulus else "stalled" if stood else "sought"
            self._runs.append(_Run(stimulus, [at_s], [media_s]))
            self._starts.append(at_s)

    def stopped(self, at_s: float, then: str) -> None:
        """Take in that playing has stopped. then: why, one of STOPS. Raises ValueError for another."""
        if then not in STOPS:
            raise ValueError(then)
        with self._lock:
            if self._runs and not self._runs[-1].then:
                self._runs[-1].then = then
                self._runs[-1].until_s = max(at_s, self._runs[-1].at_s[-1])

    def at(self, time_s: float) -> tuple[int, float | None]:
        """Return which stimulus was played at a time, 0 for none, and the stimulus' own time, None for none."""
        with self._lock:
            found = bisect_right(self._starts, time_s) - 1
            if found < 0 or time_s > (run := self._runs[found]).end_s:
                return 0, None
            return run.stimulus, run.time_at(time_s)

    def pieces(self, began_s: float = 0.0) -> list[Piece]:
        """Return what was played so far. began_s: from when on times are counted."""
        with self._lock:
            return [
                Piece(
                    run.stimulus,
                    round(run.at_s[0] - began_s, 4),
                    round(end_s - began_s, 4),
                    round(run.media_s[0], 4),
                    round(run.time_at(end_s), 4),
                    run.then,
                )
                for run in self._runs
                for end_s in [min(run.end_s, run.at_s[-1] + _LAST_FRAME_S)]
            ]
