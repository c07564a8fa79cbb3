"""Ways to hide a face in its own pixels, and boxes with labels for those who want to hide nothing."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from realtime.drawing.head import head_of
from realtime.images import coarse
from realtime.records import EMOTIONS, Reading, Region

# A blurred or pixelated head is this many cells across: too few to recognise anybody.
_CELLS = 6
# The colour of a solid cover, BGR.
_SOLID = (60, 54, 50)


class Emoji:
    """Leaves the face to the emoji that is drawn over it."""

    hides = False
    with_emoji = True

    def cover(self, image: np.ndarray, reading: Reading) -> None:
        """Do nothing."""


class Blur:
    """Blurs the head beyond recognition."""

    hides = True
    with_emoji = False

    def cover(self, image: np.ndarray, reading: Reading) -> None:
        """Blur the head in place."""
        blur_head(image, reading.face.region)


class Pixelate:
    """Shows the head as a few squares."""

    hides = True
    with_emoji = False

    def cover(self, image: np.ndarray, reading: Reading) -> None:
        """Pixelate the head in place."""
        replace_head(image, reading.face.region, lambda head: coarse(head, (_CELLS, _CELLS), cv2.INTER_NEAREST))


class Solid:
    """Paints the head over in one colour."""

    hides = True
    with_emoji = False

    def cover(self, image: np.ndarray, reading: Reading) -> None:
        """Paint the head over in place."""
        replace_head(image, reading.face.region, lambda head: np.full_like(head, _SOLID))


class Labels:
    """Hides nothing: draws the face's box, id, emotion and its probability."""

    hides = False
    with_emoji = False

    def cover(self, image: np.ndarray, reading: Reading) -> None:
        """Draw box and label in place."""
        annotate(image, reading)


def blur_head(image: np.ndarray, region: Region) -> None:
    """Blur the head around a face beyond recognition, in place. image: uint8 (H, W, 3) BGR."""
    replace_head(image, region, lambda head: coarse(head, (_CELLS, _CELLS), cv2.INTER_CUBIC))


def annotate(image: np.ndarray, reading: Reading) -> None:
    """Draw a face's box, id, emotion and its probability into a picture, uint8 (H, W, 3) BGR, in place."""
    left, top, right, bottom = (round(edge) for edge in reading.face.box)
    cv2.rectangle(image, (left, top), (right, bottom), (80, 220, 80), 2, cv2.LINE_AA)
    text = f"{reading.track} {reading.own or reading.emotion}"
    if not reading.own and reading.emotion in EMOTIONS:
        text += f" {reading.prediction.emotions[EMOTIONS.index(reading.emotion)]:.0%}"
    scale = max(image.shape[0] / 1100, 0.4)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    line = max(top - 6, height + 6)
    cv2.rectangle(image, (left, line - height - 6), (left + width + 8, line + 5), (30, 60, 30), cv2.FILLED)
    cv2.putText(image, text, (left + 4, line), cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA)


def replace_head(image: np.ndarray, region: Region, replaced: Callable[[np.ndarray], np.ndarray]) -> None:
    """Put something else in the place of a head, cut at the borders. replaced: from the head's rectangle to that."""
    spot = head_of(region)
    center, radii = np.array(spot.center), np.array(spot.radii)
    reach = float(radii.max())
    left, top = np.maximum(np.floor(center - reach), 0).astype(int)
    right, bottom = np.minimum(np.ceil(center + reach), image.shape[1::-1]).astype(int)
    if right <= left or bottom <= top:
        return
    head = image[top:bottom, left:right]
    mask = np.zeros(head.shape[:2], np.uint8)
    middle = (center - (left, top)).tolist()
    cv2.ellipse(mask, (middle, (2 * radii).tolist(), float(np.degrees(spot.roll_rad))), 255, cv2.FILLED)
    cv2.copyTo(replaced(head), mask, head)
