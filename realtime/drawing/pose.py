"""How the parts of a rig are moved, and the pieces that are laid on for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from realtime.packs.rig import Part, Rig

# What moves moves by so much of the drawing's width at most: features of a head that turns, or nods, and brows.
_TURN, _NOD, _BROW = 0.05, 0.035, 0.045
# A broad smile makes a mouth wider by this share, pursed lips narrower.
_WIDER = 0.13
# A closing eye is pressed together, down to this share of its height, ...
_LEAST_EYE = 0.14
# ... and from one to the other of these shares on its way the drawing of the closed eye takes its place.
_LID_FROM, _LID_TO = 0.55, 0.9


@dataclass(frozen=True, slots=True)
class Pose:
    """How a face is moved; all zero is the drawing as it is.

    alive: 0 for the mouth as it is drawn, 1 for the person's. mouth: how far it is open, 0 to 1. smile: how wide it is,
    -1 (pursed) to 1. blinks, brows: at the picture's left and right; how far an eye is closed, 0 to 1, and how far a
    brow is raised, -1 to 1. turn, nod: of the head, to the picture's right and down, -1 to 1.
    """

    alive: float = 0.0
    mouth: float = 0.0
    smile: float = 0.0
    blinks: tuple[float, float] = (0.0, 0.0)
    brows: tuple[float, float] = (0.0, 0.0)
    turn: float = 0.0
    nod: float = 0.0


REST = Pose()


@dataclass(frozen=True, eq=False)
class Piece:
    """A part that is laid on.

    scale: along x and y, about the middle of the part. shift: then, in pixels of the drawing.
    """

    part: Part
    shift: tuple[float, float]
    scale: tuple[float, float] = (1.0, 1.0)


def pieces(rig: Rig, pose: Pose) -> Iterator[Piece]:
    """Give the parts of a rig in a pose, from the back to the front."""
    width = rig.behind.size_wh[0]
    moved = (width * _TURN * pose.turn, width * _NOD * pose.nod)
    if rig.still is not None:
        yield Piece(rig.still, moved)
    for eye, lid, blink in zip(rig.eyes, rig.lids, pose.blinks, strict=True):
        yield from _eye(eye, lid, blink, moved)
    for brow, raised in zip(rig.brows, pose.brows, strict=True):
        if brow is not None:
            yield Piece(brow, (moved[0], moved[1] - width * _BROW * raised))
    if rig.mouths:
        opening = rig.rest + (pose.mouth - rig.rest) * pose.alive
        yield Piece(_mouth(rig.mouths, opening), moved, (1 + _WIDER * pose.smile, 1.0))


def _eye(eye: Part | None, lid: Part | None, blink: float, moved: tuple[float, float]) -> Iterator[Piece]:
    if eye is None:
        return
    if lid is None or blink <= 0:  # what has no closed form, as eyes that laugh, does not blink
        yield Piece(eye, moved)
        return
    closed = min(max((blink - _LID_FROM) / (_LID_TO - _LID_FROM), 0.0), 1.0)
    if closed < 1:
        down = lid.middle[1] - eye.middle[1]
        height = 1 - (1 - _LEAST_EYE) * min(blink / _LID_TO, 1.0)
        yield Piece(_faded(eye, 1 - closed), (moved[0], moved[1] + down * (1 - height)), (1.0, height))
    if closed > 0:
        yield Piece(_faded(lid, closed), moved)


def _faded(part: Part, share: float) -> Part:
    """Return a part that is so much there, 0 to 1."""
    if share >= 1:
        return part
    return Part(tuple(cv2.convertScaleAbs(level, alpha=share) for level in part.levels), part.corner)


def _mouth(mouths: tuple[Part, ...], opening: float) -> Part:
    """Return a mouth so far open, 0 to 1, between two of its shapes."""
    place = min(max(opening, 0.0), 1.0) * (len(mouths) - 1)
    at = min(int(place), len(mouths) - 2)
    share = place - at
    if share == 0:
        return mouths[at]
    levels = [
        cv2.addWeighted(one, 1 - share, other, share, 0)
        for one, other in zip(mouths[at].levels, mouths[at + 1].levels, strict=True)
    ]
    return Part(tuple(levels), mouths[at].corner)


def lay(colours: np.ndarray, through: np.ndarray, piece: Piece, linear: np.ndarray, offset: np.ndarray) -> None:
    """Lay a piece over a prepared drawing in place; what was opaque stays opaque.

    Args:
        colours: uint8 (H, W, 3) BGR, multiplied by alpha.
        through: uint8 (H, W, 3), how much of the picture shows through.
        piece: what is laid on.
        linear: float (2, 2), from pixels of the whole drawing to those of the prepared one.
        offset: float (2,), where the drawing's corner is in the prepared one.
    """
    part = piece.part
    first = part.levels[0]
    scale = float(np.sqrt(abs(np.linalg.det(linear))))
    level = min(max(int(np.log2(1 / scale)), 0), len(part.levels) - 1) if 0 < scale < 1 else 0
    pixels = part.levels[level]
    shrunk = np.array(pixels.shape[1::-1]) / first.shape[1::-1]
    middle = np.array(part.middle)
    # From pixels of the level to the drawing, scaled about the part's middle and shifted, to the prepared drawing.
    own = np.diag(piece.scale)
    to_drawing = own @ np.diag(1 / shrunk)
    start = middle + own @ (np.array(part.corner) - middle) + piece.shift
    matrix, place = linear @ to_drawing, linear @ start + offset
    height, width = pixels.shape[:2]
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)]) @ matrix.T + place
    low = np.maximum(np.floor(corners.min(0)).astype(int), 0)
    high = np.minimum(np.ceil(corners.max(0)).astype(int), colours.shape[1::-1])
    if (high <= low).any():
        return
    shift = place - low + matrix @ (0.5, 0.5) - 0.5
    drawn = cv2.warpAffine(pixels, np.column_stack([matrix, shift]), tuple((high - low).tolist()))
    window = np.s_[low[1] : high[1], low[0] : high[0]]
    over(colours[window], through[window], drawn)


def over(colours: np.ndarray, through: np.ndarray, drawn: np.ndarray) -> None:
    """Lay a picture, uint8 (H, W, 4) BGRA multiplied by alpha, over a prepared drawing of its size in place."""
    left = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(drawn, 3)), cv2.COLOR_GRAY2BGR)
    cv2.multiply(through, left, dst=through, scale=1 / 255)
    cv2.multiply(colours, left, dst=colours, scale=1 / 255)
    cv2.add(colours, cv2.cvtColor(drawn, cv2.COLOR_BGRA2BGR), dst=colours)
