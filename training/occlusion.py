"""Which parts of a face an answer rests on: each is hidden in turn, and what that changes is measured.

Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014.
"""

from __future__ import annotations

import cv2
import numpy as np

from realtime.faces.classifier import Classifier
from realtime.records import EMOTIONS

# The grey square that hides a part, and how far it is moved each time, in shares of the patch's side.
_SQUARE, _STEP = 0.25, 0.0833
_SHOWN_PX = 240


def occlusion(classifier: Classifier, patch: np.ndarray, emotion: str) -> np.ndarray:
    """Measure how much less likely an emotion gets when a part of the face is hidden.

    Args:
        classifier: The model.
        patch: uint8 (S, S), as `face_patch` cuts it.
        emotion: One of EMOTIONS.

    Returns:
        float32 (S, S): what the probability loses where the part around a pixel is hidden, averaged over all squares
        that hide it; below 0 where it gains.
    """
    side = patch.shape[0]
    square, step = max(round(side * _SQUARE), 1), max(round(side * _STEP), 1)
    places = range(0, side - square + 1, step)
    corners = [(top, left) for top in places for left in places]
    hidden = np.repeat(patch[None], len(corners) + 1, 0)
    for picture, (top, left) in zip(hidden[1:], corners, strict=True):
        picture[top : top + square, left : left + square] = round(float(patch.mean()))
    answers = classifier.run(hidden[:, None], ("emotion",))["emotion"][:, EMOTIONS.index(emotion)]
    total, count = np.zeros(patch.shape, np.float32), np.zeros(patch.shape, np.float32)
    for lost, (top, left) in zip(answers[0] - answers[1:], corners, strict=True):
        total[top : top + square, left : left + square] += lost
        count[top : top + square, left : left + square] += 1
    return total / np.maximum(count, 1)


def drawn(patch: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """Draw an occlusion map over its patch: yellow where the answer rests on, the more the stronger.

    Returns:
        uint8 (240, 240, 3) BGR.
    """
    size = (_SHOWN_PX, _SHOWN_PX)
    grey = cv2.cvtColor(cv2.resize(patch, size, interpolation=cv2.INTER_CUBIC), cv2.COLOR_GRAY2BGR)
    strongest = max(float(lost.max()), 1e-6)
    share = cv2.resize(np.clip(lost / strongest, 0, 1).astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    yellow = np.array((40, 210, 255), np.float32)
    weight = 0.65 * share[..., None]
    return np.uint8(np.round(grey * (1 - weight) * 0.8 + yellow * weight + grey * 0.2 * weight))  # type: ignore[return-value]
