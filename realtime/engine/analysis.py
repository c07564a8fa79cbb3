"""What was found in all of a video, and what its owner wants otherwise: numbers only, no picture.

Positions of frames are counted from 0 over the frames that were analysed; `AnalysedFrame.index` is the source's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from realtime.errors import UsageError
from realtime.records import GENDER_THRESHOLDS, Face, Prediction


@dataclass(frozen=True, slots=True)
class AnalysedFrame:
    """A frame of the video: cut says whether it begins something new, size_wh is that of its picture in pixels."""

    index: int
    time_s: float
    cut: bool
    size_wh: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A face in one frame.

    at: position of the frame. seen: whether it was found in it; else it is followed as something doubtful, and the face
    is where it was last. likely: whether it is blurred while nobody knows that it is a face. prediction: None where it
    was not read. hint: what stands in the way of reading it.
    """

    at: int
    face: Face
    seen: bool = True
    likely: bool = False
    prediction: Prediction | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """All that was found of one person, or of something doubtful; `found` rises in `at`, one for each frame at most.

    confirmed: whether it is a person.
    """

    id: int
    confirmed: bool
    found: tuple[Found, ...]

    @property
    def seen(self) -> tuple[Found, ...]:
        """What was found and not only followed."""
        return tuple(one for one in self.found if one.seen)


@dataclass(frozen=True, slots=True)
class Zone:
    """A rectangle of the picture in pixels, left, top, width and height; while, in seconds, None for all the time."""

    x: float
    y: float
    width: float
    height: float
    while_s: tuple[float, float] | None = None

    def applies(self, time_s: float) -> bool:
        """Return whether it applies at a time."""
        return self.while_s is None or self.while_s[0] <= time_s <= self.while_s[1]

    def holds(self, x: float, y: float) -> bool:
        """Return whether a point lies in it."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass(frozen=True, slots=True)
class Edits:
    """What the owner of a video wants otherwise than found.

    keep: people who stay visible. exclude: what is no face. merge: pairs of ids, the second being the first too. zones:
    always covered. zones_off: where no face is covered whose middle lies in it. confirm: what was doubtful, and is a
    person.
    """

    keep: tuple[int, ...] = ()
    exclude: tuple[int, ...] = ()
    merge: tuple[tuple[int, int], ...] = ()
    zones: tuple[Zone, ...] = ()
    zones_off: tuple[Zone, ...] = ()
    confirm: tuple[int, ...] = ()

    @property
    def shows_more(self) -> bool:
        """Whether something is left uncovered by them."""
        return bool(self.keep or self.exclude or self.zones_off)

    def joined(self, other: Edits) -> Edits:
        """Return these and others, each once."""
        return Edits(
            keep=_once(self.keep, other.keep),
            exclude=_once(self.exclude, other.exclude),
            merge=_once(self.merge, other.merge),
            zones=_once(self.zones, other.zones),
            zones_off=_once(self.zones_off, other.zones_off),
            confirm=_once(self.confirm, other.confirm),
        )


@dataclass(frozen=True, slots=True)
class About:
    """Where an analysis comes from.

    source: what the user wrote. sha256: of that file. fps: frames a second. program: its version.
    gender_thresholds: order GENDERS, the average probability that each drawing needs.
    """

    source: str
    sha256: str
    fps: float
    program: str
    gender_thresholds: tuple[float, ...] = GENDER_THRESHOLDS


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What was found in all of a video. tracks: by their ids, which rise."""

    about: About
    frames: Sequence[AnalysedFrame]
    tracks: Sequence[Track]
    edits: Edits = field(default_factory=Edits)

    @property
    def people(self) -> list[Track]:
        """The tracks of people, all those who are covered and those who are kept visible."""
        return [track for track in self.tracks if track.confirmed]


def edited(analysis: Analysis, edits: Edits) -> Analysis:
    """Return an analysis with edits in place of its own; what was found stays, so that they can be taken back.

    Raises:
        UsageError: there is nobody of an id, or two are to be one who are seen together.
    """
    known = {track.id for track in analysis.tracks}
    named = [*edits.keep, *edits.exclude, *edits.confirm, *(one for pair in edits.merge for one in pair)]
    for number in named:
        if number not in known:
            there = ", ".join(str(one) for one in sorted(known)[:20]) or "none"
            raise UsageError(f"There is no face {number} in the analysis.", f"Its faces are: {there}.")
    changed = replace(analysis, edits=edits)
    merged(changed)
    return changed


def roots(edits: Edits) -> dict[int, int]:
    """Return whose number each one has who was made one with others; who was not is not in it."""
    into: dict[int, int] = {}
    for first, second in edits.merge:
        root, gone = into.get(first, first), into.get(second, second)
        into = {one: root if other == gone else other for one, other in into.items()} | {first: root, second: root}
    return into


def merged(analysis: Analysis) -> list[Track]:
    """Return the tracks with those made one that the edits say are one, and those people that they say are.

    Raises:
        UsageError: two are to be one who are seen together in a frame.
    """
    people = set(analysis.edits.confirm)
    tracks = {track.id: replace(track, confirmed=track.confirmed or track.id in people) for track in analysis.tracks}
    now = {track.id: track.id for track in analysis.tracks}
    for first, second in analysis.edits.merge:
        one, other = now[first], now[second]
        if one == other:
            continue
        if {found.at for found in tracks[one].seen} & {found.at for found in tracks[other].seen}:
            raise UsageError(f"{first} and {second} are seen together, so they are two.", "Don't merge them.")
        tracks[one] = union(one, (tracks[one], tracks.pop(other)))
        now = {old: one if new == other else new for old, new in now.items()}
    return list(tracks.values())


def union(number: int, tracks: Sequence[Track]) -> Track:
    """Return tracks as one, which is a person if one of them is; what was seen goes before what was followed."""
    by_frame: dict[int, Found] = {}
    for found in (found for track in tracks for found in track.found):
        if found.at not in by_frame or (found.seen and not by_frame[found.at].seen):
            by_frame[found.at] = found
    return Track(number, any(track.confirmed for track in tracks), tuple(by_frame[at] for at in sorted(by_frame)))


def _once(*several: Iterable) -> tuple:  # type: ignore[type-arg]
    return tuple(dict.fromkeys(item for one in several for item in one))
