"""The detector of near faces: MediaPipe's short-range BlazeFace.

Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from realtime.faces.region import Framing, fer_region, square_around
from realtime.faces.task import (
    BaseOptions,
    FaceDetector,
    FaceDetectorOptions,
    VisionTaskRunningMode,
    closing,
    detector_model,
    mediapipe,
    opening,
)
from realtime.records import Face, Frame, Keypoints, Region

# How BlazeFace's boxes and keypoints lie in FER-2013.
FRAMING = Framing(box_side=0.848, drop=0.084)

# A face of at least this score counts at once; one of less has to be seen several times.
_SURE_SCORE = 0.5
# The longer side to which pictures are averaged down first. The network takes 128 pixels across without averaging, so
# in a larger picture it sees the sensor's noise, and a still face trembles twice as much. In a smaller one the boxes,
# which MediaPipe rounds to whole pixels, get coarse.
_INPUT_PX = 640
# A close look takes in this many sides of a face's region: measured on heads of 30 to 700 px, a wider one makes their
# size less certain, a narrower one their place.
_AROUND = 3.0
# Sides of what a close look is given, in pixels.
_CLOSE_PX = 192
# Who is looked at closely is neither farther away than this many sides of their region nor this many times as large or
# as small. A face that fills the picture has its mirror images all around it, and together they may look like one.
_NEAR, _ALIKE = 1.0, 1.7


class BlazeFace:
    """Finds faces down to roughly a tenth of the frame's width."""

    def __init__(self, model: str | Path | None = None, min_confidence: float = _SURE_SCORE) -> None:
        """Open the detector.

        Args:
            model: A .tflite or .task file of the user's; None for the detector's own.
            min_confidence: Faces of a lower score, 0 to 1, are left out. Those below 0.5 are given as not sure.

        Raises:
            AssetError: The model is missing or broken, or MediaPipe can't be loaded.
        """
        with opening("The face detector"):
            self._detector = FaceDetector.create_from_options(
                FaceDetectorOptions(
                    base_options=BaseOptions(model_asset_buffer=detector_model(None if model is None else Path(model))),
                    running_mode=VisionTaskRunningMode.VIDEO,
                    min_detection_confidence=min_confidence,
                )
            )
        self._close = closing(self, self._detector)
        self._time_ms = 0
        self._halved = (np.zeros(0, np.uint8), np.zeros(0, np.uint8))  # a picture and its half

    def detect(self, frame: Frame) -> list[Face]:
        """Return the faces of a frame, in its pixels and in no particular order."""
        scale = max(max(frame.image.shape[:2]) / _INPUT_PX, 1.0)
        size_wh = tuple(max(round(side / scale), 1) for side in frame.image.shape[1::-1])
        if scale == 2:
            small = self._half(frame.image)
        else:
            small = frame.image if scale == 1 else cv2.resize(frame.image, size_wh, interpolation=cv2.INTER_AREA)
        scale = frame.image.shape[1] / size_wh[0]
        return [
            _face(box, points, score, np.array([[scale, 0, 0], [0, scale, 0]]))
            for box, points, score in self._found(small)
        ]

    def look(self, image: np.ndarray, region: Region) -> Face | None:
        """Look closely at one face, which is then found as exactly as one near the camera; None if it is not seen.

        Args:
            image: uint8 (H, W, 3) BGR.
            region: about where the face is, in pixels, and how it is rolled.
        """
        side_px = _AROUND * region.size_px
        matrix = back = square_around(region, side_px, _CLOSE_PX)
        if side_px > 2 * _CLOSE_PX:  # every pixel counts only in a picture that is averaged first
            image, matrix = self._half(image), square_around(_halved(region), side_px / 2, _CLOSE_PX)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        patch = cv2.warpAffine(image, matrix, (_CLOSE_PX, _CLOSE_PX), flags=flags, borderMode=cv2.BORDER_REFLECT_101)
        # OpenCV counts from the centre of the first pixel, the records from its corner: hence the halves.
        back[:, 2] += 0.5 - back[:, :2] @ (0.5, 0.5)
        faces = [_face(box, points, score, back) for box, points, score in self._found(patch)]
        return max(
            (face for face in faces if _is_about(face.region, region)), key=lambda face: face.score, default=None
        )

    def _half(self, image: np.ndarray) -> np.ndarray:
        """Return a picture averaged down to half its size, which several looks at one frame share."""
        if self._halved[0] is not image:
            size_wh = (max(image.shape[1] // 2, 1), max(image.shape[0] // 2, 1))
            self._halved = image, cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA)
        return self._halved[1]

    def _found(self, image: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
        """Give box (left, top, right, bottom), points (4, 2) and score of each face, in pixels of the picture."""
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        self._time_ms += 1  # MediaPipe insists on rising time stamps, and does nothing else with them
        found = self._detector.detect_for_video(mediapipe.Image(mediapipe.ImageFormat.SRGB, rgb), self._time_ms)
        for detection in found.detections:
            b = detection.bounding_box
            box = np.array([b.origin_x, b.origin_y, b.origin_x + b.width, b.origin_y + b.height], float)
            # Eyes, nose and mouth; the ears that follow are guessed where they can't be seen.
            points = np.array([(k.x, k.y) for k in detection.keypoints[:4]]) * image.shape[1::-1]
            yield box, points, float(detection.categories[0].score)

    def close(self) -> None:
        """Free the detector. May be called twice."""
        self._close()


def _halved(region: Region) -> Region:
    return Region((region.center[0] / 2, region.center[1] / 2), region.size_px / 2, region.roll_rad)


def _is_about(found: Region, region: Region) -> bool:
    """Return whether a face lies about where it was looked for, and is about as large."""
    near = math.dist(found.center, region.center) < _NEAR * region.size_px
    return near and 1 / _ALIKE < found.size_px / region.size_px < _ALIKE


def _face(box: np.ndarray, points: np.ndarray, score: float, matrix: np.ndarray) -> Face:
    """Return what was found in one picture as a face of another.

    box: (left, top, right, bottom). points: (4, 2). matrix: (2, 3), from the one picture to the other.
    """
    keypoints = Keypoints(points.astype(np.float32))
    upright = fer_region((box[0], box[1], box[2], box[3]), keypoints, FRAMING)
    scale, turn = math.hypot(matrix[0, 0], matrix[1, 0]), math.atan2(matrix[1, 0], matrix[0, 0])
    center = matrix @ (*upright.center, 1)
    roll = math.remainder(upright.roll_rad + turn, 2 * math.pi)
    region = Region((float(center[0]), float(center[1])), upright.size_px * scale, roll)
    x, y = matrix @ ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, 1)
    half = scale * (box[2] - box[0]) / 2
    moved = Keypoints((points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32))
    return Face(
        box=(float(x - half), float(y - half), float(x + half), float(y + half)),
        score=score,
        keypoints=moved,
        region=region,
        sure=score >= _SURE_SCORE,
    )
