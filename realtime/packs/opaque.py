"""The ellipse in which all drawings of a pack are opaque, so that a face under it can't be seen: checked, or found."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from pathlib import Path

import cv2
import numpy as np

from realtime.errors import AssetError
from realtime.packs.archive import printable
from realtime.packs.manifest import Ellipse
from realtime.packs.table import MANIFEST
from realtime.records import HEAD_RADII

# Width to height of the head that an ellipse has to hide.
_HEAD_ASPECT = HEAD_RADII[0] / HEAD_RADII[1]
# An ellipse smaller than this share of its drawing would make the emoji many times larger than the head.
_MIN_SHARE = 1 / 8
# An error names at most this many files or sizes.
_MAX_NAMED = 5

# What is opaque in a drawing, by file: uint8 (H, W), 255 where it is.
Masks = Mapping[str, np.ndarray]


def check_ellipse(path: Path, declared: Ellipse, masks: Masks) -> None:
    """Refuse the [cover] of a manifest if it doesn't hide what is under it.

    Args:
        path: of the pack, for messages.
        declared: the ellipse, in pixels of the drawings.
        masks: of all drawings.

    Raises:
        AssetError: the drawings differ in size, the ellipse reaches out of them, or one is not opaque inside.
    """
    sizes = sorted({size_of(mask) for mask in masks.values()})
    if len(sizes) > 1:
        shown = ", ".join(f"{width}x{height}" for width, height in sizes[:_MAX_NAMED])
        raise AssetError(
            f"{path / MANIFEST} has a [cover] in pixels, but drawings of several sizes: {shown}.",
            "Give all the same size, or leave [cover] out: then it is found.",
        )
    if not _is_within(declared, sizes[0]) or not _is_enough(declared, sizes[0]):
        raise AssetError(
            f"{path / MANIFEST} has a [cover] that reaches out of the drawings, which are "
            f"{sizes[0][0]}x{sizes[0][1]}, or is tiny.",
            "Correct it, or leave it out: then it is found.",
        )
    if faults := _faults(_inside(declared, sizes[0]), masks):
        more = f" and {len(faults) - _MAX_NAMED} more" * (len(faults) > _MAX_NAMED)
        raise AssetError(
            f"The pack {path} would let a face be seen: inside [cover] not opaque are "
            f"{', '.join(faults[:_MAX_NAMED])}{more}.",
            "Fill the drawings there, make [cover] smaller, or leave it out.",
        )


def find_ellipses(path: Path, masks: Masks) -> dict[str, Ellipse]:
    """Return for each drawing the largest ellipse in which it and all others of its size are opaque.

    Args:
        path: of the pack, for messages.
        masks: of all drawings.

    Raises:
        AssetError: there is none that is large enough.
    """
    ellipses = {}
    for size in {size_of(mask) for mask in masks.values()}:
        alike = {file: mask for file, mask in masks.items() if size_of(mask) == size}
        ellipse = _largest_ellipse(reduce(cv2.bitwise_and, alike.values()))
        if not _is_enough(ellipse, size):
            worst = min(alike, key=lambda file: cv2.countNonZero(alike[file]))
            raise AssetError(
                f"The pack {path} would let a face be seen: its drawings have no opaque area in common that is large "
                f"enough to cover one, {printable(worst)} least of all.",
                "Fill it, or leave it out.",
            )
        ellipses.update(dict.fromkeys(alike, ellipse))
    return ellipses


def size_of(mask: np.ndarray) -> tuple[int, int]:
    """Return the width and height of a mask, in pixels."""
    return mask.shape[1], mask.shape[0]


def _is_within(ellipse: Ellipse, size: tuple[int, int]) -> bool:
    (x, y, radius_x, radius_y), (width, height) = ellipse, size
    return x >= radius_x and y >= radius_y and x + radius_x <= width and y + radius_y <= height


def _is_enough(ellipse: Ellipse, size: tuple[int, int]) -> bool:
    return min(ellipse[2:]) >= _MIN_SHARE * min(size)


def _faults(inside: np.ndarray, masks: Masks) -> list[str]:
    """Tell which drawings have pixels inside an ellipse, 255 in a picture of their size, that are not opaque."""
    faults = []
    for file, mask in masks.items():
        bare = cv2.subtract(inside, mask)
        if count := cv2.countNonZero(bare):
            left, top, wide, high = cv2.boundingRect(bare)
            faults.append(f"{printable(file)} ({count} pixels in {wide}x{high} at {left}, {top})")
    return faults


def _largest_ellipse(opaque: np.ndarray) -> Ellipse:
    """Return the largest ellipse of a head's proportions in which a picture, uint8 (H, W), is 255."""
    height, width = opaque.shape
    # Stretched sideways, the ellipse is a circle: its radius is the distance to what is not opaque.
    stretch = round(width / _HEAD_ASPECT) / width
    stretched = cv2.resize(opaque, (round(width * stretch), height), interpolation=cv2.INTER_NEAREST)
    framed = cv2.copyMakeBorder(stretched, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    distance = cv2.distanceTransform(framed, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    # Of many places as good as the best, the middle.
    rows, columns = np.nonzero(distance >= max(distance.max() - 0.5, 1))
    if not len(rows):
        return width / 2, height / 2, 0.0, 0.0
    middle = np.argmin((rows - rows.mean()) ** 2 + (columns - columns.mean()) ** 2)
    row, column = int(rows[middle]), int(columns[middle])
    for shorter in range(height):
        radius = float(distance[row, column]) - 0.5 - shorter
        ellipse = ((column + 0.5) / stretch, row + 0.5, radius / stretch, radius)
        if radius <= 0 or not cv2.countNonZero(cv2.subtract(_inside(ellipse, (width, height)), opaque)):
            return ellipse
    return ellipse


def _inside(ellipse: Ellipse, size: tuple[int, int]) -> np.ndarray:
    """Return a picture, uint8 (H, W), that is 255 where the centres of pixels are inside an ellipse."""
    x, y, radius_x, radius_y = ellipse
    rows, columns = np.ogrid[0.5 : size[1], 0.5 : size[0]]
    return np.where(((columns - x) / radius_x) ** 2 + ((rows - y) / radius_y) ** 2 <= 1, np.uint8(255), np.uint8(0))
