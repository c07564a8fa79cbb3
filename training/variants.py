"""Looser and tighter framings, other places and worse light than a set of faces has."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from training.datasets import Framing, LabelledFaces


@dataclass(frozen=True)
class Variant:
    """One way in which a face may be framed and seen.

    scale: of the framing's size. shift: of its center, in sizes. blur: deviation of a Gaussian, in pixels of the patch.
    contrast: factor on the differences from the middle grey.
    """

    title: str
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    blur: float = 0.0
    contrast: float = 1.0

    def patches(self, faces: LabelledFaces) -> np.ndarray:
        """Cut faces this way, uint8 (N, 1, S, S)."""
        (x, y), size = faces.framing.center, faces.framing.size
        center = (x + self.shift[0] * size, y + self.shift[1] * size)
        patches = replace(faces, framing=Framing(center, size * self.scale)).patches()
        if self.blur:
            patches = np.stack([cv2.GaussianBlur(patch[0], (0, 0), self.blur)[None] for patch in patches])
        if self.contrast != 1:
            patches = np.rint(128 + self.contrast * (patches.astype(np.float32) - 128)).astype(np.uint8)
        return patches


AS_IS = Variant("as they are")
VARIANTS = (
    AS_IS,
    Variant("size 0.8", scale=0.8),
    Variant("size 0.9", scale=0.9),
    Variant("size 1.15", scale=1.15),
    Variant("size 1.3", scale=1.3),
    Variant("to the side", shift=(0.1, 0.0)),
    Variant("higher", shift=(0.0, -0.1)),
    Variant("lower", shift=(0.0, 0.1)),
    Variant("blurred", blur=1.5),
    Variant("pale", contrast=0.35),
)
