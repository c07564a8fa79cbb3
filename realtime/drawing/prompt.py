"""Showing which expression to make: its emoji in the lower left, in a ring that tells how far it is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from realtime.drawing.overlay import Overlay, Shown
from realtime.drawing.placement import at
from realtime.packs.pack import Pack

# Half the width of the ring, about, as a share of the picture's height.
_SIZE = 0.2
# The emoji within it is this many times as large.
_EMOJI = 1.6
_DISC, _EMPTY, _GOOD, _COMING = (60, 54, 50), (120, 112, 105), (90, 200, 90), (60, 170, 240)


@dataclass(frozen=True)
class Asked:
    """What somebody is asked to show.

    emotion: one of EMOTIONS. held: for what share of the time it takes it has been shown, 0 to 1. likely: how likely it
    is at the moment, 0 to 1; None where that is not told. left: what share of the time to make it is left, 1 to 0.
    """

    emotion: str
    held: float
    likely: float | None = None
    left: float = 0.0


class Prompt:
    """Draws what somebody is asked to show."""

    def __init__(self) -> None:
        """Begin with nothing shown."""
        self._overlay = Overlay()

    def draw(self, image: np.ndarray, pack: Pack, asked: Asked, time_s: float) -> None:
        """Draw what is asked for into the lower left of a picture, uint8 (H, W, 3) BGR, in place.

        The ring empties while there is time to make the expression, and fills while it is shown; a bar below tells how
        likely it is. No words: the window may mirror the picture.
        """
        size = _SIZE * image.shape[0]
        x, y = 1.1 * size, image.shape[0] - 1.3 * size
        thick = max(round(size / 9), 1)
        center, radius = (round(x), round(y)), round(0.98 * size)
        cv2.circle(image, center, radius, _DISC, cv2.FILLED, cv2.LINE_AA)
        cv2.circle(image, center, radius, _EMPTY, thick, cv2.LINE_AA)
        share, colour = (asked.left, _COMING) if asked.left > 0 else (asked.held, _GOOD)
        cv2.ellipse(image, center, (radius, radius), -90, 0, 360 * min(share, 1.0), colour, thick, cv2.LINE_AA)
        if asked.likely is not None:
            left, right, bar = round(x - 0.98 * size), round(x + 0.98 * size), round(image.shape[0] - 0.15 * size)
            cv2.line(image, (left, bar), (right, bar), _EMPTY, thick, cv2.LINE_AA)
            if asked.likely > 0:
                end = left + round((right - left) * asked.likely)
                cv2.line(image, (left, bar), (end, bar), _GOOD, thick, cv2.LINE_AA)
        shown = Shown(pack.sprite(asked.emotion, "neutral"), (pack, asked.emotion))
        self._overlay.draw(image, 0, shown, at((x, y), _EMOJI * size), time_s)
