"""Somebody's own scale: how far each part of their face is from where it rests."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from realtime.practice.exercises import MOVEMENTS

# How long the resting face is looked at, and the fewest looks that make one.
REST_S, _MIN_LOOKS = 2.0, 5
# What is shown of a movement is averaged over this long; in calm practice over the other.
_FOLLOWS_S, _CALM_S = 0.25, 0.8
# A gap between looks counts as this much at most.
_MAX_STEP_S = 0.2


class OwnScale:
    """Learns how a face rests, then tells how far from that it is: nobody is measured by anybody else's face."""

    def __init__(self, calm: bool = False) -> None:
        """calm: follow slowly, and tell in steps, so that what shows it stands still most of the time."""
        self._calm = calm
        self._follows_s = _CALM_S if calm else _FOLLOWS_S
        self._looks: list[dict[str, float]] = []
        self._looked_s = 0.0
        self._rest: dict[str, float] | None = None
        self._now: dict[str, float] = dict.fromkeys(MOVEMENTS, 0.0)

    @property
    def known(self) -> bool:
        """Whether the resting face is known."""
        return self._rest is not None

    @property
    def left_s(self) -> float:
        """How long the face is still to rest."""
        return max(REST_S - self._looked_s, 0.0)

    def see(self, blendshapes: Mapping[str, float], step_s: float) -> None:
        """Take in a look at the face, so many seconds after the last."""
        step_s = min(step_s, _MAX_STEP_S)
        looked = {name: movement.measure(blendshapes) for name, movement in MOVEMENTS.items()}
        if self._rest is None:
            self._looks.append(looked)
            self._looked_s += step_s
            if self._looked_s >= REST_S and len(self._looks) >= _MIN_LOOKS:
                # The median, which a blink does not change.
                self._rest = {name: float(np.median([look[name] for look in self._looks])) for name in MOVEMENTS}
                self._looks = []
            return
        share = 1 - math.exp(-step_s / self._follows_s)
        for name, movement in MOVEMENTS.items():
            # Where the rest is far along already, what is left of the way is shorter.
            way = min(movement.full, max(1 - self._rest[name], movement.full / 2))
            self._now[name] += share * ((looked[name] - self._rest[name]) / way - self._now[name])

    def moved(self, name: str) -> float:
        """Return how far one of MOVEMENTS is made, from 0 at rest to 1 for a strong one, and beyond or below."""
        return self._now[name]

    def told(self, share: float) -> float:
        """Return a share of a way as it is to be shown, 0 to 1: in calm practice in steps of a tenth."""
        share = min(max(share, 0.0), 1.0)
        return round(share, 1) if self._calm else share

    def stirred(self, part: str) -> float:
        """Return how far one of RESTS is from its rest, whichever way: 0 at rest, 1 for something strong."""
        return max(abs(self._now[name]) for name, movement in MOVEMENTS.items() if movement.part == part)
