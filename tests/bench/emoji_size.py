"""How much of a picture emoji hide, against the heads in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from realtime.engine.painter import Painter
from realtime.faces.landmarks import Landmarker
from realtime.records import Frame, Landmarks, Reading

# From the outline of a face to that of the head: ears, hair and chin.
_WIDER, _HIGHER = 1.15, 1.3
# Every how many frames the size is taken.
_STEP = 5


def emoji_against_heads(verifier: Landmarker, frames: Iterable[Frame], seen: Sequence[Sequence[Reading]]) -> float:
    """Return how many times as large as heads the emoji over them are, in area, the median of every fifth frame.

    Frames in which a head is cut off or its outline is not found are left out; NaN without any other.

    seen: the readings of each frame.
    """
    painter, ratios = Painter.open(), []
    for frame, readings in zip(frames, seen, strict=True):
        painter.paint(frame, readings)
        if frame.index % _STEP or not readings:
            continue
        outlines = [verifier.look(frame.image, reading.face.region) for reading in readings]
        heads = [_head_area(outline, frame) for outline in outlines]
        if all(heads):
            dark, light = (
                painter.paint(replace(frame, image=np.full_like(frame.image, level)), readings) for level in (0, 255)
            )
            hidden = light[..., 0] < dark[..., 0] + 128.0  # by half at least
            ratios.append(np.count_nonzero(hidden) / sum(heads))
    return float(np.median(ratios)) if ratios else math.nan


def _head_area(outline: Landmarks | None, frame: Frame) -> float:
    """Return the area of a head in pixels, 0 if it is not known."""
    if outline is None:
        return 0.0
    (x, y), reach = outline.center, 2 * max(outline.radii)
    height, width = frame.image.shape[:2]
    inside = reach < x < width - reach and reach < y < height - reach / 2
    return math.pi * _WIDER * outline.radii[0] * _HIGHER * outline.radii[1] * inside
