"""Whom a report is about where it is about oneself: one person, and never anybody who is seen beside them."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.records import Reading


class MainPerson:
    """Keeps to one person for as long as they are known, as the profile of the program's owner does.

    It is the largest face, but nobody who was ever seen beside the main person: when that one has left and others stay,
    the report waits for them to come back.
    """

    def __init__(self) -> None:
        self._track: int | None = None
        self._others: set[int] = set()

    def among(self, readings: Sequence[Reading]) -> list[Reading]:
        """Return the reading of the main person, if they are there."""
        tracks = {reading.track for reading in readings}
        self._others &= tracks  # who is gone gets another number when they come back
        if self._track not in tracks:
            able = [one for one in readings if one.track not in self._others and one.raw is not None]
            main = max(able, key=lambda reading: reading.face.region.size_px, default=None)
            self._track = None if main is None else main.track
        if self._track is not None:
            self._others |= tracks - {self._track}
        return [reading for reading in readings if reading.track == self._track]
