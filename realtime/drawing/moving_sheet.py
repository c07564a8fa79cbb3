"""How the drawings of a pack move, as the frames of one picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from realtime.drawing.overlay import Overlay, Shown
from realtime.drawing.placement import at
from realtime.drawing.pose import Pose
from realtime.packs.manifest import Key
from realtime.packs.pack import Pack

FRAMES, FRAME_S = 30, 0.08
_CELL_PX, _COLUMNS = 128, 9
_PAPER = (235, 235, 235)


def moving_drawings(pack: Pack) -> list[Key]:
    """Return which drawings of a pack move."""
    return [key for key in pack.drawings if pack.rigs.get(key, pack.drawings[key].sprites[0]) is not None]


def moving_sheet(pack: Pack, keys: Sequence[Key], columns: int = _COLUMNS, cell_px: int = _CELL_PX) -> list[np.ndarray]:
    """Return frames in which drawings talk, blink, raise their brows and turn: uint8 (H, W, 3) BGR, all of one size."""
    rows = -(-len(keys) // columns)
    frames = [np.full((rows * cell_px, columns * cell_px, 3), _PAPER, np.uint8) for _ in range(FRAMES)]
    for n, key in enumerate(keys):  # one after the other, as few are kept open
        sprite = pack.drawings[key].sprites[0]
        life = pack.rigs.get(key, sprite)
        row, column = divmod(n, columns)
        spot = at(((column + 0.5) * cell_px, (row + 0.5) * cell_px), 0.74 * cell_px)
        overlay = Overlay()
        for number, frame in enumerate(frames):
            overlay.draw(frame, 0, Shown(sprite, None, life, acted(number / FRAMES)), spot)
    return frames


def acted(share: float) -> Pose:
    """Return the pose of an actor who shows all that moves, again and again. share: of the play, 0 to 1."""
    blink = _closing(share, 0.42, 0.035) + _closing(share, 0.9, 0.035)
    wink = _closing(share, 0.66, 0.07)
    talk = max(math.sin(6 * math.pi * share), 0.0) if share < 0.7 else 0.0
    brows = max(math.sin(2 * math.pi * (share - 0.55)), 0.0) if share > 0.55 else 0.0
    return Pose(
        alive=1.0,
        mouth=talk,
        smile=0.6 * math.sin(2 * math.pi * share),
        blinks=(blink, max(blink, wink)),
        brows=(brows, brows),
        turn=0.8 * math.sin(2 * math.pi * share),
        nod=0.5 * math.sin(4 * math.pi * share),
    )


def _closing(share: float, middle: float, half: float) -> float:
    """Return how far an eye is closed that closes around a moment and stays closed for a while."""
    return min(max(2.2 - 2.2 * abs(share - middle) / half, 0.0), 1.0)


def as_webp(frames: Sequence[np.ndarray], quality: int = 80) -> bytes:
    """Return frames as an animated WebP that is repeated without end."""
    animation = cv2.Animation()
    animation.frames, animation.durations = list(frames), [round(1000 * FRAME_S)] * len(frames)
    _, data = cv2.imencodeanimation(".webp", animation, [cv2.IMWRITE_WEBP_QUALITY, quality])
    return bytes(data)
