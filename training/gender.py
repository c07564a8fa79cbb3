"""How evenly the gender head errs: `python -m training.gender MODEL UTKFACE [--collection DIR] [--write]`.

A network that has seen more men than women leans towards men where it is unsure. What is chosen here makes it lean to
neither: a constant on the head's logits by which women and men are read rightly equally often, and, as a face gets a
woman's or a man's drawing where the head is sure enough and the neutral one otherwise, thresholds by which the wrong
drawing is equally rare. Both are judged over the faces as they are and as `training.variants` shows them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from realtime.errors import AssetError, EmojiCameraError, InputError
from realtime.faces.classifier import Classifier
from realtime.faces.gender_thresholds import THRESHOLDS_KEY, thresholds_in
from realtime.quiet import quiet
from realtime.records import GENDERS
from training.collection import load_collection
from training.datasets import LabelledFaces, load
from training.model_file import read_metadata, save, with_command
from training.variants import VARIANTS

_OTHER = (1, 0)
# What a drawing needs at least: a neutral one wrongs nobody as the wrong one does.
USUAL = (0.8, 0.8)


@dataclass(frozen=True)
class GenderRow:
    """Shares of women and men, order GENDERS: read rightly, given the wrong drawing, given the neutral one."""

    title: str
    faces: int
    recalls: tuple[float, ...]
    wrong: tuple[float, ...]
    neutral: tuple[float, ...]

    def text(self) -> str:
        """Return the row for a terminal, in percent, women before men."""
        pairs = (f"{100 * a:5.1f} /{100 * b:5.1f}" for a, b in (self.recalls, self.wrong, self.neutral))
        return f"{self.title:34} {self.faces:6} {'   '.join(pairs)}"


def gender_row(title: str, answers: np.ndarray, labels: np.ndarray, thresholds: np.ndarray) -> GenderRow:
    """Count what women and men would get.

    Args:
        title: Says what was counted.
        answers: Probabilities, float32 (N, 2), order GENDERS.
        labels: int64 (N,), index into GENDERS.
        thresholds: What each drawing needs, float (2,), or (N, 2) where faces are judged by different ones.
    """
    wide = np.broadcast_to(thresholds, answers.shape)
    shown = answers >= wide
    parts = [labels == gender for gender in range(len(GENDERS))]
    recalls = tuple(float((answers[part].argmax(1) == gender).mean()) for gender, part in enumerate(parts))
    wrong = tuple(float(shown[part, _OTHER[gender]].mean()) for gender, part in enumerate(parts))
    neutral = tuple(float((~shown[part].any(1)).mean()) for part in parts)
    return GenderRow(title, len(labels), recalls, wrong, neutral)


def even_thresholds(answers: np.ndarray, labels: np.ndarray) -> tuple[float, ...]:
    """Choose thresholds by which women and men get the wrong drawing equally rarely.

    The drawing that is given wrongly more often needs more, the other one the usual, so that nobody is drawn wrongly
    more often than before.

    Args:
        answers: Probabilities, float32 (N, 2), order GENDERS.
        labels: int64 (N,), index into GENDERS.

    Returns:
        Thresholds, order GENDERS, to two digits.
    """
    usual = gender_row("", answers, labels, np.array(USUAL)).wrong
    chosen = list(USUAL)
    for gender, wrong in enumerate(usual):
        other = _OTHER[gender]
        if wrong > min(usual):
            needed = float(np.quantile(answers[labels == gender, other], 1 - min(usual)))
            chosen[other] = round(min(max(needed, USUAL[other]), 1.0), 2)
    return tuple(chosen)


def even_shift(answers: np.ndarray, labels: np.ndarray) -> float:
    """Choose what to add to the logit of the first gender, against the second, so that both are recalled equally often.

    Args:
        answers: Probabilities, float32 (N, 2), order GENDERS.
        labels: int64 (N,), index into GENDERS.

    Returns:
        The smallest such shift, to two digits, between -2 and 2.
    """
    logits = np.log(answers[:, 0]) - np.log(answers[:, 1])
    shifts = sorted(np.arange(-200, 201) / 100, key=abs)
    apart = [abs((logits[labels == 0] + by > 0).mean() - (logits[labels == 1] + by <= 0).mean()) for by in shifts]
    return float(shifts[int(np.argmin(np.round(apart, 3)))])


def shifted(answers: np.ndarray, by: float) -> np.ndarray:
    """Return answers, probabilities (N, 2), as they are with the first one's logit raised by so much."""
    raised = answers * np.exp((by, 0.0))
    return (raised / raised.sum(1, keepdims=True)).astype(np.float32)


