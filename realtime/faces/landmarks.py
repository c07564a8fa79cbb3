"""MediaPipe's face landmarks: what tells a face from what only looks like one, and how a face moves.

The landmark network says whether it sees a face at all, and it is hard to fool: of 266 false finds of both detectors on
people from behind it confirmed none, of 151 true ones in group pictures all but one. The movements are MediaPipe's
blendshapes, which a second network makes of the landmarks.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np

from realtime.faces.region import square_around
from realtime.faces.task import (
    BaseOptions,
    FaceLandmarker,
    FaceLandmarkerOptions,
    closing,
    landmarker_model,
    mediapipe,
    opening,
)
from realtime.records import FaceMovement, Landmarks, Region

# At MediaPipe's own 0.5, one in thirty heads from behind passes; at this, none does, and no face less.
_MIN_CONFIDENCE = 0.7
# The landmarker is shown this much around a face, in sides of its region, which is about twice the face.
AROUND = 1.9
# Sides of what it is shown; its network takes 256.
_INPUT_PX = 256
# A face whose middle is farther from that of the landmarks, in sides of its region, is not what they lie on.
_MAX_DISTANCE = 0.4
# The outline of a face is at least and at most this high, in sides of its region.
_HEIGHTS = (0.55, 1.7)


class Landmarker:
    """Says whether there is a face where a detector has found one, how it is turned, and how it moves."""

    def __init__(self, movements: bool = False) -> None:
        """Open the landmarker.

        Args:
            movements: it is to be asked for movements too, which makes every answer a little dearer.

        Raises:
            AssetError: its model is missing or broken, or MediaPipe can't be loaded.
        """
        with opening("The face landmarker"):
            self._landmarker = FaceLandmarker.create_from_options(
                FaceLandmarkerOptions(
                    base_options=BaseOptions(model_asset_buffer=landmarker_model()),
                    num_faces=1,
                    min_face_detection_confidence=_MIN_CONFIDENCE,
                    output_facial_transformation_matrixes=True,
                    output_face_blendshapes=movements,
                )
            )
        self._close = closing(self, self._landmarker)

    def look(self, image: np.ndarray, region: Region) -> Landmarks | None:
        """Look for landmarks of a face; None if there is none.

        Args:
            image: uint8 (H, W, 3) BGR.
            region: of the face, in pixels; it may reach beyond the picture.

        Raises:
            RuntimeError: MediaPipe fails.
        """
        found = self._detect(image, region)
        if not found.face_landmarks:
            return None
        side_px = AROUND * region.size_px
        points = np.array([(p.x, p.y) for p in found.face_landmarks[0]]) - 0.5
        low, high = points.min(0) * side_px, points.max(0) * side_px
        middle, radii = (low + high) / 2, (high - low) / 2
        height = 2 * radii[1] / region.size_px
        if math.hypot(*middle) > _MAX_DISTANCE * region.size_px or not _HEIGHTS[0] < height < _HEIGHTS[1]:
            return None
        cos, sin = math.cos(region.roll_rad), math.sin(region.roll_rad)
        x, y = np.array([[cos, -sin], [sin, cos]]) @ middle + region.center
        yaw, pitch = _pose(found.facial_transformation_matrixes)
        return Landmarks(
            center=(float(x), float(y)), radii=(float(radii[0]), float(radii[1])), yaw_rad=yaw, pitch_rad=pitch
        )

    def movement(self, image: np.ndarray, region: Region) -> FaceMovement | None:
        """Return how a face moves; None if it can't be seen well enough.

        Every picture is looked at by itself, so that nothing lags behind and the same picture gets the same answer.

        Args:
            image: uint8 (H, W, 3) BGR.
            region: of the face, in pixels; it may reach beyond the picture.

        Raises:
            RuntimeError: MediaPipe fails.
        """
        found = self._detect(image, region)
        if not found.face_blendshapes or not found.facial_transformation_matrixes:
            return None
        (yaw, pitch), up = _pose(found.facial_transformation_matrixes), found.facial_transformation_matrixes[0][:2, 1]
        roll = math.remainder(math.atan2(float(up[0]), float(up[1])) + region.roll_rad, 2 * math.pi)
        return FaceMovement(
            {shape.category_name: float(shape.score) for shape in found.face_blendshapes[0]},
            yaw_deg=math.degrees(yaw),
            pitch_deg=math.degrees(pitch),
            roll_deg=math.degrees(roll),
        )

    def _detect(self, image: np.ndarray, region: Region) -> Any:
        """Return MediaPipe's result for the surroundings of a face, turned upright."""
        return self._landmarker.detect(surroundings(image, region))

    def close(self) -> None:
        """Free the landmarker. May be called twice."""
        self._close()


def surroundings(image: np.ndarray, region: Region) -> Any:
    """Return what a landmarker is shown of a face: AROUND sides of its region, turned upright.

    image: uint8 (H, W) or (H, W, 3) BGR; beyond it is its mirror image.
    """
    crop = cv2.warpAffine(
        image,
        square_around(region, AROUND * region.size_px, _INPUT_PX),
        (_INPUT_PX, _INPUT_PX),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    rgb = cv2.cvtColor(crop, cv2.COLOR_GRAY2RGB if crop.ndim == 2 else cv2.COLOR_BGR2RGB)
    return mediapipe.Image(mediapipe.ImageFormat.SRGB, rgb)


def _pose(matrices: list[np.ndarray]) -> tuple[float, float]:
    """Return yaw, positive to the picture's right, and pitch, positive downwards, in radians."""
    if not len(matrices):
        return 0.0, 0.0
    forward = matrices[0][:3, 2]  # where the face looks; z towards the camera, y up
    return math.atan2(float(forward[0]), float(forward[2])), math.atan2(-float(forward[1]), float(forward[2]))
