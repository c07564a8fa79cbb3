"""Random variations of a training face, imitating what a webcam and a detector do to it."""

from __future__ import annotations

import cv2
import numpy as np

from realtime.faces.preprocess import face_patch
from realtime.records import Region

# What is seen beyond the edge of a picture: its edge drawn out, its mirror image, or one grey.
_BORDERS = (cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT_101, cv2.BORDER_CONSTANT)
# The share of faces whose shape is changed.
_TURNED = 0.6


def augmented_patch(image: np.ndarray, region: Region, rng: np.random.Generator) -> np.ndarray:
    """Cut a face with a random framing, mirror it at random and degrade it.

    Args:
        image: uint8 (H, W), grey.
        region: The face in it.
        rng: Decides everything; the same state gives the same patch.

    Returns:
        uint8 (S, S), grey.
    """
    margin = image.shape[0] // 6
    border = _BORDERS[rng.integers(len(_BORDERS))]
    wide = cv2.copyMakeBorder(image, margin, margin, margin, margin, border, value=int(rng.integers(256)))
    jittered = _jittered(region, margin, rng)
    if rng.random() < _TURNED:
        wide = _turned(wide, jittered, rng)
    patch = face_patch(wide, jittered)
    if rng.random() < 0.5:
        patch = patch[:, ::-1]
    return _degraded(patch, rng)


def _jittered(region: Region, margin: int, rng: np.random.Generator) -> Region:
    x, y = region.center
    shift_x, shift_y = rng.uniform(-0.07, 0.07, 2) * region.size_px
    scale = np.exp(rng.uniform(-0.13, 0.13))
    roll = np.radians(rng.normal(0, 8))
    return Region((x + margin + shift_x, y + margin + shift_y), region.size_px * scale, float(roll))


def _turned(image: np.ndarray, region: Region, rng: np.random.Generator) -> np.ndarray:
    """Narrow or widen a face, and let one side of it come nearer, as when a head turns or nods."""
    (x, y), half = region.center, region.size_px / 2
    narrower, yaw, pitch = np.exp(rng.uniform(-0.22, 0.22)), rng.uniform(-0.18, 0.18), rng.uniform(-0.12, 0.12)
    around = np.array([[1 / half, 0, -x / half], [0, 1 / half, -y / half], [0, 0, 1]])
    turn = np.array([[narrower, 0, 0], [0, 1, 0], [yaw, pitch, 1]])
    warp = np.linalg.inv(around) @ turn @ around
    return cv2.warpPerspective(image, warp, image.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def _degraded(patch: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    size = patch.shape[0]
    if rng.random() < 0.15:  # a face far away
        small = int(rng.integers(size // 2, size))
        patch = cv2.resize(cv2.resize(patch, (small, small), interpolation=cv2.INTER_AREA), (size, size))
    elif rng.random() < 0.12:  # out of focus
        patch = cv2.GaussianBlur(patch, (0, 0), rng.uniform(0.4, 1.2))
    x = patch.astype(np.float32)
    if rng.random() < 0.5:  # exposure and gamma
        x = 255 * (x / 255) ** np.exp(rng.uniform(-0.5, 0.5))
        x = x * rng.uniform(0.6, 1.2) + rng.uniform(-25, 25)
    if rng.random() < 0.2:  # light from one side
        slope = rng.uniform(-0.5, 0.5, 2)
        ramp = np.linspace(-1, 1, size, dtype=np.float32)
        x = x * (1 + slope[0] * ramp[None, :] + slope[1] * ramp[:, None])
    if rng.random() < 0.15:  # sensor noise
        x = x + rng.normal(0, rng.uniform(2, 8), x.shape).astype(np.float32)
    if rng.random() < 0.3:  # something in front of the face (random erasing, Zhong et al., 2020)
        height, width = (rng.uniform(0.15, 0.4, 2) * size).astype(int)
        top, left = rng.integers(0, size - height), rng.integers(0, size - width)
        x[top : top + height, left : left + width] = rng.uniform(0, 255)
    return np.clip(x, 0, 255).astype(np.uint8)
