"""Where two people are so near to one another that what is found may be either, or half of one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from realtime.engine.analysis import AnalysedFrame, Found, Track

# Two are near whose middles are nearer than this, in sizes of the larger.
_NEAR = 0.9
# Two who are near for less than this go by one another.
_CROWDED_S = 1.5


def crowded_frames(tracks: Sequence[Track]) -> list[set[int]]:
    """Return for each track in which frames another person was near, found or between two frames in which they were."""
    frames: dict[int, list[tuple[int, float, float, float]]] = {}
    for number, track in enumerate(tracks):
        if track.confirmed:
            seen = track.seen
            at = np.array([one.at for one in seen])
            between = np.arange(at[0], at[-1] + 1)
            places = np.array([(*one.face.region.center, one.face.region.size_px) for one in seen])
            rows = np.column_stack([np.interp(between, at, column) for column in places.T])
            for frame, (x, y, size) in zip(between.tolist(), rows.tolist(), strict=True):
                frames.setdefault(frame, []).append((number, x, y, size))
    crowded: list[set[int]] = [set() for _ in tracks]
    for frame, there in frames.items():
        for row, (number, x, y, size) in enumerate(there):
            for other, other_x, other_y, other_size in there[:row]:
                if (x - other_x) ** 2 + (y - other_y) ** 2 < (_NEAR * max(size, other_size)) ** 2:
                    crowded[number].add(frame)
                    crowded[other].add(frame)
    return crowded


def trusted(frames: Sequence[AnalysedFrame], found: Sequence[Found], crowded: Collection[int]) -> Sequence[Found]:
    """Return what was found without what may be somebody else, who was near for a moment: before and after it is known.

    Where somebody stays near, there is nothing better than what was found.
    """
    kept: list[Found] = []
    doubted: list[Found] = []
    for one in found:
        if one.at in crowded and kept:
            doubted.append(one)
            continue
        if doubted and frames[one.at].time_s - frames[kept[-1].at].time_s > _CROWDED_S:
            kept += doubted
        doubted = []
        kept.append(one)
    return kept + doubted
