"""Pictures of people: small faces that do not move at all, as on a wall, and those that are printed on clothes."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from realtime.faces.preprocess import face_patch
from realtime.records import Frame, Reading, Region

# A face whose region is higher than this share of the frame is that of somebody who is there.
MAX_HEIGHT = 0.1
# A face that has not moved for this long is one in a picture.
STILL_S = 5.0
# Two patches of the same place differ by more than this, in grey levels on average, if anything moved there.
_MOVED_LEVELS = 3.0
# Who wears a print is this many times as large as it at least, in length: somebody in front of them, as a small child
# on their lap, is nearer to the camera, and larger. They are about upright.
_WEARER, _UPRIGHT_RAD = 2.0, 0.5
# A print lies no farther to the side of its wearer's head, and so far below it, in sizes of the wearer's region.
_BESIDE, _BELOW = 0.9, (0.7, 2.5)


@dataclass
class _Place:
    """Where a face was when it last moved, and what was seen there. patch: float32 (S, S), of mean 0."""

    region: Region
    patch: np.ndarray
    since_s: float


class PicturedFaces:
    """Tells faces in pictures from living ones, which never keep still for long and are not worn on a chest."""

    def __init__(self) -> None:
        self._places: dict[int, _Place] = {}

    def living(self, frame: Frame, readings: Collection[Reading]) -> list[Reading]:
        """Return the readings without those of small faces that have not moved for STILL_S, and of worn ones."""
        kept = []
        known, self._places = self._places, {}
        for reading in readings:
            region = reading.face.region
            if any(_is_worn(region, other.face.region) for other in readings):
                continue
            if region.size_px > MAX_HEIGHT * frame.image.shape[0]:
                kept.append(reading)
                continue
            place = known.get(reading.track)
            if place is None or self._has_moved(frame, place):
                place = _Place(region, _levels(frame, region), frame.time_s)
            self._places[reading.track] = place
            if frame.time_s - place.since_s < STILL_S:
                kept.append(reading)
        return kept

    @staticmethod
    def _has_moved(frame: Frame, place: _Place) -> bool:
        return float(np.abs(_levels(frame, place.region) - place.patch).mean()) > _MOVED_LEVELS


def _is_worn(face: Region, wearer: Region) -> bool:
    """Return whether a face lies where somebody's chest is, and is too small to be that of somebody before it."""
    across, down = (there - here for there, here in zip(face.center, wearer.center, strict=True))
    size = wearer.size_px
    upright = abs(math.remainder(wearer.roll_rad, 2 * math.pi)) < _UPRIGHT_RAD
    on_the_chest = abs(across) < _BESIDE * size and _BELOW[0] * size < down < _BELOW[1] * size
    return upright and on_the_chest and _WEARER * face.size_px < size


def _levels(frame: Frame, region: Region) -> np.ndarray:
    """Return what is seen at a place, whatever the light."""
    patch = face_patch(frame.image, region).astype(np.float32)
    return patch - patch.mean()
