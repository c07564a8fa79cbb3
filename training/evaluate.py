"""Score a model file as it ships: `python -m training.evaluate MODEL DATA [DATA ...]`.

The faces go through `realtime.preprocess` and `realtime.classifier`, so what is reported here is what runs.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from realtime.classifier import Classifier
from realtime.errors import EmojiCameraError, InputError
from realtime.records import EMOTIONS, GENDERS
from training import card, pictures
from training.data import LabelledFaces, load_fer, load_gender
from training.export import ferplus_majority
from training.model import FERPLUS

_BATCH = 256
_BINS = 15


@dataclass(frozen=True, eq=False)
class Score:
    """How one output does against one labelling.

    title: what was compared. names: the classes. confusion: int (C, C), rows are the labels.
    calibration_error: expected difference of confidence and accuracy, 0 to 1 (Guo et al., 2017, 15 bins).
    """

    title: str
    names: tuple[str, ...]
    confusion: np.ndarray
    calibration_error: float

    @property
    def count(self) -> int:
        """How many pictures were scored."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of right answers, 0 to 1."""
        return float(np.trace(self.confusion) / self.count)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the accuracy (Wilson, 1927)."""
        n, p, z = self.count, self.accuracy, 1.96
        middle, half = p + z * z / (2 * n), z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return float((middle - half) / (1 + z * z / n)), float((middle + half) / (1 + z * z / n))

    @property
    def recalls(self) -> dict[str, float]:
        """Share of right answers by class, for the classes that occur."""
        totals = self.confusion.sum(1)
        return {name: self.confusion[i, i] / totals[i] for i, name in enumerate(self.names) if totals[i]}

    @property
    def balanced_accuracy(self) -> float:
        """Mean of the recalls, 0 to 1."""
        return float(np.mean(list(self.recalls.values())))


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, help="the .onnx file")
    parser.add_argument("data", nargs="+", type=Path, help="FER-2013 (folder or csv), or a gender set")
    parser.add_argument("--split", default="valid", help="train, valid or test; default: %(default)s")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="draw confusion matrices into this folder")
    parser.add_argument("--card", type=Path, metavar="FILE", help="write the model card")
    args = parser.parse_args(argv)
    try:
        classifier = Classifier(args.model)
        scores = [score for path in args.data for score in _score_set(classifier, path, args.split)]
        print("\n\n".join(card.score_text(score) for score in scores))
        milliseconds = time_per_face_ms(classifier)
        print(f"\n{milliseconds:.2f} ms per face, one at a time, one thread (median).")
        if args.pictures:
            args.pictures.mkdir(parents=True, exist_ok=True)
            for score in scores:
                name = score.title.split(",")[0].replace(" ", "_").replace("+", "plus").lower()
                pictures.confusion_matrix(score.confusion, score.names, score.title, args.pictures / f"{name}.png")
        if args.card:
            card.write(args.card, classifier, scores, milliseconds)
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def _score_set(classifier: Classifier, path: Path, split: str) -> list[Score]:
    gender = (path / "labels.csv").is_file() and "gender" in (path / "labels.csv").open(encoding="utf-8").readline()
    sets = load_gender(path) if gender else load_fer(path)
    if split not in sets:
        raise InputError(f"{path} has no split '{split}'. It has: {', '.join(sets)}.")
    return score_gender(classifier, sets[split]) if gender else score_emotions(classifier, sets[split])


def score_emotions(classifier: Classifier, faces: LabelledFaces) -> list[Score]:
    """Score the emotion heads by FER labels, and by FER+ majorities where there are votes."""
    heads = _run(classifier, faces)
    scores = [
        _score("fer head, FER labels", EMOTIONS, heads["fer"], faces.labels),
        _score("emotion output, FER labels", EMOTIONS, heads["emotion"], faces.labels),
    ]
    if faces.votes is not None:
        winners = np.where(faces.votes.sum(1) > 0, faces.votes.argmax(1), -1)
        scores.append(_score("ferplus head, FER+ majority", FERPLUS, heads["ferplus"], winners))
        majority = ferplus_majority(faces.votes)
        scores.append(_score("emotion output by votes, FER+ majority", EMOTIONS, heads["emotion"], majority))
    return scores


def score_gender(classifier: Classifier, faces: LabelledFaces) -> list[Score]:
    """Score the gender head."""
    return [_score("gender head, set's labels", GENDERS, _run(classifier, faces)["gender"], faces.labels)]


def time_per_face_ms(classifier: Classifier, runs: int = 300) -> float:
    """Return the median time of one face at a time, in ms."""
    rng = np.random.default_rng(0)
    patch = rng.integers(0, 256, (48, 48), np.uint8)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        classifier.predict([patch])
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1000


def _run(classifier: Classifier, faces: LabelledFaces) -> dict[str, np.ndarray]:
    patches = faces.patches()
    parts = [classifier.run(patches[start : start + _BATCH]) for start in range(0, len(patches), _BATCH)]
    return {head: np.concatenate([part[head] for part in parts]) for head in parts[0]}


def _score(title: str, names: tuple[str, ...], probabilities: np.ndarray, labels: np.ndarray) -> Score:
    """Count answers against labels; label -1 is left out."""
    known = labels >= 0
    probabilities, labels = probabilities[known], labels[known]
    confusion = np.zeros((len(names), len(names)), int)
    np.add.at(confusion, (labels, probabilities.argmax(1)), 1)
    return Score(title, names, confusion, _calibration_error(probabilities, labels))


def _calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(np.sum(gaps))


if __name__ == "__main__":
    sys.exit(main())
