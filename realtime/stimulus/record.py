"""What is kept of a session before stimuli: which they were, how they were shown, and what was played when."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realtime.stimulus.playback import Piece

# A session has a few; more are something else.
_MOST_STIMULI, _MOST_PIECES = 1000, 100_000


@dataclass(frozen=True)
class Stimulus:
    """A clip. name: of its file. path: where that was. sha256: hexadecimal. length_s, fps: of its pictures.

    failed: why the player could not show it; empty if it could.
    """

    name: str
    path: str
    sha256: str
    length_s: float
    fps: float
    failed: str = ""


@dataclass(frozen=True)
class Screening:
    """How stimuli were shown to somebody.

    stimuli: in the order in which they were given; a stimulus' number is its place here, from 1 on. shown: their
    numbers in the order in which they were shown. order: "random" or "given". seed: of the random order. pause_s:
    between them. player: "browser", or "window", which has no sound. calibrated: whether the resting face was learnt
    before. clock_error_ms: how far the player's clock may be off the camera's, None where it is the same.
    played: what was shown when, times since the session's first frame.
    """

    stimuli: tuple[Stimulus, ...]
    shown: tuple[int, ...]
    order: str
    seed: int
    pause_s: float
    player: str
    calibrated: bool = False
    clock_error_ms: float | None = None
    played: tuple[Piece, ...] = ()

    @property
    def as_shown(self) -> list[tuple[int, Stimulus]]:
        """The stimuli with their numbers, in the order in which they were shown."""
        return [(number, self.stimuli[number - 1]) for number in self.shown]

    def pieces_of(self, number: int) -> list[Piece]:
        """Return what was played of one stimulus, in the order of the session."""
        return [piece for piece in self.played if piece.stimulus == number]


def screening_of(table: Mapping[str, Any]) -> Screening:
    """Return what JSON says of a screening. Raises ValueError, KeyError or TypeError for what none has."""
    stimuli = tuple(_stimulus(one) for one in _few(table["stimuli"], _MOST_STIMULI))
    shown = tuple(int(number) for number in _few(table["shown"], _MOST_STIMULI))
    played = tuple(_piece(one) for one in _few(table["played"], _MOST_PIECES))
    numbers = range(1, len(stimuli) + 1)
    if sorted(shown) != list(numbers) or any(piece.stimulus not in numbers for piece in played):
        raise ValueError("a stimulus is shown that is not named")
    error_ms = table["clock_error_ms"]
    return Screening(
        stimuli=stimuli,
        shown=shown,
        order=str(table["order"]),
        seed=int(table["seed"]),
        pause_s=_finite(table["pause_s"]),
        player=str(table["player"]),
        calibrated=bool(table["calibrated"]),
        clock_error_ms=None if error_ms is None else _finite(error_ms),
        played=played,
    )


def _stimulus(table: Mapping[str, Any]) -> Stimulus:
    name, path, sha256, failed = (str(table[key]) for key in ("name", "path", "sha256", "failed"))
    length_s, fps = _finite(table["length_s"]), _finite(table["fps"])
    if not 0 <= length_s < 1e6:
        raise ValueError("a stimulus has no length")
    return Stimulus(name, path, sha256, length_s, fps, failed)


def _piece(table: Mapping[str, Any]) -> Piece:
    time_s, until_s, from_s, to_s = (_finite(table[key]) for key in ("time_s", "until_s", "from_s", "to_s"))
    return Piece(int(table["stimulus"]), time_s, until_s, from_s, to_s, str(table["then"]))


def _few(values: Any, most: int) -> list[Any]:
    if not isinstance(values, list) or len(values) > most:
        raise ValueError("a list is none, or too long")
    return values


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is no number")
    return number
