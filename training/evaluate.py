"""Score a model file as it ships: `python -m training.evaluate MODEL DATA [DATA ...]`.

The faces go through `realtime.faces.preprocess` and `realtime.faces.classifier`, so what is reported here is what runs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from realtime.errors import EmojiCameraError
from realtime.faces.classifier import Classifier
from realtime.faces.preprocess import PATCH_SIZE
from training import model_card, plots
from training.datasets import LabelledFaces, load
from training.metrics import Score, ScoreRow, scores_of
from training.model_file import set_scores
from training.natural import load_natural, natural_score


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, help="the .onnx file")
    parser.add_argument("data", nargs="+", type=Path, help="FER-2013, a gender set, or folders named like the classes")
    parser.add_argument("--ferplus", type=Path, metavar="FILE", help="FER+ votes, unless the data has them")
    parser.add_argument(
        "--natural",
        type=Path,
        metavar="DIR",
        help="pictures of ordinary people by expression, of which faces are cut as the live program does",
    )
    parser.add_argument("--split", default="valid", help="train, valid or test; default: %(default)s")
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="draw confusion, recall, reliability and mistakes")
    parser.add_argument(
        "--card", type=Path, metavar="FILE", help="write the model card, and the scores into the model file"
    )
    args = parser.parse_args(argv)
    try:
        classifier = Classifier(args.model)
        sets = [_split_of(path, args.split, args.ferplus) for path in args.data]
        natural = _natural(args.natural)
        report(classifier, sets, args.pictures, args.card, natural)
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


def _natural(root: Path | None) -> LabelledFaces | None:
    if root is None:
        return None
    faces, missing = load_natural(root)
    print(f"{root}: {len(faces)} faces, {missing} pictures without one.")
    return faces


def report(
    classifier: Classifier,
    sets: Iterable[LabelledFaces],
    folder: Path | None = None,
    card: Path | None = None,
    natural: LabelledFaces | None = None,
) -> list[ScoreRow]:
    """Score a model on sets of faces and print the scores.

    Args:
        classifier: The model.
        sets: The faces.
        folder: Where to draw pictures of the scores, if anywhere.
        card: Where to write the model card, if anywhere; the scores then go into the model file too.
        natural: Natural faces, on which the `emotion` output is scored.

    Returns:
        The figures, in the order in which they were printed.

    Raises:
        OutputError: The card or the model file can't be written.
    """
    scores = [score for faces in sets for score in scores_of(classifier, faces)]
    if natural is not None:
        scores.append(natural_score(classifier, natural))
    rows = [score.row() for score in scores]
    print("\n\n".join(row.text() for row in rows))
    milliseconds = time_per_face_ms(classifier)
    print(f"\n{milliseconds:.2f} ms per face, one at a time, one thread (median).")
    if folder:
        draw(scores, folder)
    if card:
        set_scores(classifier.path, rows)
        model_card.write(card, classifier, rows, milliseconds)
    return rows


def draw(scores: Sequence[Score], folder: Path) -> None:
    """Draw what can be seen better than read: confusion, recall, reliability, slices, and the boldest mistakes."""
    folder.mkdir(parents=True, exist_ok=True)
    for score in scores:
        name, title = score.name, score.title
        plots.confusion_matrix(score.confusion, score.classes, title, folder / f"{name}_confusion.png")
        plots.bars(score.recalls, f"Recall: {title}", folder / f"{name}_recall.png")
        plots.reliability(score.reliability, title, folder / f"{name}_reliability.png")
        plots.mistakes(_boldest_mistakes(score), title, folder / f"{name}_mistakes.png")
        if score.slices:
            shares = {f"{name} ({count})": accuracy for name, (count, accuracy) in score.slices.items()}
            plots.bars(shares, f"Accuracy: {title}", folder / f"{name}_slices.png")


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


if __name__ == "__main__":
    sys.exit(main())
