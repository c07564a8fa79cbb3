"""What models trained before answer for the training faces, to be learnt besides the labels.

Knowledge distillation (Hinton et al., 2015), also from a model of the same size (born-again networks, Furlanello et
al., 2018): the answers keep the doubt that a label hides, and every face gets one for every head, so that the emotion
heads learn from the gender set too, and the other way round. Each face is asked about once, with its mirror image, not
at every step: that costs training next to nothing, and what the student learns is the steadier answer of both.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from realtime.faces.classifier import Classifier, model_fingerprint
from training.datasets import LabelledFaces
from training.labels import HEADS
from training.writing import writing

# Faces that are asked about at once, each with its mirror image.
_BATCH = 240


def kept_answers(models: Sequence[Path], faces: LabelledFaces, path: Path) -> dict[str, np.ndarray]:
    """Return the `answers` that a file keeps, if it has them of the same models for the same faces; else ask, and keep.

    So a run that goes on does not wait for its teachers a second time. Without models there is nothing to keep, and
    nothing returned.

    Raises:
        AssetError: A file is no exported model.
        OutputError: The answers can't be kept.
    """
    if not models:
        return {}
    question = _question(models, faces)
    if (kept := _kept(path, question)) is not None:
        return kept
    found = answers(models, faces)
    tables: dict[str, Any] = {"question": question, **found}
    with writing(path) as part, part.open("wb") as file:
        np.savez(file, **tables)
    return found


def _question(models: Sequence[Path], faces: LabelledFaces) -> str:
    """Return what tells models and faces from any others."""
    digest = hashlib.sha256()
    for model in models:
        digest.update(model_fingerprint(model).encode())
    for start in range(0, len(faces), _BATCH):
        digest.update(faces.patches(range(start, min(start + _BATCH, len(faces)))).tobytes())
    return digest.hexdigest()


def _kept(path: Path, question: str) -> dict[str, np.ndarray] | None:
    """Return the answers to a question that a file keeps; None where it keeps none, or is damaged."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            return {head: kept[head] for head in HEADS} if str(kept["question"]) == question else None
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def answers(models: Sequence[Path], faces: LabelledFaces) -> dict[str, np.ndarray]:
    """Ask models about faces and their mirror images, and average the answers.

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
        patches = faces.patches(range(start, min(start + _BATCH, len(faces))))
        views = np.stack([patches, patches[..., ::-1]], 1).reshape(-1, *patches.shape[1:])
        asked = [classifier.run(views, HEADS) for classifier in classifiers]
        for head in HEADS:
            mean = np.mean([one[head] for one in asked], 0)
            found[head].append(mean.reshape(len(patches), -1, mean.shape[1]).mean(1))
    return {head: np.concatenate(parts) for head, parts in found.items()}
