"""Whether a face can be read at all, and what would help if it can't."""

from __future__ import annotations

import cv2
import numpy as np

from realtime.records import Face

# A patch whose mean grey level is lower than this shows no expression.
_MIN_MEAN = 28.0
# A patch whose mean grey level is higher than this shows no expression.
_MAX_MEAN = 238.0
# A patch whose grey levels have a smaller standard deviation than this shows no expression.
_MIN_DEVIATION = 7.0
# Sides of the smallest region that is read; training pictures have 48 pixels.
_MIN_SIZE_PX = 30.0
# The largest yaw, as `yaw` measures it, at which a face is read: about 45 degrees.
_MAX_YAW = 0.6


def hint(face: Face, patch: np.ndarray) -> str:
    """Return what stands in the way of reading a face, in words to its owner.

    Args:
        face: The face, in pixels of the frame.
        patch: Its patch, uint8 (S, S), grey.

    Returns:
        What would help or what is wrong; empty if the face can be read.
    """
    mean, deviation = (float(value[0, 0]) for value in cv2.meanStdDev(patch))
    if mean < _MIN_MEAN:
        return "too dark"
    if mean > _MAX_MEAN:
        return "too bright"
    if deviation < _MIN_DEVIATION:
        return "too little contrast"
    if face.region.size_px < _MIN_SIZE_PX:
        return "come closer"
    if abs(yaw(face)) > _MAX_YAW:
        return "turn to the camera"
    return ""


def yaw(face: Face) -> float:
    """Return how far a head is turned to the side, as its keypoints tell."""
    return face.keypoints.yaw