@dataclass(frozen=True)
class Choice:
    """What makes a head err evenly: what is added to the logit of the first gender, and thresholds, order GENDERS."""

    shift: float
    thresholds: tuple[float, ...]

    @classmethod
    def on(cls, answers: np.ndarray, labels: np.ndarray) -> Choice:
        """Choose on answers, float32 (N, 2), to faces with labels, int64 (N,)."""
        shift = even_shift(answers, labels)
        return cls(shift, even_thresholds(shifted(answers, shift), labels))

    def row(self, title: str, answers: np.ndarray, labels: np.ndarray) -> str:
        """Return the line of what women and men would get."""
        return gender_row(title, shifted(answers, self.shift), labels, np.array(self.thresholds)).text()


def report(classifier: Classifier, faces: LabelledFaces, collections: Sequence[tuple[str, LabelledFaces]]) -> Choice:
    """Print what women and men get in every variant of a set, before and after; return what is chosen."""
    answers = [_answers(classifier, variant.patches(faces)) for variant in VARIANTS]
    everything, labels = np.concatenate(answers), np.tile(faces.labels, len(VARIANTS))
    halves = np.tile(np.random.default_rng(0).permutation(len(faces)) % 2, len(VARIANTS))
    chosen, now = Choice.on(everything, labels), Choice(0.0, thresholds_in(classifier.metadata))
    print(f"{'in percent, women / men':34} {'faces':>6} {'read rightly':14}  {'drawn wrongly':14}  drawn neutral")
    for variant, found in zip(VARIANTS, answers, strict=True):
        print(now.row(variant.title, found, faces.labels))
    print(now.row("all of these, now", everything, labels))
    for half in (0, 1):  # no face is judged by what was chosen on it
        rest = halves != half
        other = Choice.on(everything[rest], labels[rest])
        print(other.row(f"half {half + 1}, chosen on the other", everything[~rest], labels[~rest]))
    for title, collection in collections:
        found = _answers(classifier, collection.patches())
        print(now.row(f"{title}, now", found, collection.labels))
        print(chosen.row(f"{title}, chosen", found, collection.labels))
    return chosen


def write(path: Path, choice: Choice) -> None:
    """Let a model file answer and ask by what was chosen.

    Raises:
        AssetError: Its gender head is not the last layer of a network of ours.
        OutputError: It can't be written.
    """
    model, about = onnx.load(str(path)), read_metadata(path)
    bias = initializer(model, "net.gender.bias")
    # Logits are divided by the head's temperature after the bias.
    half = choice.shift * about.get("temperatures", {}).get("gender", 1.0) / 2
    bias.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(bias) + np.array((half, -half), np.float32), bias.name))
    about[THRESHOLDS_KEY] = dict(zip(GENDERS, choice.thresholds, strict=True))
    save(model, path, with_command(about, f"python -m training.gender {path.name} UTKFACE --write"))


def initializer(model: onnx.ModelProto, name: str) -> onnx.TensorProto:
    """Return the weights of a model that have this name. Raises AssetError where there are none."""
    for value in model.graph.initializer:
        if value.name == name:
            return value
    raise AssetError(f"The model has no {name}, so it is no network of ours.", "Train and export the model again.")


def _answers(classifier: Classifier, patches: np.ndarray) -> np.ndarray:
    return classifier.run(patches, ("gender",))["gender"]


def of_gender(faces: LabelledFaces, root: Path) -> LabelledFaces:
    """Return faces as they are. Raises InputError if they are not those of women and men."""
    if faces.classes != GENDERS or len(set(faces.labels.tolist())) != len(GENDERS):
        raise InputError(f"{root} does not hold women and men.", "Give a set with labels for gender.")
    return faces


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.gender", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, help="the .onnx file")
    parser.add_argument("data", type=Path, help="the gender set; its validation split is used")
    parser.add_argument(
        "--collection",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="other pictures by gender, of which faces are cut as the live program does; nothing is chosen on them",
    )
    parser.add_argument("--write", action="store_true", help="write what is chosen into the model file")
    args = parser.parse_args(argv)
    try:
        faces = of_gender(load(args.data).split("valid"), args.data)
        with quiet(verbose=False):
            found = [(root, load_collection(root)) for root in args.collection]
        for root, collection in found:
            print(f"{root}: {len(collection.faces)} faces, {len(collection.missing)} pictures without one.")
        named = [(root.name, of_gender(collection.faces, root)) for root, collection in found]
        chosen = report(Classifier(args.model), faces, named)
        needed = ", ".join(f"{gender} {p:.2f}" for gender, p in zip(GENDERS, chosen.thresholds, strict=True))
        print(f"Chosen: {chosen.shift:+.2f} for {GENDERS[0]}; thresholds {needed}.")
        if args.write:
            write(args.model, chosen)
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
