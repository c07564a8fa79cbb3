"""The built-in demo: a portrait that moves."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import cv2
import numpy as np

from realtime.errors import AssetError
from realtime.images import read_picture
from realtime.records import Frame


class Demo:
    """Ten seconds of a real portrait that pans, zooms, rolls and changes its light; the same every time.

    The portrait is Rear Admiral Grace Hopper's (US Navy, public domain), as the matplotlib package carries it.
    """

    name = "demo"
    fps = 30.0
    stills = False
    paced = False
    idle = False
    dropped = 0
    reads: tuple[Path, ...] = ()
    size_wh = (1280, 720)

    def __init__(self, frames: int = 300) -> None:
        """Load the portrait.

        Args:
            frames: How many there are; all movements take that long.

        Raises:
            AssetError: The portrait is missing.
        """
        self.frames = frames
        self._portrait = read_picture(_demo_portrait())
        self._index = 0

    @property
    def ended(self) -> bool:
        """Whether the last frame was read."""
        return self._index >= self.frames

    def read(self) -> Frame | None:
        """Return the next frame, 1280x720; None after the last."""
        if self.ended:
            return None
        frame = Frame(self._image(self._index / self.frames), self._index, self._index / self.fps, self.name)
        self._index += 1
        return frame

    def stop(self) -> None:
        """End the source."""
        self._index = self.frames

    def close(self) -> None:
        """Do nothing: the portrait is all that is held."""

    def _image(self, phase: float) -> np.ndarray:
        """Draw the moment `phase`, 0 to 1; every movement ends where it began."""
        angle = 2 * np.pi * phase
        width, height = self.size_wh
        portrait_height, portrait_width = self._portrait.shape[:2]
        zoom = 1.25 * (1 + 0.25 * np.sin(angle))
        roll_deg = 15 * np.sin(2 * angle)
        anchor = (portrait_width / 2, portrait_height * 0.4)
        matrix = cv2.getRotationMatrix2D(anchor, roll_deg, zoom)
        matrix[:, 2] += (
            width * (0.5 + 0.22 * np.sin(angle)) - anchor[0],
            height * (0.5 + 0.08 * np.sin(3 * angle)) - anchor[1],
        )
        image = cv2.warpAffine(self._portrait, matrix, (width, height), borderValue=(96, 92, 84))
        light = 1 + 0.35 * np.sin(2 * angle + 1)
        return cv2.convertScaleAbs(image, alpha=light)


def _demo_portrait() -> Path:
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise AssetError(
            "The demo's portrait comes with matplotlib, which is missing.", "Run 'pip install matplotlib'."
        )
    return Path(spec.origin).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg"
