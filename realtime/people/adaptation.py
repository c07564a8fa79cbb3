"""How what a person has taught moves what the model says of their face.

The logarithms of the model's answers are moved by a linear function of the features, which is fitted to the examples:
logistic regression with the general model's answers as its start, and a penalty on moving far from it (maximum a
posteriori adaptation, as in Chelba and Acero, 2006). It begins with how much more a face resembles the mean of an
expression's examples than the means of the others (prototypes, as in Snell et al., 2017), and learns the more, the more
the examples contradict the model. What all taught expressions have in common (whose face it is, the light, the camera)
cancels out; expressions that look alike move little, and nothing where they are the same; and what was not taught keeps
its share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from realtime.records import EMOTIONS

# All numbers here were chosen by the log loss on news photographs of people who were taught by other photographs, taken
# elsewhere; by it they are among the best for one, two and three examples of each expression. By how much a resemblance
# of 1 above the others' mean moves a logarithm, to begin with; ...
_STRENGTH = 3.0
# ... how far from it an example may move the function, ...
_FREEDOM = 10.0
# ... and how much a person's expressions may differ in how readily they are told, whatever the face looks like.
_BIAS = 0.3
# Expressions whose means are nearer than this (squared; 0.4 is usual) teach less, as one of them was hardly shown.
_APART = 0.15
# The fit ends after so many steps, when it has long ceased to change.
_STEPS = 300
_LEAST = 1e-9


@dataclass(frozen=True, eq=False)
class Adaptation:
    """A linear function of the features.

    places: of the expressions that it moves, in EMOTIONS, intp (K,). weights: float32 (C, K). bias: float32 (K,).
    """

    places: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    def __call__(self, emotions: np.ndarray, features: np.ndarray) -> np.ndarray:
        """Return the answers with what was taught.

        Args:
            emotions: Probabilities that the model gives, float32 (..., 7), order EMOTIONS.
            features: Of the same faces, float32 (..., C), each of length 1.

        Returns:
            Probabilities, float32 (..., 7); as they are where the features are of another size.
        """
        if features.shape[-1] != len(self.weights):
            return emotions
        logs = _logs(emotions)
        logs[..., self.places] += features @ self.weights + self.bias
        return _shares(logs).astype(np.float32)


def adaptation(vectors: Mapping[str, np.ndarray], answers: Mapping[str, np.ndarray]) -> Adaptation | None:
    """Fit what a person has taught.

    Args:
        vectors: emotion -> features of their examples, float32 (n, C), each of length 1, C the same for all.
        answers: emotion -> what the model said of the last of these, float32 (m, 7), m <= n. Unless it is there for
            each emotion, the examples are compared, and nothing is fitted: what has none could not hold its own.

    Returns:
        What moves the model's answers; None where fewer than two emotions were taught.
    """
    names = [name for name in EMOTIONS if name in vectors]
    if len(names) < 2:
        return None
    places = np.array([EMOTIONS.index(name) for name in names])
    means = np.stack([vectors[name].mean(0) for name in names]).astype(np.float64)
    middle = means.mean(0)
    weights, bias = _STRENGTH * (means - middle).T, np.zeros(len(names))
    counts = [len(answers.get(name, ())) for name in names]
    if all(counts):
        known = np.concatenate([vectors[name][-count:] for name, count in zip(names, counts, strict=True)])
        said = np.concatenate([answers[name] for name in names])
        labels = np.repeat(np.arange(len(names)), counts)
        inputs = np.column_stack([known - middle, np.full(len(known), _BIAS)])
        start = _logs(said)[:, places] + known @ weights
        fitted = inputs.T @ _fit(inputs @ inputs.T, start, np.eye(len(names))[labels], _distinct(means)[labels])
        weights += fitted[:-1]
        bias = _BIAS * fitted[-1] - middle @ fitted[:-1]
    return Adaptation(places, weights.astype(np.float32), bias.astype(np.float32))


def _fit(alike: np.ndarray, start: np.ndarray, targets: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Return by how much each example counts in the function, float (N, K), in logistic regression with a penalty.

    Args:
        alike: The products of the examples with each other, (N, N).
        start: The logarithms before, (N, K).
        targets: What each example shows, 0 or 1, (N, K).
        counted: The examples' weights, (N,).
    """
    parts = np.zeros_like(start)
    step = 1 / (1 / _FREEDOM + np.linalg.norm(alike, 2) / 2)  # of a softmax no second derivative is above a half
    for _ in range(_STEPS):
        parts += step * (counted[:, None] * (targets - _shares(start + alike @ parts)) - parts / _FREEDOM)
    return parts


def _distinct(means: np.ndarray) -> np.ndarray:
    """Return how far each expression's mean lies from the nearest other, from 0 for the same to 1, (K,)."""
    apart = np.square(means[:, None] - means[None]).sum(-1) + np.diag(np.full(len(means), np.inf))
    return np.minimum(apart.min(1) / _APART, 1)


def _logs(emotions: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(emotions, _LEAST))


def _shares(logs: np.ndarray) -> np.ndarray:
    shares = np.exp(logs - logs.max(-1, keepdims=True))
    return shares / shares.sum(-1, keepdims=True)
