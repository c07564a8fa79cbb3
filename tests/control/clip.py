"""A video of a face that lasts as long as a test may take."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

_SECONDS, _FPS = 120, 5


def write_clip(path: Path, portrait: np.ndarray) -> Path:
    """Write a slow video of a portrait that sways; return its path. portrait: uint8 (H, W, 3) BGR."""
    small = cv2.resize(portrait, (240, 280), interpolation=cv2.INTER_AREA)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), _FPS, (240, 280))
    for n in range(_SECONDS * _FPS):
        writer.write(np.roll(small, round(20 * np.sin(n / 10)), axis=1))
    writer.release()
    return path
