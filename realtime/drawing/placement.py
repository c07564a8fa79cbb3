"""Where emoji go: over a face, beside it, in a corner, or wherever a picture needs one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from realtime.drawing.head import Spot, head_of, head_radii
from realtime.records import Reading, Region

PLACEMENTS = ("face", "beside", "corner")

# The region of an emoji beside a head, as a share of the face's.
_BESIDE = 0.45
# The region of the emoji in the corner, as a share of the picture's height.
_CORNER = 0.3
# An emoji is about this many times as large as the region it covers.
_DRAWN = 1.6


def over_face(region: Region) -> Spot:
    """Return where an emoji that hides a face is drawn: over the whole head."""
    return replace(head_of(region), snug=True)


def beside(region: Region, size_wh: tuple[int, int]) -> Spot:
    """Return where an emoji beside a head is drawn: at its right, or where there is no room at its left.

    Args:
        region: of the face.
        size_wh: of the picture, in pixels.
    """
    size_px = _BESIDE * region.size_px
    head = head_of(region)
    reach = head.radii[0] + 0.7 * size_px
    x, y = head.center
    side = 1 if x + reach + 0.7 * size_px <= size_wh[0] else -1
    return head_of(Region((x + side * reach, y - 0.3 * region.size_px), size_px))


def corner(size_wh: tuple[int, int]) -> Spot:
    """Return where the one large emoji is drawn: in the lower right of a picture. size_wh: in pixels."""
    size_px = _CORNER * size_wh[1]
    return head_of(Region((size_wh[0] - 0.85 * size_px, size_wh[1] - 0.75 * size_px), size_px))


def at(center: tuple[float, float], size_px: float) -> Spot:
    """Return the upright spot around a point, (x, y) in pixels, over which a drawing is about this large."""
    return Spot(center, head_radii(size_px / _DRAWN))


def main_face(readings: Sequence[Reading]) -> Reading | None:
    """Return the largest face, None without any."""
    return max(readings, key=lambda reading: reading.face.region.size_px, default=None)
