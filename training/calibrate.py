"""Decide on the validation split how the heads' answers become what ships: how sure, and in which mixture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from realtime.records import EMOTIONS
from training.datasets import LabelledFaces
from training.labels import VOTE_ORDER, ferplus_winners, sure_labels
from training.metrics import accuracies
from training.model import ExpressionNet, Mixture, logits_of

# The shares of the FER head among which the mixture's is chosen.
_FER_WEIGHTS = (0.3, 0.4, 0.5, 0.6)
# The temperatures that are tried, evenly spaced by their logarithm.
_TEMPERATURES = np.geomspace(0.25, 4.0, 81)
# How far the class weights take out how often the FER+ taggers gave a class: 0 not at all, 1 wholly.
_PRIOR_TAKEN = 0.5
# What it costs to weight a class by e times more or less than that, in accuracy; chosen by fitting the weights to one
# half of natural faces and scoring the other, where a tenth of it or ten times as much is worse.
_WEIGHT_COST = 0.01
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
    mixture = choose_mixture([Answers(fer, ferplus, sure_labels(faces.labels, faces.votes))], faces.votes)
    return temperatures, mixture


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


@dataclass(frozen=True, eq=False)
class Answers:
    """What both emotion heads say of some pictures.

    fer: float (N, 7) in the order of EMOTIONS. ferplus: float (N, 8) in the order of FERPLUS. labels: int (N,), index
    into EMOTIONS; -1 where there is none to go by.
    """

    fer: Tensor
    ferplus: Tensor
    labels: np.ndarray


def choose_mixture(sets: Sequence[Answers], votes: np.ndarray) -> Mixture:
    """Choose how the FER and the FER+ head make up the `emotion` output.

    The best mixture has the highest mean of plain and balanced accuracy over all sets, less a cost for class weights
    that differ from those that take out the taggers' priors. FER's label alone never decides: FER and FER+ agree on
    63 % of the pictures, and on 13 % of FER's fears.

    Args:
        sets: The first is the validation split, by which the mixture is made as sure as it is right; others may follow.
        votes: float (N, 8), of the validation split's FER+ taggers, all zero where there are none.

    Returns:
        The mixture.
    """
    shares = _FER_WEIGHTS if votes.any() else (1.0,)  # without votes the FER+ head has learnt nothing
    found = []
    for share in shares:
        logs = [Mixture(share)(one.fer, one.ferplus).log().numpy() for one in sets]
        start = -_PRIOR_TAKEN * (1 - share) * _log_prior(votes)
        weights, worth = _best_weights(logs, [one.labels for one in sets], start)
        found.append((worth, Mixture(share, tuple(float(weight) for weight in np.exp(weights - weights.mean())))))
    mixture = max(found, key=lambda pair: pair[0])[1]
    return replace(mixture, temperature=temperature(mixture(sets[0].fer, sets[0].ferplus).log(), sets[0].labels))


def _log_prior(votes: np.ndarray) -> np.ndarray:
    """Return the logarithm of how often the taggers gave each emotion, in the order of EMOTIONS."""
    if not votes.any():
        return np.zeros(len(EMOTIONS))
    shares = np.maximum(votes.sum(0)[list(VOTE_ORDER)], 1e-3)
    return np.log(shares / shares.sum())


def _best_weights(
    logs: Sequence[np.ndarray], labels: Sequence[np.ndarray], start: np.ndarray
) -> tuple[np.ndarray, float]:
    """Climb to the logarithms of the class weights that are worth most, one class at a time.

    logs: float (N, 7) of each set. labels: of each set. start: float (7,).
    """

    def worth(weights: np.ndarray) -> float:
        scores = [accuracies((log + weights).argmax(1), known) for log, known in zip(logs, labels, strict=True)]
        return float(np.mean(scores)) - _WEIGHT_COST * float(((weights - start) ** 2).sum())

    best, highest = start, worth(start)
    for step in _STEPS:
        climbing = True
        while climbing:
            climbing = False
            for change in np.concatenate([np.eye(len(best)), -np.eye(len(best))]) * step:
                if (value := worth(best + change)) > highest + 1e-6:
                    best, highest, climbing = best + change, value, True
    return best, highest
