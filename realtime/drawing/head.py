"""Where the head around a face is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from realtime.records import HEAD_RADII, Region

# The middle of a head is this far above that of the face's region, in sides of the region.
_RISE = 0.13
# Added to a head, so that the soft rim of a drawing that was scaled down lies outside it.
_RIM_PX = 1.5


@dataclass(frozen=True, slots=True)
class Spot:
    """An ellipse of a picture that a drawing is to cover.

    center: (x, y) in pixels. radii: in pixels, across and along. roll_rad: by which it is turned, clockwise.
    snug: whether the drawing is to hide no more than that, for which it may be made narrower.
    """

    center: tuple[float, float]
    radii: tuple[float, float]
    roll_rad: float = 0.0
    snug: bool = False


def head_of(region: Region) -> Spot:
    """Return the head around a face, hair and chin included, and a narrow rim around it."""
    rise_px = _RISE * region.size_px
    return Spot(
        (
            float(region.center[0]) + rise_px * math.sin(region.roll_rad),
            float(region.center[1]) - rise_px * math.cos(region.roll_rad),
        ),
        head_radii(region.size_px),
        region.roll_rad,
    )


def head_radii(size_px: float) -> tuple[float, float]:
    """Return the radii of the head around a face, across and along, in pixels. size_px: of the face's region."""
    return HEAD_RADII[0] * size_px + _RIM_PX, HEAD_RADII[1] * size_px + _RIM_PX
