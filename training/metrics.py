"""Every score of a model: accuracy and its interval, recall, calibration error, and how they are written down."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from realtime.faces.classifier import Classifier
from realtime.records import EMOTIONS, GENDERS
from training.datasets import LabelledFaces
from training.labels import FERPLUS, ferplus_majority, ferplus_winners, sure_labels

# The columns of a table of scores, after the title; `ScoreRow.cells` fills them.
SCORE_COLUMNS = ("pictures", "accuracy, %", "balanced accuracy, %", "calibration error")

# Bins of equal width in the calibration error.
_BINS = 15
# Slices with fewer pictures are not reported.
_MIN_SLICE = 100
# Age groups, in years: each limit begins a group that ends before the next.
_AGES = (0, 20, 30, 40, 50, 60, 200)
# The deviations of a normal distribution that hold 95 % of it.
_Z = 1.96


@dataclass(frozen=True)
class ScoreRow:
    """The figures of one output against one labelling, as they are stored and shown.

    name: short, for files. title: what was compared. pictures: how many had a label. accuracy, balanced_accuracy: 0 to
    1. interval: 95 % interval of the accuracy. calibration_error: 0 to 1. recalls: class -> share of right answers.
    slices: trait and value, such as "age 20 to 29" -> (pictures, accuracy).
    """

    name: str
    title: str
    pictures: int
    accuracy: float
    interval: tuple[float, float]
    balanced_accuracy: float
    calibration_error: float
    recalls: dict[str, float]
    slices: dict[str, tuple[int, float]]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> ScoreRow:
        """Rebuild a row from what `dataclasses.asdict` and JSON made of one."""
        return cls(
            name=str(value["name"]),
            title=str(value["title"]),
            pictures=int(value["pictures"]),
            accuracy=float(value["accuracy"]),
            interval=(float(value["interval"][0]), float(value["interval"][1])),
            balanced_accuracy=float(value["balanced_accuracy"]),
            calibration_error=float(value["calibration_error"]),
            recalls={str(name): float(share) for name, share in value["recalls"].items()},
            slices={str(name): (int(count), float(share)) for name, (count, share) in value["slices"].items()},
        )

    def cells(self) -> tuple[str, ...]:
        """Return the row's texts under SCORE_COLUMNS."""
        low, high = self.interval
        return (
            str(self.pictures),
            f"{100 * self.accuracy:.1f} ({100 * low:.1f} to {100 * high:.1f})",
            f"{100 * self.balanced_accuracy:.1f}",
            f"{self.calibration_error:.3f}",
        )

    def text(self) -> str:
        """Return the row as lines for a terminal."""
        low, high = self.interval
        recalls = ", ".join(f"{name} {100 * recall:.0f}" for name, recall in self.recalls.items())
        slices = ", ".join(f"{name} {100 * share:.1f} ({count})" for name, (count, share) in self.slices.items())
        return (
            f"{self.title} ({self.pictures} pictures): {100 * self.accuracy:.2f} % "
            f"(95 % interval {100 * low:.1f} to {100 * high:.1f}), balanced {100 * self.balanced_accuracy:.2f} %, "
            f"calibration error {self.calibration_error:.3f}\n  recall in %: {recalls}"
        ) + (f"\n  by slice in %: {slices}" if slices else "")


