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

# The shares of the FER head among which the mixture's is chosen.
_FER_WEIGHTS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
# The temperatures that are tried, evenly spaced by their logarithm.
_TEMPERATURES = np.geomspace(0.25, 4.0, 81)
# The recall that every emotion shall have by FER's labels, so that each can be shown.
_MIN_RECALL = 0.55
# A recall that is lower by 0.01 weighs as much as 0.08 of accuracy.
_MIN_RECALL_COST = 8.0
# The changes by which the logarithm of a class weight is searched, coarse ones first.
_STEPS = (0.4, 0.2, 0.1, 0.05)


@torch.inference_mode()
def calibrate(net: ExpressionNet, valid: Mapping[str, LabelledFaces]) -> tuple[dict[str, float], Mixture]:
    """Choose how sure each head is, and the mixture that makes the `emotion` output.

    Args:
        net: The network to calibrate.
        valid: The validation splits, "fer" and, if there is one, "gender".

    Returns:
        The temperature of each head (fer, ferplus, gender; 1 for a head without labels), and the mixture.
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
    """Find the temperature at which a head is as sure as it is right (Guo et al., 2017).

    Args:
        logits: float (N, C).
        labels: int (N,), -1 where there is none.

    Returns:
        What to divide the logits by; 1 without any label.
    """
    known = torch.from_numpy(labels >= 0)
    if not known.any():
        return 1.0
    logits, targets = logits[known], torch.from_numpy(labels)[known]
    return float(min(_TEMPERATURES, key=lambda t: F.cross_entropy(logits / t, targets).item()))


def choose_mixture(fer: Tensor, ferplus: Tensor, faces: LabelledFaces) -> Mixture:
    """Choose how the FER and the FER+ head make up the `emotion` output.

    The best mixture has the highest sum of four figures: plain accuracy and balanced accuracy, by FER labels and by
    FER+ majorities, while every emotion keeps a least recall by FER labels. So neither labelling, and neither frequent
    nor rare emotions, decide alone.

    Args:
        fer: Probabilities, float32 (N, 7) in the order of EMOTIONS.
        ferplus: Probabilities, float32 (N, 8) in the order of FERPLUS.
        faces: Labels and votes of the same N pictures.

    Returns:
        The mixture, at temperature 1.
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
