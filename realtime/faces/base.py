"""What the program asks of whatever finds faces, and of whatever reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from realtime.records import Face, FaceMovement, Frame, Landmarks, Prediction, Region


class FaceFinder(Protocol):
    """Finds the faces of a frame; `realtime.faces.search.FaceSearch` is the real one."""

    def detect(self, frame: Frame, known: Sequence[Region] | None = None) -> list[Face]:
        """Return the faces of a frame, in the frame's pixels and in no particular order.

        known: where people are expected, in pixels; None if nothing is known of this picture.
        """


class FaceVerifier(Protocol):
    """Tells a face from what only looks like one; `realtime.faces.landmarks.Landmarker` is the real one."""

    def look(self, image: np.ndarray, region: Region) -> Landmarks | None:
        """Return the landmarks of a face found in a picture, uint8 (H, W, 3) BGR; None if there is none."""


class MovementReader(Protocol):
    """Says how a face moves; `realtime.faces.landmarks.Landmarker` is the real one."""

    def movement(self, image: np.ndarray, region: Region) -> FaceMovement | None:
        """Return how a face moves, seen in a picture, uint8 (H, W, 3) BGR; None if it can't be told."""


class FaceClassifier(Protocol):
    """Reads faces; `realtime.faces.classifier.Classifier` is the real one."""

    def predict(self, patches: Sequence[np.ndarray]) -> list[Prediction]:
        """Return one prediction for each patch, uint8 (S, S) grey from `face_patch`, in order."""
