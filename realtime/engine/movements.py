"""How the faces that matter move, asked in every frame by whoever wants it: emoji that are alive, and metrics."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from realtime.faces.base import MovementReader
from realtime.records import FaceMovement, Frame, Reading

log = logging.getLogger(__name__)


class Movements:
    """Adds to readings how the largest faces move."""

    def __init__(self, reader: MovementReader, most: int = 1, allowed: Callable[[], bool] = lambda: True) -> None:
        """Begin with no answer.

        Args:
            reader: says how a face moves.
            most: faces a frame that it is asked about, the largest first.
            allowed: says no where there is no time for it.
        """
        self._reader: MovementReader | None = reader
        self._most = most
        self._allowed = allowed
        # What was answered in the last frame, in the order in which it was asked.
        self.answers: list[FaceMovement | None] = []

    def added(self, frame: Frame, readings: Sequence[Reading]) -> list[Reading]:
        """Return the readings, those of the largest faces that are in the frame with their movements."""
        self.answers = []
        if self._reader is None or not self._allowed():
            return list(readings)
        seen = [reading for reading in readings if reading.raw is not None]
        largest = sorted(seen, key=lambda reading: -reading.face.region.size_px)[: self._most]
        try:
            for reading in largest:
                self.answers.append(self._reader.movement(frame.image, reading.face.region))
        except RuntimeError as error:
            log.warning("What tells how faces move fails, and is not used any more: %s.", error)
            self._reader = None
        told = {reading.track: answer for reading, answer in zip(largest, self.answers, strict=False)}
        return [replace(reading, movement=told.get(reading.track)) for reading in readings]
