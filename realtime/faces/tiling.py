"""Finding faces that are too small for one look at the whole picture: thoroughly in stills, bit by bit in videos."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from realtime.faces.base import FaceFinder
from realtime.records import Face, Frame, Keypoints, Region

# A face in a tile is sure from this score on, which is higher than for whole pictures, as many tiles show more that
# looks like a face by chance. On a photograph of 29 people all faces had more than 0.8, and all else less than 0.7.
_SURE_SCORE = 0.75
# Faces in a tile of a lower score than this are left out. In a video, one between this and _SURE_SCORE may still be a
# person who was seen there before.
_MIN_SCORE = 0.5
# Sides of the smallest tiles.
_MIN_TILE_PX = 256
# No tile is smaller than this part of the picture's longer side, which bounds the number of tiles.
_MIN_TILE_PART = 1 / 12
# Neighbouring tiles lie this far apart, in sides of a tile, so that a face at the edge of one is whole in another.
_STEP = 0.6
# In a video, while nobody far away is known, the second look is taken this often.
_IDLE_LOOK_S = 0.2
# In a video, a far face that was not seen for this long is not known any more.
_REMEMBERED_S = 1.5
# Two faces are the same person's if their middles are nearer than this, in sizes of the larger one.
_SAME_DISTANCE = 0.5


class ThoroughDetector:
    """Looks at the whole picture, then at tiles of it, each half as large as those before."""

    def __init__(self, detector: FaceFinder) -> None:
        """Look through a detector, which stays the caller's to close."""
        self._detector = detector

    def detect(self, frame: Frame) -> list[Face]:
        """Return the faces of a frame, the surest first."""
        faces = self._detector.detect(frame)
        height, width = frame.image.shape[:2]
        for left, top, side in _tiles(width, height):
            faces += [face for face in _in_tile(self._detector, frame, left, top, side) if face.sure]
        return _distinct(faces)


class SecondLook:
    """Looks at the whole picture, then at one tile of it: a far face that is known, or the next place on a grid.

    It costs one more call of the detector a frame at most, and finds faces down to a twentieth of the picture's height.
    """

    def __init__(self, detector: FaceFinder, always: bool = False, wanted: Callable[[], bool] = lambda: True) -> None:
        """Look through a detector, which stays the caller's to close.

        Args:
            detector: Finds the faces of a picture and of a tile of it.
            always: Whether to take the second look at every frame, and not only now and then while nobody far away is
                known.
            wanted: Asked before every second look; says no where the machine can't keep up.
        """
        self._detector = detector
        self._wanted = wanted
        self._always = always
        self._looked_s = -math.inf
        self._looks = 0
        self._place = -1
        self._far: list[_Far] = []

    def detect(self, frame: Frame) -> list[Face]:
        """Return the faces of a frame; those only a tile showed are sure from a higher score on."""
        faces = self._detector.detect(frame)
        self._far = [far for far in self._far if frame.time_s - far.seen_s < _REMEMBERED_S]
        due = self._always or bool(self._far) or frame.time_s - self._looked_s >= _IDLE_LOOK_S
        if not (due and self._wanted()):
            return faces
        self._looked_s = frame.time_s
        found = _in_tile(self._detector, frame, *self._next_tile(frame))
        new = [face for face in found if not any(_same(face, other) for other in faces)]
        sure = [face for face in new if face.sure]
        self._far = [far for far in self._far if not any(_near(far, face) for face in sure + faces)]
        self._far += [_Far(face.region.center, face.region.size_px, frame.time_s) for face in sure]
        return faces + new

    def _next_tile(self, frame: Frame) -> tuple[int, int, int]:
        """Return (left, top, side): by turns one around the far face not looked at for longest, and one of the grid."""
        height, width = frame.image.shape[:2]
        side = max(min(height, width) // 2, min(_MIN_TILE_PX, height, width))
        self._looks += 1
        if self._far and self._looks % 2:
            far = min(self._far, key=lambda far: far.looked_s)
            far.looked_s = frame.time_s
            left, top = (int(c - side / 2) for c in far.center)
            return min(max(left, 0), width - side), min(max(top, 0), height - side), side
        grid = list(product(_starts(width, side), _starts(height, side)))
        self._place = (self._place + 1) % len(grid)
        return *grid[self._place], side


@dataclass
class _Far:
    """A face only a tile has shown."""

    center: tuple[float, float]
    size_px: float
    seen_s: float
    looked_s: float = -math.inf


def _near(far: _Far, face: Face) -> bool:
    return math.dist(far.center, face.region.center) < max(far.size_px, face.region.size_px)


def _in_tile(detector: FaceFinder, frame: Frame, left: int, top: int, side: int) -> list[Face]:
    """Return the faces of a square piece of a frame, in the frame's coordinates."""
    tile = replace(frame, image=np.ascontiguousarray(frame.image[top : top + side, left : left + side]))
    found = [face for face in detector.detect(tile) if face.score >= _MIN_SCORE]
    return [replace(_shifted(face, left, top), sure=face.score >= _SURE_SCORE) for face in found]


def _tiles(width: int, height: int) -> Iterator[tuple[int, int, int]]:
    """Give square tiles of a picture as (left, top, side)."""
    smallest = max(_MIN_TILE_PX, int(max(width, height) * _MIN_TILE_PART))
    side = min(width, height)
    while side >= smallest:
        for left, top in product(_starts(width, side), _starts(height, side)):
            yield left, top, side
        side = max(side // 2, smallest) if side > smallest else 0


def _starts(length: int, side: int) -> list[int]:
    """Return where tiles begin, so that they cover the length evenly."""
    count = int(np.ceil((length - side) / (_STEP * side))) + 1
    return np.linspace(0, length - side, count).astype(int).tolist()


def _shifted(face: Face, x: int, y: int) -> Face:
    left, top, right, bottom = face.box
    center = face.region.center[0] + x, face.region.center[1] + y
    region = Region(center, face.region.size_px, face.region.roll_rad)
    box = (left + x, top + y, right + x, bottom + y)
    return replace(
        face, box=box, keypoints=Keypoints(face.keypoints.points + np.array([x, y], np.float32)), region=region
    )


def _distinct(faces: Sequence[Face]) -> list[Face]:
    """Return one face for each person, the surest."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if not any(_same(face, other) for other in kept):
            kept.append(face)
    return kept


def _same(one: Face, other: Face) -> bool:
    distance = np.hypot(*np.subtract(one.region.center, other.region.center))
    return bool(distance < _SAME_DISTANCE * max(one.region.size_px, other.region.size_px))
