"""At which parts of a picture the far detector looks, and how finely: `realtime.faces.search` says when."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from realtime.faces.yunet import Look
from realtime.records import Face, Region

# The longer side of the picture in a look at all of it.
_WHOLE_PX = 320
# The looks at a picture of which nothing is known are this fine, but never enlarge it by more than this. The finest one
# is taken in quarters, as a look at the whole picture would need 60 MB more at its peak.
_FINE_PX = (640, 1152)
_MOST_ENLARGED = 1.75
_QUARTER_PX = 640
# The size of a tile of a still picture, which is looked at as it is.
_STILL_TILE_WH = (1280, 1280)
# The size of a tile of a video, in pixels of the picture; wide, so that it costs no more than a look at the whole.
_TILE_WH = (400, 240)
# The longer side of a look at a border of the picture, where half a face may be.
_SIDE_PX = 256
# Neighbouring tiles share this part of their side, so that a face at the edge of one is whole in another.
_SHARED = 0.25
# Somebody whom a close look does not show is looked for by the far detector, in a part of the picture this many times
# as large as the face, ...
_AROUND = 3.5
# ... which the network is given this large.
_AROUND_PX = 160
# The network finds faces from this size of their regions on, in its own pixels, with a little to spare.
_SMALLEST_PX = 14


def looks_at_first(size_wh: tuple[int, int], *, fine: bool, stills: bool) -> Iterator[Look]:
    """Give the looks at a picture of which nothing is known.

    Args:
        size_wh: of the picture, in pixels.
        fine: also look as finely as it pays.
        stills: it is a single picture, worth a look at every part of it.
    """
    yield Look(_WHOLE_PX)
    yield from (Look(_WHOLE_PX, quarter_turns=turns) for turns in (1, 2, 3))
    yield from _sides(size_wh)
    if fine:
        sizes = [size for size in _FINE_PX if size < _MOST_ENLARGED * max(size_wh)]
        yield from (look for size in sizes for look in _looks_at_all(size, size_wh))
        if stills and max(size_wh) > max(_STILL_TILE_WH):
            yield from (Look(max(_STILL_TILE_WH), area) for area in _tiles(size_wh, _STILL_TILE_WH))


def looks_for(regions: Sequence[Region], size_wh: tuple[int, int]) -> Iterator[Look]:
    """Give the looks at all of a picture that show the smallest of these faces."""
    return _looks_at_all(_size_for(regions, size_wh), size_wh)


def next_look(number: int, size_wh: tuple[int, int], *, parts: bool) -> Look:
    """Return a look for more people: by turns at the whole, a border, and a part or all turned over.

    Args:
        number: of looks before this one.
        size_wh: of the picture, in pixels.
        parts: whether to look at parts too.
    """
    turn, kind = divmod(number, 3)
    if kind == 0:
        return Look(_WHOLE_PX)
    if kind == 1:
        return _sides(size_wh)[turn % 2]
    tiles = [Look(_WHOLE_PX, area) for area in _tiles(size_wh, _TILE_WH)] if parts else []
    others = []
    for turns in (1, 2, 3):
        others += [Look(_WHOLE_PX, quarter_turns=turns), *tiles[turns - 1 :: 3]]
    return others[turn % len(others)]


def is_cut(face: Face, look: Look, size_wh: tuple[int, int]) -> bool:
    """Return whether a face reaches to where a look at a part ends within the picture: shoulders may look like one.

    If it is one, another look shows all of it.
    """
    if look.area is None:
        return False
    left, top, right, bottom = look.area
    width, height = size_wh
    x, y, end_x, end_y = face.box
    return (left > 0 and x <= left) or (top > 0 and y <= top) or (width > right <= end_x) or (height > bottom <= end_y)


def is_mirrored(look: Look, size_wh: tuple[int, int]) -> bool:
    """Return whether a look reaches beyond the picture's borders, where it is mirrored."""
    if look.area is None:
        return False
    left, top, right, bottom = look.area
    return left < 0 or top < 0 or right > size_wh[0] or bottom > size_wh[1]


def look_around(region: Region, size_wh: tuple[int, int]) -> Look:
    """Return the look at the square around a face, turned as the face is."""
    half = _AROUND * region.size_px / 2
    # A face whose middle lies outside the picture is looked for at the border.
    x, y = (min(max(middle, 0.0), float(length)) for middle, length in zip(region.center, size_wh, strict=True))
    area = (int(x - half), int(y - half), int(x + half) + 1, int(y + half) + 1)
    return Look(_AROUND_PX, area, -round(region.roll_rad / (math.pi / 2)) % 4)


def _sides(size_wh: tuple[int, int]) -> tuple[Look, Look]:
    """Return the looks at the left and the right border, beyond which the picture is mirrored."""
    width, height = size_wh
    reach = min(height // 2, width)
    return Look(_SIDE_PX, (-reach, 0, reach, height)), Look(_SIDE_PX, (width - reach, 0, width + reach, height))


def _size_for(regions: Sequence[Region], size_wh: tuple[int, int]) -> int:
    """Return the size of a look at the whole picture that shows the smallest of these faces."""
    smallest = min((region.size_px for region in regions), default=math.inf) / max(size_wh)
    return next((size for size in (_WHOLE_PX, *_FINE_PX) if size * smallest >= _SMALLEST_PX), _FINE_PX[-1])


def _looks_at_all(size_px: int, size_wh: tuple[int, int]) -> Iterator[Look]:
    """Give the looks that show all of a picture as large as this: one, or quarters.

    The quarters share 128 pixels of what the network is given, four times what a face needs that no look at the
    whole picture shows: the detector wants to see what is around it.
    """
    if size_px <= _QUARTER_PX:
        yield Look(size_px)
        return
    width, height = (math.ceil(length * _QUARTER_PX / size_px) for length in size_wh)
    for left, top in product((0, size_wh[0] - width), (0, size_wh[1] - height)):
        yield Look(_QUARTER_PX, (left, top, left + width, top + height))


def _tiles(size_wh: tuple[int, int], tile_wh: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Return the parts of a picture, of this size at most, as (left, top, right, bottom)."""
    sides = [min(length, tile) for length, tile in zip(size_wh, tile_wh, strict=True)]
    starts = [_starts(length, side) for length, side in zip(size_wh, sides, strict=True)]
    return [(left, top, left + sides[0], top + sides[1]) for top, left in product(starts[1], starts[0])]


def _starts(length: int, side: int) -> list[int]:
    """Return where tiles begin, so that they cover the length evenly."""
    count = math.ceil((length - side) / (side * (1 - _SHARED))) + 1
    return np.linspace(0, length - side, count).astype(int).tolist()
