"""Rigs: drawings whose parts move. A rig comes as one picture, an atlas of cells, beside the drawing it belongs to.

The first row of an atlas has three whole drawings side by side: what is behind the parts, the features that don't move,
and what is in front (hair, tears). Below come the parts, each cut out by its window of the drawing: eyes, closed eyes
and brows in one row, then the mouth in several shapes from closed to wide open.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from realtime.packs.levels import levels_of
from realtime.packs.manifest import Windows
from realtime.packs.sprite import Sprite, laid_over
from realtime.packs.table import Window

# In how many shapes a mouth comes.
MOUTHS = 7
# Mouths in a row of the atlas.
_IN_A_ROW = 4


class Cell(NamedTuple):
    """A part in an atlas: its name, where it is there (left, top), and its window of the drawing."""

    name: str
    at: tuple[int, int]
    window: Window


def cells(windows: Windows, size_wh: tuple[int, int]) -> list[Cell]:
    """Return where the parts are in an atlas. size_wh: of the drawing, in pixels."""
    width, height = size_wh
    whole = (0, 0, width, height)
    found = [Cell(name, (n * width, 0), whole) for n, name in enumerate(("behind", "still", "front"))]
    across, high = windows.eyes[2], max(windows.eyes[3], windows.brows[3])
    for n, (name, window) in enumerate((("eyes", windows.eyes), ("lids", windows.eyes), ("brows", windows.brows))):
        found.append(Cell(name, (n * across, height), window))
    for n in range(MOUTHS):
        row, column = divmod(n, _IN_A_ROW)
        at = (column * windows.mouth[2], height + high + row * windows.mouth[3])
        found.append(Cell(f"mouth {n}", at, windows.mouth))
    return found


def atlas_size(windows: Windows, size_wh: tuple[int, int]) -> tuple[int, int]:
    """Return width and height of an atlas, in pixels."""
    found = cells(windows, size_wh)
    return max(c.at[0] + c.window[2] for c in found), max(c.at[1] + c.window[3] for c in found)


def cut(atlas: np.ndarray, windows: Windows, size_wh: tuple[int, int]) -> dict[str, tuple[np.ndarray, Window]]:
    """Return the parts of an atlas, (H, W, 4), by name, each with its window."""
    return {
        name: (atlas[top : top + window[3], left : left + window[2]], window)
        for name, (left, top), window in cells(windows, size_wh)
    }


@dataclass(frozen=True, eq=False)
class Part:
    """A piece of a drawing that can be laid on anywhere.

    levels: uint8 (H, W, 4) BGRA with the colours multiplied by alpha; each half as large as the one before. corner:
    left and top of the first level in the drawing, in pixels.
    """

    levels: tuple[np.ndarray, ...]
    corner: tuple[float, float]

    @property
    def middle(self) -> tuple[float, float]:
        """Return the middle of the part in the drawing, in pixels."""
        height, width = self.levels[0].shape[:2]
        return self.corner[0] + width / 2, self.corner[1] + height / 2


@dataclass(frozen=True, eq=False)
class Rig:
    """A drawing whose parts move.

    behind, front: whole drawings, below and above the parts. still: features that move with the head only. eyes, lids
    (closed eyes), brows: at the picture's left and right; None where there are none. mouths: from closed to wide open,
    one size; empty without a mouth. rest: how far the mouth is open in the drawing, 0 to 1.
    """

    behind: Sprite
    front: Sprite
    still: Part | None
    eyes: tuple[Part | None, Part | None]
    lids: tuple[Part | None, Part | None]
    brows: tuple[Part | None, Part | None]
    mouths: tuple[Part, ...]
    rest: float


def rig_of(atlas: np.ndarray, windows: Windows, like: Sprite, at_rest: float, under: np.ndarray | None) -> Rig:
    """Return the rig of an atlas.

    Args:
        atlas: uint8 (H, W, 4) BGRA, the colours multiplied by alpha.
        windows: where the parts are in the drawing.
        like: the drawing, whose size and opaque ellipse the rig has.
        at_rest: how far the mouth is open in the drawing, 0 to 1.
        under: a skin of the drawing's size, over which it is laid; None without one.

    Raises:
        ValueError: the atlas is too small, or a face would be seen through it.
    """
    width, height = like.size_wh
    needed = atlas_size(windows, (width, height))
    if atlas.shape[1] < needed[0] or atlas.shape[0] < needed[1]:
        raise ValueError(f"it is {atlas.shape[1]}x{atlas.shape[0]}, and its parts need {needed[0]}x{needed[1]}")
    if under is not None and under.shape[:2] != (height, width):
        raise ValueError(f"a rig over a skin needs drawings as they are kept, of {width}x{height}")
    found = cut(atlas, windows, (width, height))
    behind = found["behind"][0] if under is None else laid_over(found["behind"][0], under)
    if not _is_opaque(behind, like):
        raise ValueError("what is behind its parts is not opaque in the ellipse that covers a face")
    mouths = [found[f"mouth {n}"] for n in range(MOUTHS)]
    return Rig(
        behind=replace(like, levels=levels_of(behind)),
        front=replace(like, levels=levels_of(found["front"][0])),
        still=_part(*found["still"]),
        eyes=_halves(*found["eyes"], width / 2),
        lids=_halves(*found["lids"], width / 2),
        brows=_halves(*found["brows"], width / 2),
        mouths=_alike([picture for picture, _ in mouths], windows.mouth),
        rest=at_rest,
    )


def _is_opaque(picture: np.ndarray, like: Sprite) -> bool:
    (x, y), (radius_x, radius_y) = like.cover_center, like.cover_radii
    rows, columns = np.ogrid[0.5 : picture.shape[0], 0.5 : picture.shape[1]]
    inside = ((columns - x) / radius_x) ** 2 + ((rows - y) / radius_y) ** 2 <= 1
    return bool((picture[..., 3][inside] == 255).all())


def _halves(picture: np.ndarray, window: Window, middle: float) -> tuple[Part | None, Part | None]:
    """Return what is at the left and at the right of the middle of a drawing."""
    left, top, width, height = window
    at = min(max(round(middle) - left, 0), width)
    return (
        _part(picture[:, :at], (left, top, at, height)),
        _part(picture[:, at:], (left + at, top, width - at, height)),
    )


def _part(picture: np.ndarray, window: Window) -> Part | None:
    """Return what is drawn in a window, None for nothing."""
    x, y, width, height = cv2.boundingRect(picture[..., 3]) if picture.size else (0, 0, 0, 0)
    if not width or not height:
        return None
    return Part(levels_of(picture[y : y + height, x : x + width], 8), (window[0] + x, window[1] + y))


def _alike(pictures: list[np.ndarray], window: Window) -> tuple[Part, ...]:
    """Return shapes of one thing, cut alike."""
    x, y, width, height = cv2.boundingRect(np.max([picture[..., 3] for picture in pictures], axis=0))
    if not width or not height:
        return ()
    corner = (window[0] + x, window[1] + y)
    return tuple(Part(levels_of(picture[y : y + height, x : x + width], 8), corner) for picture in pictures)
