"""What a person has taught of their own expressions, and how it is combined with what the model says of everybody.

Of each expression a few feature vectors are kept (prototypes, as in Snell et al., 2017). The answers of the general
model stay the start: their logarithms are moved by how much more a face resembles this expression of the same person
than their others. What all taught expressions have in common (whose face it is, the light, the camera) cancels out;
taught expressions that look alike move nothing, nor does a single one; and what was not taught keeps its share.

Words that are no emotions stand for expressions of one's own, such as a wink; `realtime.people.own` tells them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from realtime.records import BLENDSHAPES, EMOTIONS, Prediction, is_own_word

# By how much a resemblance of 1 above the others' mean moves a logarithm. By the log loss on news photographs of people
# who were taught by other photographs, one half of these people asks for 2 and the other for 4.
STRENGTH = 3.0
# A network has a few hundred features.
_MAX_FEATURES = 4096
# An expression has a vector for each second of it; where more are shown, the oldest are given up.
MAX_VECTORS = 16
# There are seven emotions, and a pack has few drawings besides.
_MAX_NAMES = 24


@dataclass(frozen=True, eq=False)
class Taught:
    """What was taught.

    model: the fingerprint of the model whose features they are. vectors: emotion, or word of one's own -> float32
    (n, C), each of length 1. shapes: how the parts of the face were moved in the last of these moments, by the same
    names -> float32 (m, 52), m <= n, order BLENDSHAPES; not there where that was not seen.
    """

    model: str
    vectors: Mapping[str, np.ndarray]
    shapes: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def own(self) -> tuple[str, ...]:
        """The expressions of one's own."""
        return tuple(name for name in self.vectors if name not in EMOTIONS)

    def read(self, prediction: Prediction) -> Prediction:
        """Return a prediction of this person's face, with what was taught; as it is where it has no features."""
        if prediction.features is None:
            return prediction
        return replace(prediction, emotions=combined(prediction.emotions, prediction.features, self.vectors))

    def and_also(self, other: Taught) -> Taught:
        """Return both together: of an expression taught twice the other's, and nothing of another model."""
        if self.model != other.model:
            return other
        shapes = {name: some for name, some in self.shapes.items() if name not in other.vectors}
        return Taught(other.model, {**self.vectors, **other.vectors}, {**shapes, **other.shapes})

    def with_more(self, other: Taught) -> Taught:
        """Return both together, of an expression taught twice the examples of both, and nothing of another model."""
        if self.model != other.model:
            return other
        more = Taught(other.model, _joined(self.vectors, other.vectors), _joined(self.shapes, other.shapes))
        return replace(more, shapes={name: some for name, some in more.shapes.items() if name not in _bare(other)})

    def without(self, name: str) -> Taught | None:
        """Return what is left without an expression; None for nothing."""
        vectors = {one: some for one, some in self.vectors.items() if one != name}
        shapes = {one: some for one, some in self.shapes.items() if one != name}
        return Taught(self.model, vectors, shapes) if vectors else None

    def with_only(self, name: str, before: Taught | None) -> Taught:
        """Return the same with what was taught of one expression before, if anything was."""
        earlier = before or Taught(self.model, {})
        return Taught(
            self.model, _swapped(name, self.vectors, earlier.vectors), _swapped(name, self.shapes, earlier.shapes)
        )

    def as_json(self) -> dict[str, Any]:
        """Return what a file keeps; `from_json` makes it anew."""
        tables = {"vectors": self.vectors, "shapes": self.shapes}
        return {"model": self.model} | {
            key: {name: [[round(float(x), 4) for x in one] for one in some] for name, some in table.items()}
            for key, table in tables.items()
            if table
        }

    @classmethod
    def from_json(cls, stored: Any) -> Taught:
        """Return what a file kept. Raises ValueError for whatever else was in it."""
        if not (isinstance(stored, dict) and isinstance(stored.get("model"), str)):
            raise ValueError("what was taught names no model")
        vectors, shapes = stored.get("vectors"), stored.get("shapes", {})
        if not isinstance(vectors, dict) or len(vectors) > _MAX_NAMES:
            raise ValueError("what was taught names no expressions")
        if not all(name in EMOTIONS or is_own_word(name) for name in vectors):
            raise ValueError("what was taught names no expressions")
        taught = {name: _units(some) for name, some in vectors.items()}
        if len({some.shape[1] for some in taught.values()}) > 1:
            raise ValueError("what was taught is of several lengths")
        if not isinstance(shapes, dict) or not shapes.keys() <= taught.keys():
            raise ValueError("what was taught names movements of nothing")
        moved = {name: _rows(some) for name, some in shapes.items()}
        if any(len(some) > len(taught[name]) or some.shape[1] != len(BLENDSHAPES) for name, some in moved.items()):
            raise ValueError("what was taught has movements that do not fit")
        return cls(stored["model"], taught, moved)


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
    known = [
        (EMOTIONS.index(name), some)
        for name, some in vectors.items()
        if name in EMOTIONS and some.shape[1] == features.shape[-1]
    ]
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


def _joined(first: Mapping[str, np.ndarray], second: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    both = {name: np.concatenate([first[name], second[name]])[-MAX_VECTORS:] for name in first.keys() & second.keys()}
    return {**first, **second, **both}


def _swapped(name: str, table: Mapping[str, np.ndarray], earlier: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    others = {one: some for one, some in table.items() if one != name}
    return others | ({name: earlier[name]} if name in earlier else {})


def _bare(taught: Taught) -> set[str]:
    """Return of what the movements are not known."""
    return {name for name in taught.vectors if name not in taught.shapes}


def _rows(some: Any) -> np.ndarray:
    """Return vectors that a file holds, float32 (n, C). Raises ValueError for whatever else they are."""
    rows: list[Any] = some if isinstance(some, list) and 0 < len(some) <= MAX_VECTORS else [None]
    fits = all(isinstance(row, list) and 0 < len(row) <= _MAX_FEATURES and len(row) == len(rows[0]) for row in rows)
    if not fits or not all(isinstance(x, (int, float)) and not isinstance(x, bool) for row in rows for x in row):
        raise ValueError("what was taught is no list of vectors")
    if not all(-1 <= x <= 1 for row in rows for x in row):
        raise ValueError("what was taught is no list of vectors of length 1")
    return np.array(rows, np.float32)


def _units(some: Any) -> np.ndarray:
    """Return vectors of length 1 that a file holds, float32 (n, C). Raises ValueError for whatever else they are."""
    vectors = _rows(some)
    if not np.allclose(np.square(vectors).sum(1), 1, atol=0.05):
        raise ValueError("what was taught is no list of vectors of length 1")
    return np.stack([unit(vector) for vector in vectors])
