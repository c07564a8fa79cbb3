"""Bursts of hearts or confetti around a face. Where each piece is follows from its number and the time alone."""

from __future__ import annotations

import math

import cv2
import numpy as np

from realtime.drawing.head import Spot

# For how long a burst is seen.
BURST_S = {"hearts": 1.6, "confetti": 1.6, "calm": 3.0}
_PIECES = {"hearts": 14, "confetti": 36, "calm": 5}
# The last piece starts this much later than the first, in shares of a burst.
_LATE = {"hearts": 0.3, "confetti": 0.15, "calm": 1.0}
# A piece grows for this share of its time, rather than being there at once.
_GROWN = 0.2
# Colours, BGR.
_HEARTS = ((96, 72, 232), (140, 110, 250), (72, 48, 205))
_PAPER = ((80, 190, 255), (120, 205, 120), (230, 160, 90), (150, 110, 240), (90, 220, 240))
_HEART = (
    np.array(
        [
            (16 * math.sin(a) ** 3, -(13 * math.cos(a) - 5 * math.cos(2 * a) - 2 * math.cos(3 * a) - math.cos(4 * a)))
            for a in np.linspace(0, 2 * math.pi, 28, endpoint=False)
        ]
    )
    / 17
)
_STRIP = np.array([(-1, -0.45), (1, -0.45), (1, 0.45), (-1, 0.45)])
# OpenCV draws with this many bits below a pixel.
_BITS = 4


def draw_reaction(image: np.ndarray, kind: str, spot: Spot, since_s: float) -> None:
    """Draw a burst into a picture in place.

    Args:
        image: uint8 (H, W, 3) BGR; what of the burst lies beyond it is left out.
        kind: a key of BURST_S.
        spot: of the head it comes from.
        since_s: since it began; nothing is drawn once it is over.
    """
    share = since_s / BURST_S[kind]
    if not 0 <= share < 1:
        return
    radius, calm = max(spot.radii), kind == "calm"
    for number in range(_PIECES[kind]):
        # The golden ratio and its kin spread any number of pieces evenly.
        spread, speed, late = ((number * step + 0.3) % 1 for step in (0.618034, 0.754878, 0.569840))
        own = (share * (1 + _LATE[kind]) - _LATE[kind] * late) * (0.7 if calm else 1.0)
        if not 0 < own < 1:
            continue
        fan = math.radians(70 if calm else 80) * (2 * spread - 1)
        reach = radius * (0.85 + (0.5 + 0.8 * speed) * own * (2 - own))
        x = spot.center[0] + reach * math.sin(fan) + 0.08 * radius * math.sin(8 * speed + 5 * own)
        y = spot.center[1] - reach * math.cos(fan) + (1.6 * radius * own**2 if kind == "confetti" else 0.0)
        size = radius * (0.1 + 0.07 * speed) * min(own / _GROWN, 1.0) * (1 - own) ** 0.5
        if kind == "confetti":
            angle, colour, shape = 6 * (spread + 2 * own * speed), _PAPER[number % len(_PAPER)], _STRIP * 0.7
        else:
            angle, colour, shape = 0.5 * fan, _HEARTS[number % len(_HEARTS)], _HEART
        cos, sin = math.cos(angle), math.sin(angle)
        points = (shape * size) @ np.array([[cos, sin], [-sin, cos]]) + (x, y)
        if np.abs(points).max() < 2**14:
            fixed = np.round(points * 2**_BITS).astype(np.int32)
            cv2.fillPoly(image, [fixed], colour, cv2.LINE_AA, _BITS)
