"""Score a model file as it ships: `python -m training.evaluate MODEL DATA [DATA ...]`.

The faces go through `realtime.faces.preprocess` and `realtime.faces.classifier`, so what is reported here is what runs.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from realtime.errors import EmojiCameraError
from realtime.faces.classifier import Classifier
from realtime.faces.preprocess import PATCH_SIZE
from realtime.records import EMOTIONS, GENDERS
from training import model_card as card
from training import plots as pictures
from training.calibrate import ferplus_majority
from training.datasets import LabelledFaces, load
from training.model import FERPLUS

_BINS = 15
# Slices of fewer pictures say too little.
_MIN_SLICE = 100
_AGES = (0, 20, 30, 40, 50, 60, 200)


@dataclass(frozen=True, eq=False)
class Score:
    """How one output does against one labelling.

    name: a short one, for files. title: what was compared. classes: their names. faces: the pictures.
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
        """How many pictures count."""
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
        return float(self.right[self.known].mean())

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the accuracy (Wilson, 1927)."""
        n, p, z = self.count, self.accuracy, 1.96
        middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return float((middle - half) / (1 + z * z / n)), float((middle + half) / (1 + z * z / n))

    @property
    def recalls(self) -> dict[str, float]:
        """Share of right answers by class, for the classes that occur."""
        present = [(i, name) for i, name in enumerate(self.classes) if (self.labels == i).any()]
        return {name: float(self.right[self.labels == i].mean()) for i, name in present}

    @property
    def balanced_accuracy(self) -> float:
        """Mean of the recalls, 0 to 1."""
        return float(np.mean(list(self.recalls.values())))

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
        """Expected difference of confidence and accuracy, 0 to 1 (Guo et al., 2017)."""
        return sum(share * abs(confidence - accuracy) for confidence, accuracy, share in self.reliability)

    @property
    def slices(self) -> dict[str, tuple[int, float]]:
        """Pictures and accuracy by what else is known of them (age, race), for slices of at least 100."""
        found = {}
        for trait, values in self.faces.traits.items():
            groups = _age_groups(values) if trait == "age" else values
            for group in np.unique(groups[groups != ""]):
                chosen = (groups == group) & self.known
                if chosen.sum() >= _MIN_SLICE:
                    found[f"{trait} {group}"] = int(chosen.sum()), float(self.right[chosen].mean())
        return found


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, help="the .onnx file")
    parser.add_argument("data", nargs="+", type=Path, help="FER-2013, a gender set, or folders named like the classes")
    parser.add_argument("--ferplus", type=Path, metavar="FILE", help="FER+ votes, unless the data has them")
    parser.add_argument("--split", default="valid", help="train, valid or test; default: %(default)s")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="draw confusion, recall, reliability and mistakes")
    parser.add_argument("--card", type=Path, metavar="FILE", help="write the model card")
    args = parser.parse_args(argv)
    try:
        classifier = Classifier(args.model)
        sets = [_split_of(path, args.split, args.ferplus) for path in args.data]
        report(classifier, sets, args.pictures, args.card)
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def _split_of(path: Path, split: str, ferplus: Path | None) -> LabelledFaces:
    """Read the faces of a set that are to be scored; a set without splits is scored whole."""
    face_set = load(path, ferplus)
    for remark in face_set.remarks():
        print(remark)
    return face_set.splits.get("all") or face_set.split(split)


def report(
    classifier: Classifier, sets: Iterable[LabelledFaces], folder: Path | None = None, card_path: Path | None = None
) -> None:
    """Score a model on sets of faces and print it; draw pictures into a folder and write the model card, if wanted."""
    scores = [score for faces in sets for score in scores_of(classifier, faces)]
    print("\n\n".join(card.score_text(score) for score in scores))
    milliseconds = time_per_face_ms(classifier)
    print(f"\n{milliseconds:.2f} ms per face, one at a time, one thread (median).")
    if folder:
        draw(scores, folder)
    if card_path:
        card.write(card_path, classifier, scores, milliseconds)


def scores_of(classifier: Classifier, faces: LabelledFaces) -> list[Score]:
    """Score every output that these faces have labels for."""
    heads = classifier.run(faces.patches())
    if faces.classes == GENDERS:
        return [Score("gender", "gender head, set's labels", GENDERS, faces, heads["gender"], faces.labels)]
    scores = [
        Score("fer", "fer head, FER labels", EMOTIONS, faces, heads["fer"], faces.labels),
        Score("emotion", "emotion output, FER labels", EMOTIONS, faces, heads["emotion"], faces.labels),
    ]
    if faces.votes.any():
        majority = np.where(faces.votes.any(1), faces.votes.argmax(1), -1)
        emotions = ferplus_majority(faces.votes)
        scores += [
            Score("ferplus", "ferplus head, FER+ majority", FERPLUS, faces, heads["ferplus"], majority),
            Score("ferplus_agreed", "ferplus head, FER+ agreed", FERPLUS, faces, heads["ferplus"], faces.agreed),
            Score("emotion_ferplus", "emotion output, FER+ majority", EMOTIONS, faces, heads["emotion"], emotions),
        ]
    return scores


def draw(scores: list[Score], folder: Path) -> None:
    """Draw what can be seen better than read: confusion, recall, reliability, slices, and the boldest mistakes."""
    folder.mkdir(parents=True, exist_ok=True)
    for score in scores:
        start = folder / score.name
        pictures.confusion_matrix(
            score.confusion, score.classes, score.title, start.with_name(f"{score.name}_confusion.png")
        )
        pictures.bars(score.recalls, f"Recall: {score.title}", start.with_name(f"{score.name}_recall.png"))
        pictures.reliability(score.reliability, score.title, start.with_name(f"{score.name}_reliability.png"))
        pictures.mistakes(_boldest_mistakes(score), score.title, start.with_name(f"{score.name}_mistakes.png"))
        if score.slices:
            shares = {f"{name} ({count})": accuracy for name, (count, accuracy) in score.slices.items()}
            pictures.bars(shares, f"Accuracy: {score.title}", start.with_name(f"{score.name}_slices.png"))


def _boldest_mistakes(score: Score, count: int = 40) -> list[tuple[np.ndarray, str]]:
    """Return the pictures answered wrong with the highest confidence, each with a line that tells label and answer."""
    confidence = np.where(score.known & ~score.right, score.probabilities.max(1), -1)
    worst = [i for i in np.argsort(-confidence)[:count] if confidence[i] > 0]
    return [
        (
            score.faces.images[i],
            f"{score.classes[score.labels[i]]}?\n{score.classes[score.answers[i]]} {confidence[i]:.0%}",
        )
        for i in worst
    ]


def time_per_face_ms(classifier: Classifier, runs: int = 300) -> float:
    """Return the median time of one face at a time, in ms."""
    patch = np.random.default_rng(0).integers(0, 256, (PATCH_SIZE, PATCH_SIZE), np.uint8)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        classifier.predict([patch])
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1000


def _age_groups(ages: np.ndarray) -> np.ndarray:
    names = [f"{low} to {high - 1}" for low, high in itertools.pairwise(_AGES)]
    names[-1] = f"{_AGES[-2]} and over"
    return np.array([names[np.searchsorted(_AGES, int(age), "right") - 1] if age else "" for age in ages])


if __name__ == "__main__":
    sys.exit(main())
