"""What a person has taught of their own expressions: a few feature vectors of each, kept in their profile.

`realtime.people.adaptation` combines them with what the model says of everybody. Words that are no emotions stand for
expressions of one's own, such as a wink; `realtime.people.own` tells them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from realtime.people.adaptation import Adaptation, adaptation
from realtime.records import BLENDSHAPES, EMOTIONS, Prediction, is_own_word

# A network has a few hundred features.
_MAX_FEATURES = 4096
# An expression has a vector for each second of it; where more are shown, the oldest are given up.
MAX_VECTORS = 16
# There are seven emotions, and a pack has few drawings besides.
_MAX_NAMES = 24


@dataclass(frozen=True, eq=False)
class Examples:
    """Moments in which a person showed an expression.

    vectors: the features, float32 (n, C), each of length 1. answers: what the model said of the last of them, float32
    (m, 7), order EMOTIONS, m <= n. shapes: how the parts of the face were moved in the last of them, float32 (m, 52),
    order BLENDSHAPES. Both are None where they were not seen, as in older profiles.
    """

    vectors: np.ndarray
    answers: np.ndarray | None = None
    shapes: np.ndarray | None = None

    def and_then(self, later: Examples) -> Examples:
        """Return both, the later ones last, and not more than are kept."""
        vectors = np.concatenate([self.vectors, later.vectors])[-MAX_VECTORS:]
        return Examples(vectors, _joined(self.answers, later.answers), _joined(self.shapes, later.shapes))


@dataclass(frozen=True, eq=False)
class Taught:
    """What was taught.

    model: the fingerprint of the model whose features they are. examples: of each emotion, or word of one's own, by
    its name; all features of one size.
    """

    model: str
    examples: Mapping[str, Examples]

    @property
    def own(self) -> tuple[str, ...]:
        """The expressions of one's own."""
        return tuple(name for name in self.examples if name not in EMOTIONS)

    @cached_property
    def adapt(self) -> Adaptation | None:
        """What moves the model's answers; None where too little was taught."""
        emotions = {name: some for name, some in self.examples.items() if name in EMOTIONS}
        answers = {name: some.answers for name, some in emotions.items() if some.answers is not None}
        return adaptation({name: some.vectors for name, some in emotions.items()}, answers)

    def read(self, prediction: Prediction) -> Prediction:
        """Return a prediction of this person's face, with what was taught; as it is where it has no features."""
        if prediction.features is None or self.adapt is None:
            return prediction
        return replace(prediction, emotions=self.adapt(prediction.emotions, prediction.features))

    def and_also(self, other: Taught) -> Taught:
        """Return both together: of an expression taught twice the other's, and nothing of another model."""
        return other if self.model != other.model else Taught(other.model, {**self.examples, **other.examples})

    def with_more(self, other: Taught) -> Taught:
        """Return both together, of an expression taught twice the examples of both, and nothing of another model."""
        if self.model != other.model:
            return other
        twice = self.examples.keys() & other.examples.keys()
        both = {name: self.examples[name].and_then(other.examples[name]) for name in twice}
        return Taught(other.model, {**self.examples, **other.examples, **both})

    def without(self, name: str) -> Taught | None:
        """Return what is left without an expression; None for nothing."""
        left = {one: some for one, some in self.examples.items() if one != name}
        return Taught(self.model, left) if left else None

    def with_only(self, name: str, before: Taught | None) -> Taught:
        """Return the same with what was taught of one expression before, if anything was."""
        left = {one: some for one, some in self.examples.items() if one != name}
        earlier = {} if before is None or name not in before.examples else {name: before.examples[name]}
        return Taught(self.model, left | earlier)

    def as_json(self) -> dict[str, Any]:
        """Return what a file keeps; `from_json` makes it anew."""
        tables = {
            key: {name: _written(rows) for name, some in self.examples.items() if (rows := vars(some)[key]) is not None}
            for key in ("vectors", "answers", "shapes")
        }
        return {"model": self.model} | {key: table for key, table in tables.items() if table}

    @classmethod
    def from_json(cls, stored: Any) -> Taught:
        """Return what a file kept. Raises ValueError for whatever else was in it."""
        if not (isinstance(stored, dict) and isinstance(stored.get("model"), str)):
            raise ValueError("what was taught names no model")
        vectors, answers, shapes = stored.get("vectors"), stored.get("answers", {}), stored.get("shapes", {})
        if not isinstance(vectors, dict) or len(vectors) > _MAX_NAMES:
            raise ValueError("what was taught names no expressions")
        if not all(name in EMOTIONS or is_own_word(name) for name in vectors):
            raise ValueError("what was taught names no expressions")
        for table in (answers, shapes):
            if not isinstance(table, dict) or not table.keys() <= vectors.keys():
                raise ValueError("what was taught tells more of expressions that it does not have")
        examples = {name: _read(some, answers.get(name), shapes.get(name)) for name, some in vectors.items()}
        if len({some.vectors.shape[1] for some in examples.values()}) > 1:
            raise ValueError("what was taught is of several lengths")
        return cls(stored["model"], examples)


def unit(vector: np.ndarray) -> np.ndarray:
    """Return a vector, float32 (C,), at length 1."""
    return (vector / max(float(np.linalg.norm(vector)), 1e-9)).astype(np.float32)


def _joined(first: np.ndarray | None, later: np.ndarray | None) -> np.ndarray | None:
    """Return what is known of the last examples of both."""
    return later if first is None or later is None else np.concatenate([first, later])[-MAX_VECTORS:]


def _written(rows: np.ndarray) -> list[list[float]]:
    return [[float(f"{x:.4g}") for x in row] for row in rows]


def _read(vectors: Any, answers: Any, shapes: Any) -> Examples:
    """Return the examples that a file holds. Raises ValueError for whatever else it does."""
    units = _rows(vectors)
    if not np.allclose(np.square(units).sum(1), 1, atol=0.05):
        raise ValueError("what was taught is no list of vectors of length 1")
    said = None if answers is None else _rows(answers)
    if said is not None and (said.shape[1] != len(EMOTIONS) or said.min() < 0 or (abs(said.sum(1) - 1) > 0.01).any()):
        raise ValueError("what was taught has answers that are no probabilities")
    moved = None if shapes is None else _rows(shapes)
    if moved is not None and moved.shape[1] != len(BLENDSHAPES):
        raise ValueError("what was taught has movements that do not fit")
    if any(rows is not None and len(rows) > len(units) for rows in (said, moved)):
        raise ValueError("what was taught tells more than there are examples")
    return Examples(np.stack([unit(vector) for vector in units]), said, moved)


def _rows(some: Any) -> np.ndarray:
    """Return vectors that a file holds, float32 (n, C). Raises ValueError for whatever else they are."""
    rows: list[Any] = some if isinstance(some, list) and 0 < len(some) <= MAX_VECTORS else [None]
    fits = all(isinstance(row, list) and 0 < len(row) <= _MAX_FEATURES and len(row) == len(rows[0]) for row in rows)
    if not fits or not all(isinstance(x, (int, float)) and not isinstance(x, bool) for row in rows for x in row):
        raise ValueError("what was taught is no list of vectors")
    if not all(-1 <= x <= 1 for row in rows for x in row):
        raise ValueError("what was taught is no list of vectors of length 1")
    return np.array(rows, np.float32)
