"""What a face looks like to a support vector machine: landmarks, their centre of gravity, or gradients."""

from __future__ import annotations

import cv2
import numpy as np

from realtime.faces.landmarks import AROUND, surroundings
from realtime.faces.task import (
    BaseOptions,
    FaceLandmarker,
    FaceLandmarkerOptions,
    closing,
    landmarker_model,
    opening,
)
from realtime.records import Region

# MediaPipe's landmarks of the outline of the face, the brows, the eyes, the nose and both edges of the lips.
_OUTLINE = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152),
    *(148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
_BROWS = (70, 63, 105, 66, 107, 46, 53, 52, 65, 55, 300, 293, 334, 296, 336, 276, 283, 282, 295, 285)
_RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173)
_LEFT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398)
_NOSE = (1, 2, 98, 327, 168, 6, 197, 195, 5)
_LIPS = (
    *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409),
    *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415),
)
POINTS = np.array([*_OUTLINE, *_BROWS, *_RIGHT_EYE, *_LEFT_EYE, *_NOSE, *_LIPS])
_EYES = (len(_OUTLINE) + len(_BROWS), len(_OUTLINE) + len(_BROWS) + len(_RIGHT_EYE))

# Histograms of oriented gradients over a patch of 48 px (Dalal and Triggs, 2005): cells of 8 px, blocks of 2x2 cells.
_HOG = cv2.HOGDescriptor((48, 48), (16, 16), (8, 8), (8, 8), 9)


class FacePoints:
    """MediaPipe's FaceLandmarker, asked for the landmarks of one face."""

    def __init__(self) -> None:
        """Open it. Raises AssetError: its model is missing or broken, or MediaPipe can't be loaded."""
        with opening("The face landmarker"):
            options = FaceLandmarkerOptions(
                base_options=BaseOptions(model_asset_buffer=landmarker_model()), num_faces=1
            )
            self._landmarker = FaceLandmarker.create_from_options(options)
        self._close = closing(self, self._landmarker)

    def __enter__(self) -> FacePoints:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def look(self, image: np.ndarray, region: Region) -> np.ndarray | None:
        """Return the landmarks of a face, float32 (137, 2), in sides of its region from its middle; None without.

        image: uint8 (H, W) or (H, W, 3) BGR. region: of the face; beyond the picture is its mirror image.
        """
        found = self._landmarker.detect(surroundings(image, region)).face_landmarks
        if not found:
            return None
        points = np.array([(found[0][n].x, found[0][n].y) for n in POINTS], np.float32)
        return (points - 0.5) * AROUND


def landmark_descriptor(points: np.ndarray) -> np.ndarray:
    """Return where the landmarks lie once the eyes are level and one apart; float32 (P, 2) in, (2 P,) out."""
    first, second = _EYES
    right = points[first : first + len(_RIGHT_EYE)].mean(0)
    left = points[second : second + len(_LEFT_EYE)].mean(0)
    across = left - right
    length = max(float(np.hypot(*across)), 1e-6)
    cos, sin = across / length
    turned = (points - (left + right) / 2) @ np.array([[cos, -sin], [sin, cos]], np.float32)
    return (turned / length).ravel().astype(np.float32)


def gravity_descriptor(points: np.ndarray) -> np.ndarray:
    """Return distance and direction of the landmarks from their centre of gravity; float32 (P, 2) in, (3 P,) out.

    Distances are in units of their mean; a direction is its cosine and its sine, after levelling the eyes.
    """
    level = landmark_descriptor(points).reshape(-1, 2)
    away = level - level.mean(0)
    distances = np.hypot(*away.T)
    directions = away / np.maximum(distances, 1e-6)[:, None]
    return np.concatenate([distances / distances.mean(), directions.ravel()]).astype(np.float32)


def gradient_descriptor(patch: np.ndarray) -> np.ndarray:
    """Return histograms of oriented gradients of a patch, uint8 (48, 48) in, float32 (900,) out."""
    return np.asarray(_HOG.compute(np.ascontiguousarray(patch)), np.float32).ravel()
