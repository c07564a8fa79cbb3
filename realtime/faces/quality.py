"""Whether a face can be read at all, and what would help if it can't."""

from __future__ import annotations

import cv2
import numpy as np

from realtime.records import Face

# Of the patch, in grey levels: darker, brighter or flatter than this shows no expression.
_MIN_MEAN = 28.0
_MAX_MEAN = 238.0
_MIN_DEVIATION = 7.0
# Of the picture a patch is cut from; training pictures have 48.
_MIN_SIZE_PX = 30.0
# How far the nose may lie beside the middle of the eyes, in distances of the eyes: about 45 degrees.
_MAX_TURN = 0.6


def hint(face: Face, patch: np.ndarray) -> str:
    """Return what stands in the way of reading a face, in the words of a hint to its owner; empty if nothing does.

    patch: uint8 (S, S), the face's own, grey.
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
    if abs(turn(face)) > _MAX_TURN:
        return "turn to the camera"
    return ""


def turn(face: Face) -> float:
    """Return how far the nose lies beside the middle of the eyes, in distances of the eyes; positive to the right."""
    left_eye, right_eye, nose = face.keypoints.left_eye, face.keypoints.right_eye, face.keypoints.nose
    across = right_eye - left_eye
    return float((nose - (left_eye + right_eye) / 2) @ across / max(float(across @ across), 1e-6))
