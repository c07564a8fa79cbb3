"""Expressions of one's own, such as a wink: learnt from a few seconds of them, shown by their owner's emoji.

The network that reads expressions sees little of a closed eye, so what is compared is its features together with how
the parts of the face move. A face makes the expression when it is much nearer to examples of it than to any of what
else its owner has taught (the ratio test of Lowe, 2004), for longer than a blink lasts. What is unlike everything that
was taught is as far from the one as from the other, and shows nothing.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from realtime.errors import UsageError
from realtime.people.taught import Taught
from realtime.records import BLENDSHAPES, EMOTIONS, FaceMovement

# The distance to an expression of one's own is at most this share of that to everything else.
RATIO = 0.65
# An expression of one's own is this far from everything else, and ...
_LEAST_APART = 0.3
# ... this share of the distance between its own examples, which are of one person who holds still, more or less.
_APART = 0.5
# It is shown once it has been made for this long, which is longer than a blink lasts, ...
_BEGIN_S = 0.25
# ... and until it has not been made for this long.
_END_S = 0.2
# Where somebody looks is no expression, and "_neutral" only says how little the others are.
_COUNTED = np.array([not name.startswith(("_", "eyeLook")) for name in BLENDSHAPES], np.float32)


def shapes_of(movement: FaceMovement) -> np.ndarray:
    """Return how the parts of a face are moved, float32 (52,), order BLENDSHAPES."""
    return np.array([movement.blendshapes.get(name, 0.0) for name in BLENDSHAPES], np.float32)


def own_word(taught: Taught, features: np.ndarray, shapes: np.ndarray) -> str:
    """Return which expression of their own the owner makes; empty for none.

    Args:
        taught: By them.
        features: Of their face, float32 (C,), of length 1.
        shapes: As in `shapes_of`.
    """
    if not taught.own:
        return ""
    face = _place(features, shapes)[None]
    distances = {name: float(_between(face, some).min()) for name, some in _examples(taught, len(features)).items()}
    if not ordinary(taught) or not distances:
        return ""
    nearest, *others = sorted(distances, key=distances.__getitem__)
    rest = min((distances[name] for name in others), default=0.0)
    return nearest if nearest not in EMOTIONS and distances[nearest] <= RATIO * rest else ""


def ordinary(taught: Taught | None) -> list[str]:
    """Return the emotions that were taught together with their movements, from which others can be told."""
    examples = taught.examples if taught else {}
    return [name for name, some in examples.items() if name in EMOTIONS and some.shapes is not None]


def alike(taught: Taught, word: str) -> str:
    """Return what an expression of one's own can't be told from; empty where it can from everything else.

    It can't where it was not seen how the parts of the face move, which counts as being like itself.
    """
    places = _examples(taught, next(iter(taught.examples.values())).vectors.shape[1])
    if word not in places:
        return word
    own = places.pop(word)
    gaps = {name: float(_between(own, some).min()) for name, some in places.items()}
    least = max(_LEAST_APART, _APART * float(_between(own, own).max()))
    nearest = min(gaps, key=gaps.__getitem__, default="")
    return nearest if nearest and gaps[nearest] < least else ""


def check_others(word: str, others: Collection[str]) -> None:
    """Raise UsageError where no emotion was taught, from which an expression of one's own could be told."""
    if not others:
        raise UsageError(
            f"'{word}' is told from your other expressions, and none of them was taught yet.",
            f"Teach some of them first, or with it: --teach neutral,happy,{word}.",
        )


class Shown:
    """Lets the expression of somebody's own stay for a while, and begin only when it has lasted."""

    def __init__(self) -> None:
        """Begin with none."""
        self._shown = self._next = ""
        self._since_s = self._last_s = 0.0

    def see(self, word: str, time_s: float) -> str:
        """Take in what is made in a frame, empty for none; return what is shown."""
        if word != self._next:
            self._next, self._since_s = word, time_s
        if word == self._shown:
            self._last_s = time_s
        elif word and time_s - self._since_s >= _BEGIN_S:
            self._shown, self._last_s = word, time_s
        elif time_s - self._last_s >= _END_S:
            self._shown = ""
        return self._shown


def _place(features: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Return where faces lie among others, float32 (..., C + 52)."""
    return np.concatenate([features, shapes * _COUNTED], -1)


def _examples(taught: Taught, size: int) -> dict[str, np.ndarray]:
    """Return where the examples of each expression lie, of which movements are known, float32 (m, C + 52)."""
    return {
        name: _place(some.vectors[-len(some.shapes) :], some.shapes)
        for name, some in taught.examples.items()
        if some.shapes is not None and some.vectors.shape[1] == size
    }


def _between(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the distances between places, float32 (n, C) and (m, C): (n, m)."""
    return np.sqrt(np.square(first[:, None] - second[None]).sum(-1))
