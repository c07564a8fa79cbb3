"""What the network is asked to make small, and how often it is right."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.batches import Batch
from training.datasets import LabelledFaces
from training.labels import HEADS
from training.model import logits_of
from training.train_config import TrainConfig


def learned_heads(config: TrainConfig, gender: bool) -> set[str]:
    """Return the heads that have something to learn from; gender: whether there is a gender set."""
    taught = set(HEADS) if config.teachers else set()
    emotion = {"fer": {"fer"}, "mixed": {"fer", "ferplus"}}.get(config.labels, {"ferplus"})
    return taught | emotion | ({"gender"} if gender else set())


def loss(logits: Mapping[str, Tensor], batch: Batch, config: TrainConfig) -> Tensor:
    """Return the loss of a batch: of the labels, and of the teachers' answers, which all faces have for all heads.

    Every part is divided by the number of faces that could have counted, so that parts of a batch, computed in several
    processes, add up to the whole.

    Args:
        logits: Head -> float (N, classes).
        batch: The faces' labels, votes and answers.
        config: Labels, weights and smoothing.

    Returns:
        A scalar.
    """
    weights = {"fer": 1.0, "ferplus": config.ferplus_weight, "gender": config.gender_weight}
    labelled = _weighted(_label_losses(logits, batch, config), weights)
    if not batch.answers:
        return labelled
    answers = {head: F.cross_entropy(logits[head], answers) for head, answers in batch.answers.items()}
    return (1 - config.teachers_share) * labelled + config.teachers_share * _weighted(answers, weights)


def _label_losses(logits: Mapping[str, Tensor], batch: Batch, config: TrainConfig) -> dict[str, Tensor]:
    count, smoothing = len(batch.fer), config.label_smoothing
    heads = learned_heads(config, len(batch.gender) > 0)
    parts = {}
    if "fer" in heads:
        parts["fer"] = F.cross_entropy(logits["fer"][:count], batch.fer, label_smoothing=smoothing)
    if "ferplus" in heads:
        # Faces without votes have zeros for targets and add nothing.
        parts["ferplus"] = F.cross_entropy(logits["ferplus"][:count], batch.votes)
    if len(batch.gender):
        parts["gender"] = F.cross_entropy(logits["gender"][count:], batch.gender, label_smoothing=smoothing)
    return parts


def _weighted(parts: Mapping[str, Tensor], weights: Mapping[str, float]) -> Tensor:
    return torch.stack([weights[head] * part for head, part in parts.items()]).sum()


def accuracy(logits: Tensor, labels: Tensor) -> float:
    """Return the share of right answers, 0 to 1; logits (N, C), labels int (N,)."""
    return (logits.argmax(1) == labels).float().mean().item()


def validation(net: nn.Module, valid: Mapping[str, LabelledFaces], device: torch.device) -> dict[str, float]:
    """Return loss and accuracy of each head on its own validation labels, as metrics.csv names them."""
    scores = {}
    for head, faces in valid.items():
        logits = logits_of(net, faces.patches(), device)[head]
        labels = torch.from_numpy(faces.labels)
        scores[f"valid_{head}_loss"] = F.cross_entropy(logits, labels).item()
        scores[f"valid_{head}_accuracy"] = accuracy(logits, labels)
    return scores
