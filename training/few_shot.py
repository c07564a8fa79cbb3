"""What teaching does for a person: a few of their pictures of each class teach, and their others are read with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from realtime.errors import InputError, UsageError
from realtime.faces.classifier import FEATURES, Classifier
from realtime.people.adaptation import adaptation
from realtime.records import EMOTIONS
from training.datasets import LabelledFaces
from training.metrics import accuracies

# The pictures that teach are drawn so often.
_DRAWS = 100
# Persons are drawn anew so often for the intervals.
_RESAMPLED = 1000


@dataclass(frozen=True)
class FewShot:
    """The same pictures read untaught and taught; shares from 0 to 1, with 95 % intervals by drawing persons anew.

    persons: who had enough pictures. pictures: that were read in each draw. gain: taught less untaught. balanced: both
    balanced accuracies.
    """

    shots: int
    persons: int
    pictures: int
    untaught: tuple[float, float, float]
    taught: tuple[float, float, float]
    gain: tuple[float, float, float]
    balanced: tuple[float, float]

    def text(self) -> str:
        """Return the scores as lines for a terminal."""
        lines = [
            f"Taught by {self.shots} of each class: {self.persons} persons with two classes or more to teach, "
            f"{self.pictures} other pictures of them, mean of {_DRAWS} draws"
        ]
        for title, (share, low, high), balanced in zip(
            ("untaught", "taught"), (self.untaught, self.taught), self.balanced, strict=True
        ):
            lines.append(
                f"  {title}: {100 * share:.1f} % (95 % interval by persons {100 * low:.1f} to {100 * high:.1f}), "
                f"balanced {100 * balanced:.1f} %"
            )
        share, low, high = self.gain
        lines.append(f"  gain: {100 * share:+.1f} points ({100 * low:+.1f} to {100 * high:+.1f})")
        return "\n".join(lines)


def few_shot(classifier: Classifier, faces: LabelledFaces, shots: int, seed: int = 0) -> FewShot:
    """Score a model on persons, untaught and taught by some of their own pictures.

    Somebody takes part who has more than this number of pictures of two classes or more: so many of each of these
    teach, and all their others are read.

    Args:
        classifier: The model, which has features.
        faces: Labelled with expressions, and with the trait "person".
        shots: How many pictures of a person and class teach.
        seed: Of the draws.

    Raises:
        UsageError: The model gives no features, or the number is none that can teach.
        InputError: The faces are not of persons who have enough pictures.
    """
    if shots < 1:
        raise UsageError(f"{shots} pictures teach nothing.", "Give --few-shot 1 or more.")
    if not classifier.has_features:
        raise UsageError(
            f"{classifier.path} gives no features.", f"Add them with 'python -m training.features {classifier.path}'."
        )
    people = list(_people(faces, shots)) if faces.classes == EMOTIONS else []
    if not people:
        raise InputError(
            f"Nobody in this set has more than {shots} pictures of two expressions or more.",
            "Name people in a column `person` of its labels.csv, or teach with fewer.",
        )
    outputs = classifier.run(faces.patches(), ("emotion", FEATURES))
    rng = np.random.default_rng(seed)
    found = [_read(outputs, faces.labels, rows, shots, rng) for rows in people]
    return _scored(shots, found, rng)


def _people(faces: LabelledFaces, shots: int) -> Iterator[np.ndarray]:
    """Give the rows of each person who has enough pictures."""
    names = faces.traits.get("person", np.array([""] * len(faces)))
    for name in np.unique(names[names != ""]):
        rows = np.flatnonzero(names == name)
        if len(_teachable(faces.labels[rows], shots)) > 1:
            yield rows


def _teachable(labels: np.ndarray, shots: int) -> list[int]:
    return [int(label) for label in np.unique(labels) if (labels == label).sum() > shots]


def _read(
    outputs: dict[str, np.ndarray], labels: np.ndarray, rows: np.ndarray, shots: int, rng: np.random.Generator
) -> np.ndarray:
    """Return label, untaught answer and taught answer of one person's pictures in all draws, int (N, 3)."""
    parts = []
    for _ in range(_DRAWS):
        teach = {
            label: rng.permutation(rows[labels[rows] == label])[:shots] for label in _teachable(labels[rows], shots)
        }
        others = np.setdiff1d(rows, np.concatenate(list(teach.values())))
        vectors = {EMOTIONS[label]: outputs[FEATURES][chosen] for label, chosen in teach.items()}
        answers = {EMOTIONS[label]: outputs["emotion"][chosen] for label, chosen in teach.items()}
        adapt = adaptation(vectors, answers)
        assert adapt is not None  # there are two expressions or more
        plain = outputs["emotion"][others]
        taught = adapt(plain, outputs[FEATURES][others])
        parts.append(np.stack([labels[others], plain.argmax(1), taught.argmax(1)], 1))
    return np.concatenate(parts)


def _scored(shots: int, found: list[np.ndarray], rng: np.random.Generator) -> FewShot:
    together = np.concatenate(found)
    counts = np.array([[len(one), *(one[:, [0]] == one[:, 1:]).sum(0)] for one in found], float)
    drawn = counts[rng.integers(0, len(found), (_RESAMPLED, len(found)))].sum(1)
    untaught, taught = drawn[:, 1] / drawn[:, 0], drawn[:, 2] / drawn[:, 0]
    plain, after = counts[:, 1].sum() / counts[:, 0].sum(), counts[:, 2].sum() / counts[:, 0].sum()
    return FewShot(
        shots=shots,
        persons=len(found),
        pictures=len(together) // _DRAWS,
        untaught=_with_interval(plain, untaught),
        taught=_with_interval(after, taught),
        gain=_with_interval(after - plain, taught - untaught),
        balanced=(accuracies(together[:, 1], together[:, 0])[1], accuracies(together[:, 2], together[:, 0])[1]),
    )


def _with_interval(value: float, drawn: np.ndarray) -> tuple[float, float, float]:
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(value), float(low), float(high)
