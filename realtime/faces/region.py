"""From a detected face to the square that is cut out for the network."""

from __future__ import annotations

import numpy as np

from realtime.records import Keypoints, Region

# How faces lie in FER-2013 was learned by running the detector over 6,000 of its training pictures; both numbers are
# medians, in sides of the picture. This one is the width of the detector's box.
_BOX_WIDTH_IN_FER = 0.848
# How far below the picture's centre the point lies that is halfway between the middle of the box and the middle of
# eyes and mouth; median over the same pictures, in sides of the picture.
_DROP_IN_FER = 0.084


def fer_region(box: tuple[float, float, float, float], keypoints: Keypoints) -> Region:
    """Return the rotated square in which eyes and mouth sit as they do in FER-2013.

    Args:
        box: (left, top, right, bottom) of the face, in pixels.
        keypoints: Of the face, in pixels.

    Returns:
        The square, in pixels; it may reach beyond the picture.
    """
    left_eye, right_eye, mouth = keypoints.left_eye, keypoints.right_eye, keypoints.mouth
    eyes = (left_eye + right_eye) / 2
    across, down = right_eye - left_eye, mouth - eyes
    # The line of the eyes gets short in profile, the line from eyes to mouth when the head nods: use both.
    roll = float(np.arctan2(across[1] - down[0], across[0] + down[1]))
    middle = (eyes + mouth) / 4 + np.array([box[0] + box[2], box[1] + box[3]]) / 4
    size = (box[2] - box[0]) / _BOX_WIDTH_IN_FER
    center = middle - _DROP_IN_FER * size * np.array([-np.sin(roll), np.cos(roll)])
    return Region((float(center[0]), float(center[1])), float(size), roll)
