"""Natural faces: labelled pictures of ordinary people, cut as the live program cuts its faces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from realtime.errors import InputError
from realtime.faces.base import FaceFinder
from realtime.faces.classifier import Classifier
from realtime.faces.open import open_faces
from realtime.faces.preprocess import face_patch
from realtime.records import EMOTIONS, Frame
from training.datasets import FER_FRAMING, LabelledFaces, load
from training.metrics import Score


def load_natural(root: Path) -> tuple[LabelledFaces, int]:
    """Read a folder of pictures with expressions, whatever their size, and cut the largest face out of each.

    Args:
        root: class folders, or a folder with labels.csv (file, emotion).

    Returns:
        The faces, cut to patches, and the number of pictures in which none was found.

    Raises:
        InputError: The folder holds no such pictures, or no face was found in any.
        AssetError: No detector can be used.
    """
    face_set = load(root)
    faces = face_set.splits.get("all") or next(iter(face_set.splits.values()))
    if faces.classes != EMOTIONS:
        raise InputError(f"{root} has labels for gender, not for expressions.", "Give a set of expressions.")
    with open_faces(stills=True) as opened:
        cut = [_cut(opened.finder, image) for image in tqdm(faces.images, "finding faces", leave=False, disable=None)]
    rows = [row for row, patch in enumerate(cut) if patch is not None]
    if not rows:
        raise InputError(f"No face was found in any picture of {root}.", "Give pictures of faces.")
    natural = replace(
        faces,
        images=[patch for patch in cut if patch is not None],
        framing=FER_FRAMING,
        labels=faces.labels[rows],
        votes=faces.votes[rows],
        agreed=faces.agreed[rows],
        traits={name: values[rows] for name, values in faces.traits.items()},
    )
    return natural, len(cut) - len(rows)


def natural_score(classifier: Classifier, faces: LabelledFaces) -> Score:
    """Score the `emotion` output on natural faces."""
    emotion = classifier.run(faces.patches(), ("emotion",))["emotion"]
    return Score("emotion_natural", "emotion output, natural faces", EMOTIONS, faces, emotion, faces.labels)


def _cut(finder: FaceFinder, image: np.ndarray) -> np.ndarray | None:
    """Return the patch of the largest face in a grey picture, None if there is none."""
    colour = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    found = [face for face in finder.detect(Frame(colour, 0, 0.0, "picture"), None) if face.sure]
    face = max(found, key=lambda face: face.score * face.region.size_px, default=None)
    return None if face is None else face_patch(image, face.region)
