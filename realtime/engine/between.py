"""What lies between two looks: while nobody moves much, frames of a file are passed over, and known from both sides.

Live, nobody knows what comes; a first pass does, so what it passes over is no guess.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from realtime.engine.analysis import AnalysedFrame, Found
from realtime.engine.load import LoadShedding
from realtime.records import Face, Keypoints, Prediction, Region

# Between two looks lies less than this and a frame: of 30 frames a second every third is looked at, of 24 every other.
_PASSED_S = 0.075
# It is less where a face moves, grows or turns, so that it does by no more than this while frames are passed over, in
# shares of its size, and radians.
_MAY_MOVE = 0.03
# Whoever moved by more than this share of their size between two looks began to in a frame that was passed over: the
# cover is as much larger there, as nobody knows when.
_SUDDEN = 0.04


class Looks(LoadShedding):
    """Says in which frames of a file faces need not be looked for; in all others they are, and everything is done."""

    def __init__(self) -> None:
        """Begin with nobody in view."""
        super().__init__(most=0)
        self._now_s = self._looked_s = -math.inf
        self._faces: Mapping[int, Face] = {}
        self._passes_s = 0.0

    def begin(self, time_s: float) -> None:
        """Take in when the next frame is."""
        self._now_s = time_s

    def skips(self, known: bool) -> bool:
        """Return whether a frame may be passed over. known: whether it is clear of everything who it is."""
        return known and 0 < self._now_s - self._looked_s < self._passes_s

    def see(self, faces: Mapping[int, Face], everybody: Collection[int]) -> None:
        """Take in what a look at a frame showed.

        Args:
            faces: that were found, by track.
            everybody: tracks of all who are in view, found or not, and of what is doubtful.
        """
        self._passes_s = 0.0
        if faces and set(faces) == set(everybody) == set(self._faces):
            change = max(_change(self._faces[track], face) for track, face in faces.items())
            elapsed_s = self._now_s - self._looked_s
            self._passes_s = min(_PASSED_S, elapsed_s * _MAY_MOVE / max(change, 1e-9))
        self._faces, self._looked_s = faces, self._now_s


def _change(before: Face, after: Face) -> float:
    """Return by how much a face moved, in shares of its size, grew, or turned, in radians: the most of them."""
    one, other = before.region, after.region
    moved = math.dist(one.center, other.center) / one.size_px
    grown = abs(math.log(other.size_px / one.size_px))
    turned = abs(math.remainder(other.roll_rad - one.roll_rad, 2 * math.pi))
    return max(moved, grown, turned)


def filled(frames: Sequence[AnalysedFrame], found: Sequence[Found], passed: Collection[int]) -> Iterator[Found]:
    """Give what was found of somebody, and where they were in the frames between that were passed over, or at the end.

    Args:
        frames: of the video.
        found: in rising frames.
        passed: positions of the frames that were passed over.
    """
    for before, after in pairwise(found):
        yield before
        between = range(before.at + 1, after.at)
        if before.seen and after.seen and all(at in passed for at in between):
            start_s, end_s = frames[before.at].time_s, frames[after.at].time_s
            for at in between:
                yield _between(before, after, at, (frames[at].time_s - start_s) / (end_s - start_s))
    for last in found[-1:]:
        yield last
        rest = range(last.at + 1, len(frames))
        if last.seen and all(at in passed for at in rest):
            yield from (replace(last, at=at) for at in rest)


def _between(before: Found, after: Found, at: int, share: float) -> Found:
    """Return what is between two. share: of the way from the one to the other."""
    nearest = before if share < 0.5 else after
    one, other = before.face, after.face
    region = _region_between(one.region, other.region, share)
    points = _mixed(one.keypoints.points, other.keypoints.points, share)
    box = tuple(_mixed(np.array(one.box), np.array(other.box), share).tolist())
    face = Face(box, min(one.score, other.score), Keypoints(points), region, nearest.face.sure)
    read = nearest.prediction
    if before.prediction is not None and after.prediction is not None:
        read = Prediction(
            _mixed(before.prediction.emotions, after.prediction.emotions, share),
            _mixed(before.prediction.genders, after.prediction.genders, share),
        )
    return Found(at, face, True, nearest.likely, read, nearest.hint)


def _region_between(one: Region, other: Region, share: float) -> Region:
    center = _mixed(np.array(one.center), np.array(other.center), share)
    size = one.size_px + share * (other.size_px - one.size_px)
    farthest = max(share, 1 - share)
    way = math.dist(one.center, other.center)
    turn = math.remainder(other.roll_rad - one.roll_rad, 2 * math.pi)
    return Region(
        (float(center[0]), float(center[1])),
        size + (2 * farthest * way if way > _SUDDEN * size else 0.0),
        one.roll_rad + share * turn,
    )


def _mixed(one: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    return np.asarray((1 - share) * one + share * other).astype(one.dtype)
