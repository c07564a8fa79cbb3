"""Decide on the validation split how the heads' answers become what ships: how sure, and in which mixture."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from realtime.records import EMOTIONS
from training.data import LabelledFaces
from training.model import FERPLUS, FERPLUS_TO_EMOTION, ExpressionNet, Mixture

_FER_WEIGHTS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_ADJUSTMENTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
_TEMPERATURES = np.geomspace(0.25, 4.0, 81)
# The mixture may be right by FER's labels this much less often than the head that knows nothing else.
_MAX_LOSS = 0.02


@torch.inference_mode()
def calibrate(net: ExpressionNet, valid: Mapping[str, LabelledFaces]) -> tuple[dict[str, float], Mixture]:
    """Return the temperature of each head (fer, ferplus, gender), and the mixture that makes the `emotion` output.

    valid: the validation splits, "fer" and, if there is one, "gender". A head without labels keeps temperature 1.
    """
    faces = valid["fer"]
    logits = _logits(net, faces)
    temperatures = {
        "fer": temperature(logits["fer"], faces.labels),
        "ferplus": temperature(logits["ferplus"], np.where(faces.votes.any(1), faces.votes.argmax(1), -1)),
        "gender": 1.0,
    }
    if "gender" in valid:
        temperatures["gender"] = temperature(_logits(net, valid["gender"])["gender"], valid["gender"].labels)
    fer, ferplus = (F.softmax(logits[head] / temperatures[head], dim=1) for head in ("fer", "ferplus"))
    mixture = choose_mixture(fer, ferplus, faces)
    surest = temperature(mixture(fer, ferplus).log(), faces.labels)
    return temperatures, Mixture(mixture.fer_weight, mixture.adjustment, mixture.prior, surest)


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

    The best mixture has the highest mean of four figures: plain accuracy and balanced accuracy, by FER labels
    and by FER+ majorities, among those that lose at most two points of accuracy by FER labels against the FER head.
    So neither labelling, and neither frequent nor rare emotions, decide alone.
    """
    prior = tuple(map(float, np.bincount(faces.labels, minlength=len(EMOTIONS)) / len(faces)))
    labellings = [faces.labels] + ([ferplus_majority(faces.votes)] if faces.votes.any() else [])
    floor = accuracies(fer.argmax(1).numpy(), faces.labels)[0] - _MAX_LOSS

    def worth(mixture: Mixture) -> tuple[bool, float]:
        answers = mixture(fer, ferplus).argmax(1).numpy()
        figures = [figure for labels in labellings for figure in accuracies(answers, labels)]
        return figures[0] >= floor, float(np.mean(figures))

    # Without votes the FER+ head has learnt nothing.
    weights = _FER_WEIGHTS if faces.votes.any() else (1.0,)
    return max((Mixture(w, a, prior) for w in weights for a in _ADJUSTMENTS), key=worth)


def ferplus_majority(votes: np.ndarray) -> np.ndarray:
    """Return the emotion most taggers chose, int (N,); -1 where that is contempt or there are no votes."""
    winners = [FERPLUS_TO_EMOTION.get(FERPLUS[winner]) for winner in votes.argmax(1)]
    known = votes.sum(1) > 0
    return np.array([EMOTIONS.index(w) if w and k else -1 for w, k in zip(winners, known, strict=True)])


def accuracies(answers: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Return accuracy and balanced accuracy (mean recall of the classes present), 0 to 1; label -1 is left out."""
    right = answers == labels
    recalls = [right[labels == label].mean() for label in np.unique(labels[labels >= 0])]
    return float(right[labels >= 0].mean()), float(np.mean(recalls))


def _logits(net: ExpressionNet, faces: LabelledFaces) -> dict[str, Tensor]:
    net.eval()
    parts = [net(part) for part in torch.from_numpy(faces.patches()).split(256)]
    return {head: torch.cat([part[head] for part in parts]) for head in parts[0]}
