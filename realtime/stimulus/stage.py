"""Where the player of stimuli and the run of the camera meet: what is to be shown, what was, and when it is over."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol

from realtime.controls import Command, Controls
from realtime.records import Reading
from realtime.stimulus.orders import PAUSE_S
from realtime.stimulus.playback import Playback
from realtime.stimulus.record import Screening, Stimulus
from realtime.words import said

log = logging.getLogger(__name__)

# A page that is hidden may be let speak once a minute.
_SILENT_S = 120.0


class Rests(Protocol):
    """Learns the resting face; `realtime.people.neutral.NeutralProfile` does."""

    @property
    def notice(self) -> str: ...
    @property
    def resting(self) -> list[float] | None: ...


@dataclass(frozen=True)
class Programme:
    """What is to be shown.

    stimuli: as given. order: one of `realtime.stimulus.orders.ORDERS`. pause_s: before each of them. calibrate: whether
    the resting face is learnt before all of them.
    """

    stimuli: Sequence[Stimulus]
    order: str = "random"
    pause_s: float = PAUSE_S
    calibrate: bool = True


class Stage:
    """Told by the player what it does, in any thread; asked by the run. Nothing is recorded before `begin`."""

    def __init__(
        self, programme: Programme, controls: Controls, rests: Rests, player: str, seed: int | None = None
    ) -> None:
        """Settle the order.

        Args:
            programme: What is to be shown.
            controls: Are sent what the player asks for.
            rests: Learns the resting face.
            player: "browser" or "window".
            seed: Of the random order; None for a new one.
        """
        self.playback = Playback()
        self.programme = programme
        self.begun = self.over = False
        self.clock_error_ms: float | None = None
        self._controls, self._rests = controls, rests
        self._failed: dict[int, str] = {}
        self._lock = threading.Lock()
        self._hint = ""
        self._heard_s: float | None = None
        seed = secrets.randbelow(2**31) if seed is None else seed
        shown = list(range(1, len(programme.stimuli) + 1))
        if programme.order == "random":
            Random(seed).shuffle(shown)
        self._screening = Screening(
            tuple(programme.stimuli), tuple(shown), programme.order, seed, programme.pause_s, player
        )

    @property
    def shown(self) -> list[tuple[int, Stimulus]]:
        """The stimuli with their numbers, in the order in which they are shown."""
        return self._screening.as_shown

    # ---- for the player

    def begin(self) -> bool:
        """Begin to record; return whether it had not begun, as in another window."""
        with self._lock:
            first, self.begun = not self.begun, True
        return first

    def calibrate(self) -> None:
        """Learn the resting face, from the next frame on."""
        self._controls.send(Command.CALIBRATE)

    def heard(self) -> None:
        """Take in that the page is there; from then on it has to go on saying so."""
        self._heard_s = time.monotonic()

    @property
    def calibrating(self) -> bool:
        """Whether the resting face is being learnt."""
        return bool(self._rests.notice)

    @property
    def hint(self) -> str:
        """How well the viewer is seen, in words."""
        return self._hint

    def failed(self, number: int, why: str) -> None:
        """Take in that a stimulus can't be shown."""
        if 0 < number <= len(self._screening.stimuli):
            self._failed[number] = why[:200]

    def mark(self, word: str = "") -> None:
        """Mark the moment in the report."""
        self._controls.mark(word)

    def end(self) -> None:
        """End the run: everything was shown, or the viewer has had enough."""
        self.over = True
        self._controls.send(Command.QUIT)

    # ---- for the run

    def watch(self) -> None:
        """End the run if the page has gone without a word, as with a browser that was killed."""
        if self._heard_s is not None and not self.over and time.monotonic() - self._heard_s > _SILENT_S:
            log.warning("The page of the player does not answer any more, so the session ends.")
            self.end()

    def see(self, readings: Sequence[Reading]) -> None:
        """Take in how the viewer is seen, for the time before it begins."""
        seen = [reading for reading in readings if reading.raw is not None]
        hints = [reading.hint for reading in seen if reading.hint]
        self._hint = said(hints[0]) if hints else said("Your face is seen well.") if seen else said("Nobody is seen.")

    def at(self, time_s: float) -> tuple[int, float | None]:
        """Return what was played at a time, as `Playback.at` does."""
        return self.playback.at(time_s)

    def told(self, began_s: float) -> Screening:
        """Return what is kept of the screening so far. began_s: the time of the session's first frame."""
        stimuli = tuple(
            replace(one, failed=self._failed.get(number, "")) for number, one in enumerate(self._screening.stimuli, 1)
        )
        return replace(
            self._screening,
            stimuli=stimuli,
            calibrated=self._rests.resting is not None,
            clock_error_ms=self.clock_error_ms,
            played=tuple(self.playback.pieces(began_s)),
        )
