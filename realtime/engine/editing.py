"""What a person who reviews a video may want otherwise than found, one wish at a time: from edits to edits."""

from __future__ import annotations

from dataclasses import replace

from realtime.engine.analysis import Analysis, Edits, Track, Zone, roots


def covered(edits: Edits, track: Track) -> Edits:
    """Return edits with which somebody is covered, also what nobody was sure to be a person."""
    known = track.confirmed or track.id in edits.confirm
    return replace(_free(edits, track.id), confirm=edits.confirm if known else (*edits.confirm, track.id))


def left_visible(edits: Edits, track: Track) -> Edits:
    """Return edits with which somebody stays visible."""
    free = _free(edits, track.id)
    return replace(free, keep=(*free.keep, track.id))


def no_face(edits: Edits, track: Track) -> Edits:
    """Return edits with which something is no face, so that nothing is drawn over it."""
    free = _free(edits, track.id)
    confirm = tuple(one for one in edits.confirm if one != track.id)
    return replace(free, exclude=(*free.exclude, track.id), confirm=confirm)


def made_one(edits: Edits, first: Track, second: Track) -> Edits:
    """Return edits with which the second is the first, too, and what is wanted of the second no longer counts."""
    return replace(_free(edits, second.id), merge=(*edits.merge, (first.id, second.id)))


def separated(edits: Edits, number: int) -> Edits:
    """Return edits with which somebody is made one with nobody."""
    own = {number, *made_of(edits, number)}
    return replace(edits, merge=tuple(pair for pair in edits.merge if not own.issuperset(pair)))


def made_of(edits: Edits, number: int) -> list[int]:
    """Return the ids of those who are somebody, too."""
    return [one for one, root in roots(edits).items() if root == number and one != number]


def with_zone(edits: Edits, zone: Zone, off: bool) -> Edits:
    """Return edits with one zone more. off: whether faces in it are never covered, not it always."""
    if off:
        return replace(edits, zones_off=(*edits.zones_off, zone))
    return replace(edits, zones=(*edits.zones, zone))


def without_zone(edits: Edits, zone: Zone, off: bool) -> Edits:
    """Return edits with one zone less."""
    zones = tuple(one for one in (edits.zones_off if off else edits.zones) if one != zone)
    return replace(edits, zones_off=zones) if off else replace(edits, zones=zones)


class History:
    """An analysis and its edits, which can be taken back."""

    def __init__(self, analysis: Analysis) -> None:
        self._done = [analysis]
        self._undone: list[Analysis] = []

    @property
    def now(self) -> Analysis:
        """The analysis with its edits of now."""
        return self._done[-1]

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return len(self._done) > 1

    @property
    def can_redo(self) -> bool:
        """Whether something was taken back that can be done again."""
        return bool(self._undone)

    def do(self, analysis: Analysis) -> None:
        """Go on with other edits."""
        self._done.append(analysis)
        self._undone.clear()

    def undo(self) -> None:
        """Take the last edits back, if there are any."""
        if self.can_undo:
            self._undone.append(self._done.pop())

    def redo(self) -> None:
        """Do again what was taken back last."""
        if self._undone:
            self._done.append(self._undone.pop())


def _free(edits: Edits, number: int) -> Edits:
    """Return edits with which nothing is wanted of somebody."""
    return replace(
        edits,
        keep=tuple(one for one in edits.keep if one != number),
        exclude=tuple(one for one in edits.exclude if one != number),
    )
