"""What somebody who practises is shown beside their picture, as records: in a window it is drawn, on a page written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gauge:
    """How far a part of the face has moved.

    label: what it is, or what is asked of it, in the user's language. value: how far from one's own rest, 0 to 1 for a
    strong one. goal: where the exercise asks it to be; 0 for nowhere. reached: whether it is there. arrow: which way it
    goes: up, down, open, close, or rest.
    """

    label: str
    value: float
    goal: float
    reached: bool
    arrow: str


@dataclass(frozen=True)
class Guide:
    """What is shown at a moment.

    mode: one of parts, mirror, game. sentence: what is asked or told, in the user's language. emotion: which drawing
    is shown, one of EMOTIONS or "unsure"; empty for none. strong: whether the strong one. drawn: how much of it is
    there, 0 (the neutral one) to 1. gauges: of parts of the face. told: what has no gauge, in words. held: for what
    share of the time it takes it has been shown. choices: the drawings to choose from. chosen: the one that was.
    progress: how often each expression was shown today, where that is kept. large: in large letters.
    """

    mode: str
    sentence: str
    emotion: str = ""
    strong: bool = True
    drawn: float = 1.0
    gauges: tuple[Gauge, ...] = ()
    told: tuple[str, ...] = ()
    held: float = 0.0
    choices: tuple[str, ...] = ()
    chosen: str = ""
    progress: tuple[tuple[str, int], ...] = ()
    large: bool = False
