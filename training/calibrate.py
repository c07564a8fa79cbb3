"""Decide on the validation split how the heads' answers become what ships: how sure, and in which mixture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from training.datasets import LabelledFaces
from training.labels import ferplus_majority, ferplus_winners
from training.metrics import accuracies, recalls
from training.model import ExpressionNet, Mixture, logits_of

_FER_WEIGHTS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_TEMPERATURES = np.geomspace(0.25, 4.0, 81)
# Every emotion must be reachable: this share of its pictures has to be recalled by FER's labels. What a class lacks of
# it costs so many times as much as a lost figure.
_MIN_RECALL = 0.55
_MIN_RECALL_COST = 8.0
# The logarithms of the class weights are searched in steps, coarse ones first.
_STEPS = (0.4, 0.2, 0.1, 0.05)


@torch.inference_mode()
def calibrate(net: ExpressionNet, valid: Mapping[str, LabelledFaces]) -> tuple[dict[str, float], Mixture]:
    """Return the temperature of each head (fer, ferplus, gender), and the mixture that makes the `emotion` output.

    valid: the validation splits, "fer" and, if there is one, "gender". A head without labels keeps temperature 1.
    """
    faces = valid["fer"]
    logits = logits_of(net, faces.patches())
    temperatures = {
        "fer": temperature(logits["fer"], faces.labels),
        "ferplus": temperature(logits["ferplus"], ferplus_winners(faces.votes)),
        "gender": 1.0,
    }
    if "gender" in valid:
        temperatures["gender"] = temperature(
            logits_of(net, valid["gender"].patches())["gender"], valid["gender"].labels
        )
    fer, ferplus = (F.softmax(logits[head] / temperatures[head], dim=1) for head in ("fer", "ferplus"))
    mixture = choose_mixture(fer, ferplus, faces)
    surest = temperature(mixture(fer, ferplus).log(), faces.labels)
    return temperatures, replace(mixture, temperature=surest)


def temperature(logits: Tensor, labels: np.ndarray) -> float:
    """Return what logits, float (N, C), must be divided by to be as sure as they are right (Guo et al., 2017).

    labels: int (N,), -1 where there is none. Without any label, 1.
    """
    known = torch.from_numpy(labels >= 0)
    if not known.any():
        return 1.0
    logits, targets = logits[known], torch.from_numpy(labels)[known]
    return float(min(_TEMPERATURES, key=lambda t: F.cross_entropy(logits / t, targets).item()))


def choose_mixture(fer: Tensor, ferplus: Tensor, faces: LabelledFaces) -> Mixture:
    """Choose how FER and FER+ head make up the `emotion` output; fer (N, 7), ferplus (N, 8): probabilities.

    The best mixture has the highest sum of four figures: plain accuracy and balanced accuracy, by FER labels and by
    FER+ majorities, while every emotion keeps a least recall by FER labels. So neither labelling, and neither frequent
    nor rare emotions, decide alone.
    """
    labellings = [faces.labels] + ([ferplus_majority(faces.votes)] if faces.votes.any() else [])
    # Without votes the FER+ head has learnt nothing.
    shares = _FER_WEIGHTS if faces.votes.any() else (1.0,)
    found = []
    for share in shares:
        logs = Mixture(share)(fer, ferplus).log().numpy()
        weights, worth = _best_weights(logs, labellings)
        found.append((worth, Mixture(share, tuple(float(weight) for weight in np.exp(weights)))))
    return max(found, key=lambda pair: pair[0])[1]


def _best_weights(logs: np.ndarray, labellings: list[np.ndarray]) -> tuple[np.ndarray, float]:
    """Climb to the logarithms of the class weights that are worth most, one class at a time; logs: float (N, 7)."""

    def worth(weights: np.ndarray) -> float:
        answers = (logs + weights).argmax(1)
        figures = [figure for labels in labellings for figure in accuracies(answers, labels)]
        missing = sum(max(_MIN_RECALL - recall, 0) for recall in recalls(answers, labellings[0]))
        return float(sum(figures)) - _MIN_RECALL_COST * missing

    # Begun where rare classes already have a chance, for a step may change none of their few pictures.
    counts = np.bincount(labellings[0], minlength=logs.shape[1])
    best = -0.7 * np.log(np.maximum(counts, 1))
    highest = worth(best)
    for step in _STEPS:
        climbing = True
        while climbing:
            climbing = False
            for change in np.concatenate([np.eye(len(best)), -np.eye(len(best))]) * step:
                if (found := worth(best + change)) > highest + 1e-6:
                    best, highest, climbing = best + change, found, True
    return best - best.mean(), highest
