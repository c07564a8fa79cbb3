"""What is told of a video that was covered: who is in it, what was bridged, and where somebody should look."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from realtime.engine.analysis import AnalysedFrame, Found, Track
from realtime.engine.covering import BRIDGED, SEEN
from realtime.engine.plan import Person, Plan

VERSION = 1

# Somebody who is lost, and somebody who is found within this time, no farther than so many sizes of the face, may be
# one person who was bare between.
_UNBRIDGED_S, _UNBRIDGED = 10.0, 1.5
# Who is nearer to the border than this, in sizes, has left or come by it.
_AT_BORDER = 0.75


@dataclass(frozen=True)
class Stretch:
    """Some frames in a row. id: of whom. first, last: positions."""

    id: int
    first: int
    last: int


def report_of(plan: Plan) -> dict[str, Any]:
    """Return what is told of a video; JSON values. Files, options and versions are the caller's to add."""
    analysis, frames = plan.analysis, plan.analysis.frames
    visible = [track for track in plan.kept if track.confirmed]
    people = [_person(frames, person) for person in plan.people]
    people += [_visible(frames, track) for track in visible]
    doubtful = doubtful_stretches(plan)
    unbridged = list(unbridged_gaps(plan))
    sizes = [one.face.region.size_px for person in plan.people for one in person.track.seen]
    return {
        "report": VERSION,
        "frames": len(frames),
        "seconds": round(frames[-1].time_s - frames[0].time_s + 1 / analysis.about.fps, 3) if frames else 0.0,
        "cuts_s": [round(frame.time_s, 3) for frame in frames if frame.cut],
        "people": sorted(people, key=lambda person: person["id"]),
        "doubtful": [_told(frames, stretch) | {"score": _score(plan, stretch)} for stretch in doubtful],
        "unbridged": [_told(frames, gap) | {"then": then} for gap, then in unbridged],
        "smallest_face_px": round(min(sizes), 1) if sizes else None,
        "blurred_share": round(plan.blurred() / max(len(frames), 1), 4),
        "needs_look": bool(doubtful or unbridged),
    }


def doubtful_stretches(plan: Plan) -> list[Stretch]:
    """Return where something was blurred of which nobody knows whether it is a face, the likeliest first."""
    stretches = [
        stretch
        for track in plan.doubtful
        for stretch in _stretches(track.id, [one.at for one in track.found if one.likely])
    ]
    return sorted(stretches, key=lambda stretch: (-_score(plan, stretch), stretch.first))


def bridged_gaps(person: Person) -> list[Stretch]:
    """Return where somebody was not found between two sightings."""
    at = np.flatnonzero(person.path.state == BRIDGED) + person.path.first
    return _stretches(person.track.id, at.tolist())


def unbridged_gaps(plan: Plan) -> Iterator[tuple[Stretch, int]]:
    """Give where somebody was lost in the middle of the picture, and who was found there soon after, as another."""
    frames = plan.analysis.frames
    cuts = np.array([at for at, frame in enumerate(frames) if frame.cut], int)
    for one in plan.people:
        end = one.track.seen[-1]
        if _at_border(frames, end):
            continue
        for other in plan.people:
            start = other.track.seen[0]
            soon = 0 < frames[start.at].time_s - frames[end.at].time_s <= _UNBRIDGED_S
            if not soon or _at_border(frames, start) or ((cuts > end.at) & (cuts <= start.at)).any():
                continue
            near = math.dist(end.face.region.center, start.face.region.center)
            if near < _UNBRIDGED * max(end.face.region.size_px, start.face.region.size_px):
                yield Stretch(one.track.id, end.at, start.at), other.track.id


def _person(frames: Sequence[AnalysedFrame], person: Person) -> dict[str, Any]:
    path = person.path
    gaps = [_told(frames, gap) | {"bridged": "from both sides"} for gap in bridged_gaps(person)]
    return _seen(frames, person.track) | {
        "covered": True,
        "frames_covered": len(path.state),
        "covered_from_s": round(frames[path.first].time_s, 3),
        "covered_to_s": round(frames[path.last].time_s, 3),
        "drawing": person.show.presentation,
        "smallest_px": round(float(path.sizes[path.state == SEEN].min()), 1),
        "gaps": gaps,
    }


def _visible(frames: Sequence[AnalysedFrame], track: Track) -> dict[str, Any]:
    return _seen(frames, track) | {"covered": False, "frames_covered": 0, "gaps": []}


def _seen(frames: Sequence[AnalysedFrame], track: Track) -> dict[str, Any]:
    seen = track.seen
    return {
        "id": track.id,
        "frames_seen": len(seen),
        "first_s": round(frames[seen[0].at].time_s, 3),
        "last_s": round(frames[seen[-1].at].time_s, 3),
    }


def _told(frames: Sequence[AnalysedFrame], stretch: Stretch) -> dict[str, Any]:
    return {
        "id": stretch.id,
        "from_s": round(frames[stretch.first].time_s, 3),
        "to_s": round(frames[stretch.last].time_s, 3),
        "frames": stretch.last - stretch.first + 1,
    }


def _stretches(number: int, at: Sequence[int]) -> list[Stretch]:
    runs = groupby(enumerate(at), key=lambda pair: pair[1] - pair[0])
    rows = [[position for _, position in run] for _, run in runs]
    return [Stretch(number, row[0], row[-1]) for row in rows]


def _score(plan: Plan, stretch: Stretch) -> float:
    """Return the best score that the detector gave within a stretch."""
    track = next(track for track in plan.doubtful if track.id == stretch.id)
    scores = [one.face.score for one in track.found if stretch.first <= one.at <= stretch.last]
    return round(max(scores), 3)


def _at_border(frames: Sequence[AnalysedFrame], found: Found) -> bool:
    region, (width, height) = found.face.region, frames[found.at].size_wh
    (x, y), margin = region.center, _AT_BORDER * region.size_px
    return not (margin <= x <= width - margin and margin <= y <= height - margin)