@dataclass(frozen=True, eq=False)
class Score:
    """The answers of one output and the labels they are compared with.

    name: short, for files. title: what is compared. classes: their names. faces: the pictures.
    probabilities: float (N, C). labels: int (N,), -1 where there is none to compare with.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    faces: LabelledFaces
    probabilities: np.ndarray
    labels: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """Which pictures have a label, bool (N,)."""
        return self.labels >= 0

    @property
    def answers(self) -> np.ndarray:
        """The most probable class of each picture, int (N,)."""
        return self.probabilities.argmax(1)

    @property
    def right(self) -> np.ndarray:
        """Which pictures were answered right, bool (N,)."""
        return self.answers == self.labels

    @property
    def count(self) -> int:
        """How many pictures have a label."""
        return int(self.known.sum())

    @property
    def confusion(self) -> np.ndarray:
        """Pictures by label (rows) and answer (columns), int (C, C)."""
        counts = np.zeros((len(self.classes), len(self.classes)), int)
        np.add.at(counts, (self.labels[self.known], self.answers[self.known]), 1)
        return counts

    @property
    def accuracy(self) -> float:
        """Share of right answers, 0 to 1."""
        return accuracies(self.answers, self.labels)[0]

    @property
    def balanced_accuracy(self) -> float:
        """Mean of the recalls, 0 to 1."""
        return accuracies(self.answers, self.labels)[1]

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the accuracy."""
        return wilson_interval(self.accuracy, self.count)

    @property
    def recalls(self) -> dict[str, float]:
        """Share of right answers by class, for the classes that occur."""
        present = (self.classes[label] for label in np.unique(self.labels[self.known]))
        return dict(zip(present, recalls(self.answers, self.labels), strict=True))

    @property
    def reliability(self) -> list[tuple[float, float, float]]:
        """Mean confidence, accuracy and share of the pictures, for each of 15 equal bins of confidence that has any."""
        confidence, right = self.probabilities.max(1)[self.known], self.right[self.known]
        bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
        return [
            (float(confidence[bins == b].mean()), float(right[bins == b].mean()), float((bins == b).mean()))
            for b in np.unique(bins)
        ]

    @property
    def calibration_error(self) -> float:
        """Expected difference between confidence and accuracy, 0 to 1."""
        return calibration_error(self.reliability)

    @property
    def slices(self) -> dict[str, tuple[int, float]]:
        """Pictures and accuracy by what else is known of them (age, race), for slices of at least 100."""
        found = {}
        for trait, values in self.faces.traits.items():
            groups = _age_groups(values) if trait == "age" else values
            for group in np.unique(groups[groups != ""]) if trait != "person" else ():
                chosen = (groups == group) & self.known
                if chosen.sum() >= _MIN_SLICE:
                    found[f"{trait} {group}"] = int(chosen.sum()), float(self.right[chosen].mean())
        return found

    def row(self) -> ScoreRow:
        """Return the figures alone, without the pictures."""
        return ScoreRow(
            name=self.name,
            title=self.title,
            pictures=self.count,
            accuracy=self.accuracy,
            interval=self.interval,
            balanced_accuracy=self.balanced_accuracy,
            calibration_error=self.calibration_error,
            recalls=self.recalls,
            slices=self.slices,
        )


def recalls(answers: np.ndarray, labels: np.ndarray) -> list[float]:
    """Return the recall of each class present, 0 to 1; label -1 is left out."""
    return [float((answers[labels == label] == label).mean()) for label in np.unique(labels[labels >= 0])]


def accuracies(answers: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Return accuracy and balanced accuracy (mean recall of the classes present), 0 to 1; label -1 is left out."""
    return float((answers == labels)[labels >= 0].mean()), float(np.mean(recalls(answers, labels)))


def wilson_interval(share: float, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share, 0 to 1, found in a number of cases (Wilson, 1927)."""
    middle = share + _Z * _Z / (2 * count)
    half = _Z * np.sqrt(share * (1 - share) / count + _Z * _Z / (4 * count * count))
    return float((middle - half) / (1 + _Z * _Z / count)), float((middle + half) / (1 + _Z * _Z / count))


def calibration_error(bins: Iterable[tuple[float, float, float]]) -> float:
    """Return the expected calibration error, 0 to 1 (Guo et al., 2017); bins: confidence, accuracy and share each."""
    return sum(share * abs(confidence - accuracy) for confidence, accuracy, share in bins)


def scores_of(classifier: Classifier, faces: LabelledFaces) -> list[Score]:
    """Score every output that these faces have labels for."""
    heads = classifier.run(faces.patches())
    if faces.classes == GENDERS:
        return [Score("gender", "gender head, set's labels", GENDERS, faces, heads["gender"], faces.labels)]
    compared: list[tuple[str, str, tuple[str, ...], str, np.ndarray]] = [
        ("fer", "fer head, FER labels", EMOTIONS, "fer", faces.labels),
        ("emotion", "emotion output, FER labels", EMOTIONS, "emotion", faces.labels),
    ]
    if faces.votes.any():
        sure = sure_labels(faces.labels, faces.votes)
        compared += [
            ("ferplus", "ferplus head, FER+ majority", FERPLUS, "ferplus", ferplus_winners(faces.votes)),
            ("ferplus_agreed", "ferplus head, FER+ agreed", FERPLUS, "ferplus", faces.agreed),
            ("emotion_ferplus", "emotion output, FER+ majority", EMOTIONS, "emotion", ferplus_majority(faces.votes)),
            ("emotion_sure", "emotion output, FER and FER+ agree", EMOTIONS, "emotion", sure),
        ]
    return [
        Score(name, title, classes, faces, heads[head], labels)
        for name, title, classes, head, labels in compared
        if (labels >= 0).any()
    ]


def scores_in(metadata: Mapping[str, str]) -> list[ScoreRow]:
    """Read the scores that a model file carries, from `Classifier.metadata`; no row where none can be read."""
    try:
        return [ScoreRow.from_json(row) for row in json.loads(metadata.get("scores", "[]"))]
    except (LookupError, TypeError, ValueError, AttributeError):
        return []


def _age_groups(ages: np.ndarray) -> np.ndarray:
    names = [f"{low} to {high - 1}" for low, high in itertools.pairwise(_AGES)]
    names[-1] = f"{_AGES[-2]} and over"
    return np.array([names[np.searchsorted(_AGES, int(age), "right") - 1] if age else "" for age in ages])
