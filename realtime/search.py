"""Finding small faces in a still picture, where there is time to look closely."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from realtime.detector import Detector
from realtime.records import Face, Frame, Region

# A tile is a smaller piece of picture, so more of it looks like a face by chance. On a photograph of 29 people the
# faces have 0.81 and more, and what is none 0.70 and less.
_MIN_CONFIDENCE = 0.75
# The smallest tiles: in pixels, and as a part of the longer side of the picture, which bounds the number of tiles.
_MIN_TILE_PX = 256
_MAX_DIVISION = 12
# Tiles overlap by more than the largest face that only a tile can show.
_STEP = 0.6
# Faces whose middles are nearer than this, in sizes of the larger one, are the same.
_SAME = 0.5


class ThoroughDetector:
    """Looks at the whole picture, then at tiles of it, each half as large as those before."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    def detect(self, frame: Frame) -> list[Face]:
        """Return the faces of a frame, the surest first."""
        faces = self._detector.detect(frame)
        height, width = frame.image.shape[:2]
        for left, top, side in _tiles(width, height):
            tile = replace(frame, image=np.ascontiguousarray(frame.image[top : top + side, left : left + side]))
            found = self._detector.detect(tile)
            faces += [_shifted(face, left, top) for face in found if face.score >= _MIN_CONFIDENCE]
        return _distinct(faces)


def _tiles(width: int, height: int) -> Iterator[tuple[int, int, int]]:
    """Give square tiles of a picture as (left, top, side)."""
    smallest = max(_MIN_TILE_PX, max(width, height) // _MAX_DIVISION)
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
    return Face(
        (left + x, top + y, right + x, bottom + y), face.score, face.keypoints + np.array([x, y], np.float32), region
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
    return bool(distance < _SAME * max(one.region.size_px, other.region.size_px))
