"""What a review shows of each person, and of each thing that may be one: when they are covered, seen, or doubtful."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from realtime.engine.analysis import Analysis, Found, Track, merged
from realtime.engine.covering import BRIDGED, SEEN
from realtime.engine.editing import made_of
from realtime.engine.file_report import bridged_gaps, doubtful_stretches, unbridged_gaps
from realtime.engine.plan import Plan

# How a stretch of a time bar is called, and what it means.
KINDS = {
    "covered": "found and covered",
    "bridged": "not found, covered all the same",
    "around": "covered before or after they were found",
    "blurred": "doubtful, blurred",
    "doubtful": "doubtful, not covered",
    "visible": "found and left visible",
}
_STATES = {SEEN: "covered", BRIDGED: "bridged"}


@dataclass(frozen=True)
class Span:
    """A stretch of a time bar, of one of KINDS. first, last: positions of its frames."""

    kind: str
    first: int
    last: int


@dataclass(frozen=True)
class Card:
    """What is shown of somebody.

    state: covered, visible, excluded (no face) or doubtful. also: ids of those who are made one with them. spans: of
    the time bar, rising. best: the frame and place where they can be seen best.
    """

    track: Track
    state: str
    also: tuple[int, ...]
    spans: tuple[Span, ...]
    best: Found

    @property
    def id(self) -> int:
        """The number."""
        return self.track.id

    @property
    def is_faint(self) -> bool:
        """Whether it is nothing that anybody would cover, as far as is known."""
        return all(span.kind == "doubtful" for span in self.spans)


@dataclass(frozen=True)
class Look:
    """A place to look at. at: position of its frame. what: in words."""

    at: int
    what: str


def cards_of(plan: Plan) -> list[Card]:
    """Return the cards: what is doubtful and blurred first, then people by how long they are seen, then the rest."""
    analysis, edits = plan.analysis, plan.analysis.edits
    paths = {person.track.id: person for person in plan.people}
    excluded, kept = set(edits.exclude), {track.id for track in plan.kept}
    cards = []
    for track in merged(analysis):
        if track.id in paths:
            path = paths[track.id].path
            state = "covered"
            spans = _runs(path.first, [_STATES.get(int(one), "around") for one in path.state])
        elif track.id in kept:
            state = "excluded" if track.id in excluded else "visible"
            spans = _of_frames([(one.at, "visible") for one in track.seen])
        else:
            state = "doubtful"
            spans = _of_frames([(one.at, "blurred" if one.likely else "doubtful") for one in track.found])
        also = tuple(sorted(made_of(edits, track.id)))
        cards.append(Card(track, state, also, tuple(spans), _best(track)))
    return sorted(cards, key=_weight)


def looks_of(plan: Plan) -> list[Look]:
    """Return where somebody should look: what the report names, then bridged gaps; the worst of each first."""
    looks = [Look(stretch.first, f"{stretch.id} may be a face, and is blurred") for stretch in doubtful_stretches(plan)]
    looks += [
        Look((gap.first + gap.last) // 2, f"{gap.id} is lost here, and {then} is found near that place afterwards")
        for gap, then in unbridged_gaps(plan)
    ]
    gaps = [gap for person in plan.people for gap in bridged_gaps(person)]
    gaps.sort(key=lambda gap: gap.first - gap.last)
    return looks + [Look((gap.first + gap.last) // 2, f"{gap.id} is not found here, and covered") for gap in gaps]


def clock(time_s: float) -> str:
    """Return a time as people read it, with tenths of a second."""
    tenths = round(time_s * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    shown = f"{rest // 10:02d}.{rest % 10}"
    return f"{hours}:{minutes:02d}:{shown}" if hours else f"{minutes}:{shown}"


def told(analysis: Analysis, card: Card) -> str:
    """Return a time bar in words, for those who can't see it."""
    frames = analysis.frames
    parts = [
        f"{KINDS[span.kind]} {clock(frames[span.first].time_s)} to {clock(frames[span.last].time_s)}"
        for span in card.spans[:_MOST_TOLD]
    ]
    more = len(card.spans) - len(parts)
    return "; ".join([*parts, f"and {more} stretches more"] if more else parts)


# More stretches than this are not read out.
_MOST_TOLD = 8


def _weight(card: Card) -> tuple[int, int, int]:
    order = 0 if any(span.kind == "blurred" for span in card.spans) else 2 if card.state == "doubtful" else 1
    return order, -len(card.track.seen), card.id


def _best(track: Track) -> Found:
    return max(track.seen, key=lambda one: (not one.hint, one.face.score * one.face.region.size_px))


def _runs(first: int, kinds: Sequence[str]) -> list[Span]:
    return _of_frames([(first + row, kind) for row, kind in enumerate(kinds)])


def _of_frames(frames: Sequence[tuple[int, str]]) -> list[Span]:
    return list(_spans(frames))


def _spans(frames: Sequence[tuple[int, str]]) -> Iterator[Span]:
    for (_, kind), run in groupby(enumerate(frames), key=lambda pair: (pair[1][0] - pair[0], pair[1][1])):
        positions = [at for _, (at, _) in run]
        yield Span(kind, positions[0], positions[-1])
