"""From a detected face to the square that is cut out for the network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from realtime.records import Keypoints, Region


def square_around(region: Region, side_px: float, patch_px: int) -> np.ndarray:
    """Return the transform from the pixels of a square patch to those of the picture it is cut from.

    Args:
        region: Around whose middle the square lies, rolled as it is.
        side_px: Sides of the square, in pixels of the picture.
        patch_px: Sides of the patch in its own pixels.

    Returns:
        float (2, 3), between centres of pixels counted as OpenCV does, for `cv2.warpAffine` with WARP_INVERSE_MAP.
    """
    step = side_px / patch_px
    along_x = np.array([np.cos(region.roll_rad), np.sin(region.roll_rad)]) * step
    along_y = np.array([-along_x[1], along_x[0]])
    # OpenCV counts from the centre of the first pixel, the records from its corner: hence the halves.
    first = np.array(region.center) - 0.5 - (along_x + along_y) * (patch_px - 1) / 2
    return np.column_stack([along_x, along_y, first])


@dataclass(frozen=True)
class Framing:
    """How the faces that a detector finds lie in FER-2013's pictures.

    Learned for each detector by running it over FER's training pictures; both are medians, in sides of the picture.

    Attributes:
        box_side: The side of the square that is as large as the detector's box.
        drop: How far below the picture's centre the point lies that is halfway between the middle of the box and the
            middle of eyes and mouth.
    """

    box_side: float
    drop: float


def fer_region(box: tuple[float, float, float, float], keypoints: Keypoints, framing: Framing) -> Region:
    """Return the rotated square in which eyes and mouth sit as they do in FER-2013.

    Args:
        box: (left, top, right, bottom) of the face, in pixels.
        keypoints: Of the face, in pixels.
        framing: Of the detector that gave both.

    Returns:
        The square, in pixels; it may reach beyond the picture.
    """
    left_eye, right_eye, mouth = keypoints.left_eye, keypoints.right_eye, keypoints.mouth
    eyes = (left_eye + right_eye) / 2
    across, down = right_eye - left_eye, mouth - eyes
    # The line of the eyes gets short in profile, the line from eyes to mouth when the head nods: use both.
    roll = float(np.arctan2(across[1] - down[0], across[0] + down[1]))
    middle = (eyes + mouth) / 4 + np.array([box[0] + box[2], box[1] + box[3]]) / 4
    size = float(np.sqrt((box[2] - box[0]) * (box[3] - box[1]))) / framing.box_side
    center = middle - framing.drop * size * np.array([-np.sin(roll), np.cos(roll)])
    return Region((float(center[0]), float(center[1])), size, roll)
