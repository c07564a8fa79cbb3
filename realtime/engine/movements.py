"""How the faces that matter move, asked in every frame by whoever wants it: emoji that are alive, and metrics."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from realtime.faces.base import MovementReader
from realtime.faces.preprocess import face_patch
from realtime.records import FaceMovement, Frame, Reading

log = logging.getLogger(__name__)


# A face looks as it did when no part of its patch differs by more grey levels: the noise of a camera makes 2 to 7, lids
# that have come down by a fifth 31, lips that open a little 56. Nothing is asked then, which costs the most of it all.
_SAME = 10
# An answer is used for this long at most, ...
_KEPT_S = 0.25
# ... and for this long while the face changes a little, as that of a head that moves: at 30 frames a second it is asked
# about in every other one then, which costs half. Lids that close and lips that open change it more.
_LEAST_S, _LITTLE = 0.045, 30


class _Answer(NamedTuple):
    """What was answered for a face: when, for which patch, uint8 (S, S), and what."""

    time_s: float
    patch: np.ndarray
    movement: FaceMovement | None

    def serves(self, patch: np.ndarray, time_s: float) -> bool:
        """Return whether it is as good as a new one."""
        since_s, changed = time_s - self.time_s, int(cv2.absdiff(patch, self.patch).max())
        return 0 <= since_s < _KEPT_S and changed < (_LITTLE if since_s < _LEAST_S else _SAME)


class Movements:
    """Adds to readings how the largest faces move."""

    def __init__(
        self,
        reader: MovementReader,
        most: int = 1,
        allowed: Callable[[], bool] = lambda: True,
        reuse: bool = True,
    ) -> None:
        """Begin with no answer.

        Args:
            reader: says how a face moves.
            most: faces a frame that it is asked about, the largest first.
            allowed: says no where there is no time for it.
            reuse: an answer serves again while a face does not change; else every face is asked about in every frame.
        """
        self._reader: MovementReader | None = reader
        self._most = most
        self._allowed = allowed
        self._reuse = reuse
        self._kept: dict[int, _Answer] = {}
        # What was answered in the last frame, in the order in which it was asked.
        self.answers: list[FaceMovement | None] = []

    def added(self, frame: Frame, readings: Sequence[Reading]) -> list[Reading]:
        """Return the readings, those of the largest faces that are in the frame with their movements."""
        self.answers = []
        if self._reader is None or not self._allowed():
            return list(readings)
        seen = [reading for reading in readings if reading.raw is not None]
        largest = sorted(seen, key=lambda reading: -reading.face.region.size_px)[: self._most]
        self._kept = {one.track: self._kept[one.track] for one in largest if one.track in self._kept}
        try:
            for reading in largest:
                self.answers.append(self._answer(self._reader, frame, reading))
        except RuntimeError as error:
            log.warning("What tells how faces move fails, and is not used any more: %s.", error)
            self._reader = None
        told = {reading.track: answer for reading, answer in zip(largest, self.answers, strict=False)}
        return [replace(reading, movement=told.get(reading.track)) for reading in readings]

    def _answer(self, reader: MovementReader, frame: Frame, reading: Reading) -> FaceMovement | None:
        if not self._reuse:
            return reader.movement(frame.image, reading.face.region)
        patch = cv2.blur(face_patch(frame.image, reading.face.region), (3, 3))
        kept = self._kept.get(reading.track)
        if kept is not None and kept.serves(patch, frame.time_s):
            return kept.movement
        movement = reader.movement(frame.image, reading.face.region)
        self._kept[reading.track] = _Answer(frame.time_s, patch, movement)
        return movement
