"""Whom practice is for: one face, followed until it is gone, with a scale of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence

from realtime.drawing.placement import main_face
from realtime.practice.scale import OwnScale
from realtime.records import Reading
from realtime.words import said

# A face that was not seen for so long has gone, and another may take its place.
_GONE_S = 2.0
# Nothing is told of the parts of a face for so long: they can't be seen here.
_BLIND_S = 2.0
# A gap between frames counts as this much at most, where something is held or waited for.
_MAX_STEP_S = 0.2
# The scales of so many people are remembered while it runs, for those who come back.
_REMEMBERED = 6


class Person:
    """Follows the main face. face: its reading in this frame, None where it is not seen. scale: of that person."""

    def __init__(self, calm: bool = False) -> None:
        """calm: let its scale follow slowly."""
        self.face: Reading | None = None
        self.scale = OwnScale(calm)
        self._calm = calm
        self._scales: dict[int, OwnScale] = {}
        self._track: int | None = None
        self._changed = False
        self._gone_s = self._blind_s = 0.0
        self._seen_s: float | None = None

    @property
    def whole(self) -> bool:
        """Whether only the face as a whole can be read."""
        return self._blind_s >= _BLIND_S

    @property
    def hindrance(self) -> str:
        """What is in the way of an exercise, in the user's language; empty for nothing."""
        if self.face is None and (self._track is None or self._gone_s >= _GONE_S / 2):
            return said("No face is seen. Take your time: it goes on when you are back.")
        if self.whole or self.scale.known:
            return ""
        if self._changed:
            return said("Somebody else is here. Rest your face for a moment, so that the scale is your own.")
        return said("Rest your face and look at the camera: {seconds} s", seconds=max(math.ceil(self.scale.left_s), 1))

    def rest_again(self) -> None:
        """Learn anew how the face rests."""
        self.scale, self._changed = OwnScale(self._calm), False
        if self._track is not None:
            self._scales[self._track] = self.scale

    def see(self, readings: Sequence[Reading], time_s: float) -> float:
        """Take in a frame; return how long ago the last was, where that counts."""
        elapsed_s = 0.0 if self._seen_s is None else max(time_s - self._seen_s, 0.0)
        self._seen_s = time_s
        seen = [reading for reading in readings if reading.raw is not None]
        self.face = next((reading for reading in seen if reading.track == self._track), None)
        self._gone_s = 0.0 if self.face is not None else self._gone_s + elapsed_s
        if self.face is None and (self._track is None or self._gone_s >= _GONE_S):
            self._follow(main_face(seen))
        step_s = min(elapsed_s, _MAX_STEP_S)
        if self.face is not None and self.face.movement is not None:
            self._blind_s = 0.0
            self.scale.see(self.face.movement.blendshapes, step_s)
        elif self.face is not None:
            self._blind_s += step_s
        return step_s

    def _follow(self, face: Reading | None) -> None:
        if face is None:
            return
        self._changed = self._track is not None and face.track not in self._scales
        self.face, self._track, self._gone_s = face, face.track, 0.0
        self.scale = self._scales.setdefault(face.track, OwnScale(self._calm))
        while len(self._scales) > _REMEMBERED:
            del self._scales[next(iter(self._scales))]
