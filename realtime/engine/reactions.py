"""Reactions for fun: a burst around somebody who has laughed for a while."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from realtime.drawing.placement import over_face
from realtime.drawing.reactions import BURST_S, draw_reaction
from realtime.records import Reading

# Somebody who has laughed for this long is cheered, ...
_LAUGH_S = 2.0
# ... and not again before this long.
_AGAIN_S = 10.0


class Reactions:
    """Sees who laughs, and draws the bursts."""

    def __init__(self, kind: str) -> None:
        """kind: one of `realtime.records.REACTIONS`."""
        self._kind = kind
        # Since when each person laughs, and when each was cheered last, by track, in seconds.
        self._laughing: dict[int, float] = {}
        self._cheered: dict[int, float] = {}

    def draw(self, image: np.ndarray, readings: Sequence[Reading], time_s: float) -> None:
        """Take in who laughs, and draw what is due into a picture, uint8 (H, W, 3) BGR, in place."""
        tracks = {reading.track for reading in readings}
        self._cheered = {track: at for track, at in self._cheered.items() if track in tracks}
        laughing = {r.track for r in readings if r.emotion == "happy" and r.strong}
        self._laughing = {track: self._laughing.get(track, time_s) for track in laughing}
        for reading in readings:
            track = reading.track
            cheered_s = self._cheered.get(track, -_AGAIN_S)
            if track in laughing and time_s - self._laughing[track] >= _LAUGH_S and time_s - cheered_s >= _AGAIN_S:
                cheered_s = self._cheered[track] = time_s
            if 0 <= time_s - cheered_s < BURST_S[self._kind]:
                draw_reaction(image, self._kind, over_face(reading.face.region), time_s - cheered_s)
