"""Score model files as they ship: `python -m training.evaluate MODEL [MODEL ...] DATA [DATA ...]`.

The faces go through `realtime.faces.preprocess` and `realtime.faces.classifier`, so what is reported here is what runs.
FER-2013 and gender sets are scored on a split of theirs; any other collection of pictures is scored whole, on faces cut
as the live program cuts them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from realtime.errors import EmojiCameraError, UsageError
from realtime.faces.classifier import Classifier
from realtime.faces.preprocess import PATCH_SIZE
from realtime.faces.views import BothViews
from realtime.quiet import quiet
from training import model_card, plots
from training.collection import Collection, collection_scores, is_collection, load_collection, read_classes
from training.datasets import LabelledFaces, load
from training.few_shot import few_shot
from training.formats import list_pictures
from training.metrics import SCORE_COLUMNS, Score, ScoreRow, scores_of
from training.model_file import set_scores

# Scores a model on faces that are read already.
Scorer = Callable[[Classifier], list[Score]]


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="MODEL... DATA...",
        help="one or several .onnx files, then FER-2013, a gender set, or any folder of pictures in class folders or "
        "with labels.csv (file; emotion or gender)",
    )
    parser.add_argument("--ferplus", type=Path, metavar="FILE", help="FER+ votes, unless the data has them")
    parser.add_argument(
        "--natural",
        type=Path,
        metavar="DIR",
        help="pictures of ordinary people by expression, which the card has a row for",
    )
    parser.add_argument(
        "--one-view",
        action="store_true",
        help="read the faces of a collection by the model alone, not in two views as the program does",
    )
    parser.add_argument("--split", default="valid", help="train, valid or test; default: %(default)s")
    parser.add_argument(
        "--as-is", action="store_true", help="the pictures of a collection are faces, framed as those of FER-2013"
    )
    parser.add_argument(
        "--classes", type=Path, metavar="FILE", help="what a collection's classes mean: a table with class and means"
    )
    parser.add_argument(
        "--few-shot",
        type=int,
        metavar="K",
        help="also score what teaching does: K pictures of a person and class teach, and the person's others are read; "
        "for collections whose labels.csv has a column `person`",
    )
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="draw confusion, recall, reliability and mistakes")
    parser.add_argument(
        "--card", type=Path, metavar="FILE", help="write the model card, and the scores into the model file"
    )
    args = parser.parse_args(argv)
    try:
        with quiet(verbose=False):
            _evaluate(args)
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def _evaluate(args: argparse.Namespace) -> None:
    models = [path for path in args.paths if path.suffix == ".onnx"]
    data = [path for path in args.paths if path.suffix != ".onnx"]
    if not models or not data:
        raise UsageError("A model and something to score it on are needed.", "Give a .onnx file, then a set.")
    if len(models) > 1 and args.card:
        raise UsageError("A card is of one model.", "Give one model with --card.")
    classifiers = [Classifier(path) for path in models]
    classes = read_classes(args.classes) if args.classes else {}
    scorers = [_scorer(path, args, classes) for path in data]
    if args.natural:
        scorers.append(partial(_natural_scores, found=_told(args.natural, load_collection(args.natural))))
    if len(classifiers) == 1:
        _report(classifiers[0], scorers, args.pictures, args.card)
    else:
        _compare(classifiers, scorers, args.pictures)


def _scorer(path: Path, args: argparse.Namespace, classes: Mapping[str, str]) -> Scorer:
    """Read faces that are to be scored, and return what scores a model on them."""
    if is_collection(list_pictures(path)):
        found = _told(path, load_collection(path, classes, args.as_is))
        reader = Classifier if args.one_view else BothViews
        if args.few_shot is not None:
            for model in (path for path in args.paths if path.suffix == ".onnx"):
                print(f"{model}: {few_shot(reader(model), found.faces, args.few_shot).text()}")
        return lambda classifier: collection_scores(reader(classifier.path), found.faces)
    face_set = load(path, args.ferplus)
    for remark in face_set.remarks():
        print(remark)
    return partial(scores_of, faces=face_set.split(args.split))


def _told(path: Path, found: Collection) -> Collection:
    """Say how many faces were found."""
    examples = ", ".join(found.missing[:3]) + (", ..." if len(found.missing) > 3 else "")
    without = f"{len(found.missing)} pictures without one" + (f" ({examples})" if examples else "")
    print(f"{path}: {len(found.faces)} faces, {without}.")
    return found


def _natural_scores(classifier: Classifier, found: Collection) -> list[Score]:
    faces, scores = found.faces, []
    readers = {"": classifier, ", in both views": BothViews(classifier.path)}
    for how, reader in readers.items():
        emotion = reader.run(faces.patches(), ("emotion",))["emotion"]
        name = "emotion_natural_both_views" if how else "emotion_natural"
        scores.append(Score(name, f"emotion output, natural faces{how}", faces.classes, faces, emotion, faces.labels))
    return scores


def report(
    classifier: Classifier, sets: Iterable[LabelledFaces], folder: Path | None = None, card: Path | None = None
) -> list[ScoreRow]:
    """Score a model on sets of faces and print the scores.

    Args:
        classifier: The model.
        sets: The faces.
        folder: Where to draw pictures of the scores, if anywhere.
        card: Where to write the model card, if anywhere; the scores then go into the model file too.

    Returns:
        The figures, in the order in which they were printed.

    Raises:
        OutputError: The card or the model file can't be written.
    """
    return _report(classifier, [partial(scores_of, faces=faces) for faces in sets], folder, card)


def _report(
    classifier: Classifier, scorers: Sequence[Scorer], folder: Path | None, card: Path | None
) -> list[ScoreRow]:
    scores = [score for scorer in scorers for score in scorer(classifier)]
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


def _compare(classifiers: Sequence[Classifier], scorers: Sequence[Scorer], folder: Path | None) -> None:
    """Print the scores of several models side by side, and draw them."""
    names = _short_names([classifier.path for classifier in classifiers])
    for number, scorer in enumerate(scorers, start=1):
        for scores in zip(*(scorer(classifier) for classifier in classifiers), strict=True):
            title = f"{scores[0].title} ({scores[0].count} pictures)"
            print(f"\n{title}\n{_table(names, [score.row() for score in scores])}")
            if folder:
                folder.mkdir(parents=True, exist_ok=True)
                plots.side_by_side(
                    dict(zip(names, scores, strict=True)), title, folder / f"{number}_{scores[0].name}_compared.png"
                )


def _short_names(paths: Sequence[Path]) -> list[str]:
    """Return the files' names, with their folders' where two are the same."""
    names = [path.stem for path in paths]
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


def _table(names: Sequence[str], rows: Sequence[ScoreRow]) -> str:
    """Return scores of several models as lines, a model each."""
    classes = list(rows[0].recalls)
    head = ["model", *SCORE_COLUMNS[1:], *(f"{name}, %" for name in classes)]
    lines = [
        [name, *row.cells()[1:], *(f"{100 * row.recalls[one]:.1f}" for one in classes)]
        for name, row in zip(names, rows, strict=True)
    ]
    widths = [max(len(line[column]) for line in (head, *lines)) for column in range(len(head))]
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in (head, *lines)
    )


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
