"""What the program asks of whatever finds faces, and of whatever reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from realtime.records import Face, Frame, Prediction


class FaceFinder(Protocol):
    """Finds the faces of a frame; `realtime.faces.blazeface.Detector` is the real one."""

    def detect(self, frame: Frame) -> list[Face]:
        """Return the faces of a frame, in the frame's pixels and in no particular order."""


class FaceClassifier(Protocol):
    """Reads faces; `realtime.faces.classifier.Classifier` is the real one."""

    def predict(self, patches: Sequence[np.ndarray]) -> list[Prediction]:
        """Return one prediction for each patch, uint8 (S, S) grey from `face_patch`, in order."""
