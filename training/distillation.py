"""What models trained before answer for the training faces, to be learnt besides the labels.

Knowledge distillation (Hinton et al., 2015), also from a model of the same size (born-again networks, Furlanello et
al., 2018): the answers keep the doubt that a label hides, and every face gets one for every head, so that the emotion
heads learn from the gender set too, and the other way round. Each face is asked once, in several framings, not at
every step: that costs training nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from realtime.faces.classifier import Classifier
from realtime.faces.preprocess import face_patch
from realtime.records import Region
from training.datasets import LabelledFaces
from training.labels import HEADS

# The sizes of the framings, as multiples of the face's own.
_SCALES = (0.94, 1.0, 1.07)
# Faces that are asked about at once, each in all its framings.
_BATCH = 240


def answers(models: Sequence[Path], faces: LabelledFaces) -> dict[str, np.ndarray]:
    """Ask models about faces, and average their answers over framings and mirror images.

    Args:
        models: Exported files.
        faces: The N faces.

    Returns:
        Head -> mean probabilities, float32 (N, classes).

    Raises:
        AssetError: A file is no exported model.
    """
    classifiers = [Classifier(path) for path in models]
    found: dict[str, list[np.ndarray]] = {head: [] for head in HEADS}
    for start in tqdm(range(0, len(faces), _BATCH), desc="asking the teachers", leave=False, disable=None):
        images = faces.images[start : start + _BATCH]
        views = np.concatenate([_views(image, faces.framing.region(image)) for image in images])
        asked = [classifier.run(views, HEADS) for classifier in classifiers]
        for head in HEADS:
            mean = np.mean([one[head] for one in asked], 0)
            found[head].append(mean.reshape(len(images), -1, mean.shape[1]).mean(1))
    return {head: np.concatenate(parts) for head, parts in found.items()}


def _views(image: np.ndarray, region: Region) -> np.ndarray:
    """Return the framings of a face and their mirror images, uint8 (V, 1, S, S)."""
    patches = np.stack([face_patch(image, Region(region.center, region.size_px * scale)) for scale in _SCALES])
    return np.concatenate([patches, patches[:, :, ::-1]])[:, None]
