"""What a person has taught of their own expressions, and how it is combined with what the model says of everybody.

Of each expression a few feature vectors are kept (prototypes, as in Snell et al., 2017). The answers of the general
model stay the start: their logarithms are moved by how much more a face resembles this expression of the same person
than their others. What all taught expressions have in common (whose face it is, the light, the camera) cancels out;
taught expressions that look alike move nothing, nor does a single one; and what was not taught keeps its share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from realtime.records import EMOTIONS, Prediction

# By how much a resemblance of 1 above the others' mean moves a logarithm. By the log loss on news photographs of people
# who were taught by other photographs, one half of these people asks for 2 and the other for 4.
STRENGTH = 3.0
# A network has a few hundred features.
_MAX_FEATURES = 4096
# An expression has two vectors.
_MAX_VECTORS = 16


@dataclass(frozen=True, eq=False)
class Taught:
    """What was taught.

    model: the fingerprint of the model whose features they are. vectors: emotion -> float32 (n, C), each of length 1.
    """

    model: str
    vectors: Mapping[str, np.ndarray]

    def read(self, prediction: Prediction) -> Prediction:
        """Return a prediction of this person's face, with what was taught; as it is where it has no features."""
        if prediction.features is None:
            return prediction
        return replace(prediction, emotions=combined(prediction.emotions, prediction.features, self.vectors))

    def and_also(self, other: Taught) -> Taught:
        """Return both together: of an expression taught twice the other's, and nothing of another model."""
        return Taught(other.model, {**(self.vectors if self.model == other.model else {}), **other.vectors})

    def as_json(self) -> dict[str, Any]:
        """Return what a file keeps; `from_json` makes it anew."""
        vectors = {name: [[round(float(x), 4) for x in one] for one in some] for name, some in self.vectors.items()}
        return {"model": self.model, "vectors": vectors}

    @classmethod
    def from_json(cls, stored: Any) -> Taught:
        """Return what a file kept. Raises ValueError for whatever else was in it."""
        if not (isinstance(stored, dict) and isinstance(stored.get("model"), str)):
            raise ValueError("what was taught names no model")
        vectors = stored.get("vectors")
        if not isinstance(vectors, dict) or not vectors.keys() <= set(EMOTIONS):
            raise ValueError("what was taught names no expressions")
        taught = {name: _checked(some) for name, some in vectors.items()}
        if len({some.shape[1] for some in taught.values()}) > 1:
            raise ValueError("what was taught is of several lengths")
        return cls(stored["model"], taught)


def combined(
    emotions: np.ndarray, features: np.ndarray, vectors: Mapping[str, np.ndarray], strength: float = STRENGTH
) -> np.ndarray:
    """Combine what the model says with what was taught.

    Args:
        emotions: probabilities, float32 (..., 7), order EMOTIONS.
        features: of the same faces, float32 (..., C), each of length 1.
        vectors: emotion -> those that were taught, float32 (n, C), each of length 1.
        strength: by how much they count.

    Returns:
        Probabilities, float32 (..., 7).
    """
    known = [(EMOTIONS.index(name), some) for name, some in vectors.items() if some.shape[1] == features.shape[-1]]
    if len(known) < 2:
        return emotions
    alike = np.stack([features @ some.mean(0) for _, some in known], -1)
    logs = np.log(np.maximum(emotions, 1e-9))
    logs[..., [index for index, _ in known]] += strength * (alike - alike.mean(-1, keepdims=True))
    shares = np.exp(logs - logs.max(-1, keepdims=True))
    return (shares / shares.sum(-1, keepdims=True)).astype(np.float32)


def unit(vector: np.ndarray) -> np.ndarray:
    """Return a vector, float32 (C,), at length 1."""
    return (vector / max(float(np.linalg.norm(vector)), 1e-9)).astype(np.float32)


def _checked(some: Any) -> np.ndarray:
    """Return vectors that a file holds, float32 (n, C). Raises ValueError for whatever else they are."""
    rows: list[Any] = some if isinstance(some, list) and 0 < len(some) <= _MAX_VECTORS else [None]
    fits = all(isinstance(row, list) and 0 < len(row) <= _MAX_FEATURES and len(row) == len(rows[0]) for row in rows)
    if not fits or not all(isinstance(x, (int, float)) and not isinstance(x, bool) for row in rows for x in row):
        raise ValueError("what was taught is no list of vectors")
    if not all(-1 <= x <= 1 for row in rows for x in row):
        raise ValueError("what was taught is no list of vectors of length 1")
    vectors = np.array(rows, np.float32)
    if not np.allclose(np.square(vectors).sum(1), 1, atol=0.05):
        raise ValueError("what was taught is no list of vectors of length 1")
    return np.stack([unit(vector) for vector in vectors])
