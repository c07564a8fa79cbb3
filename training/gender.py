"""How evenly the gender head errs: `python -m training.gender MODEL UTKFACE [--collection DIR] [--write]`.

A face gets a woman's or a man's drawing where the head is sure enough, and the neutral one otherwise. With one
threshold for both, one of them gets the wrong drawing more often. The thresholds that are chosen here make it equally
rare, over looser and tighter framings, other places and worse light than the set has.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from realtime.errors import EmojiCameraError, InputError
from realtime.faces.classifier import Classifier
from realtime.faces.gender_thresholds import THRESHOLDS_KEY, thresholds_in
from realtime.quiet import quiet
from realtime.records import GENDER_THRESHOLDS, GENDERS
from training.collection import load_collection
from training.datasets import Framing, LabelledFaces, load
from training.model_file import read_metadata, set_metadata

_OTHER = (1, 0)


@dataclass(frozen=True)
class Variant:
    """One way in which a face may be framed and seen.

    scale: of the framing's size. shift: of its center, in sizes. blur: deviation of a Gaussian, in pixels of the patch.
    contrast: factor on the differences from the middle grey.
    """

    title: str
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    blur: float = 0.0
    contrast: float = 1.0

    def patches(self, faces: LabelledFaces) -> np.ndarray:
        """Cut faces this way, uint8 (N, 1, S, S)."""
        (x, y), size = faces.framing.center, faces.framing.size
        center = (x + self.shift[0] * size, y + self.shift[1] * size)
        patches = replace(faces, framing=Framing(center, size * self.scale)).patches()
        if self.blur:
            patches = np.stack([cv2.GaussianBlur(patch[0], (0, 0), self.blur)[None] for patch in patches])
        if self.contrast != 1:
            patches = np.rint(128 + self.contrast * (patches.astype(np.float32) - 128)).astype(np.uint8)
        return patches


AS_IS = Variant("as they are")
VARIANTS = (
    AS_IS,
    Variant("size 0.8", scale=0.8),
    Variant("size 0.9", scale=0.9),
    Variant("size 1.15", scale=1.15),
    Variant("size 1.3", scale=1.3),
    Variant("to the side", shift=(0.1, 0.0)),
    Variant("higher", shift=(0.0, -0.1)),
    Variant("lower", shift=(0.0, 0.1)),
    Variant("blurred", blur=1.5),
    Variant("pale", contrast=0.35),
)


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
    usual = gender_row("", answers, labels, np.array(GENDER_THRESHOLDS)).wrong
    chosen = list(GENDER_THRESHOLDS)
    for gender, wrong in enumerate(usual):
        other = _OTHER[gender]
        if wrong > min(usual):
            needed = float(np.quantile(answers[labels == gender, other], 1 - min(usual)))
            chosen[other] = round(min(max(needed, GENDER_THRESHOLDS[other]), 1.0), 2)
    return tuple(chosen)


def report(
    classifier: Classifier, faces: LabelledFaces, collections: Sequence[tuple[str, LabelledFaces]]
) -> list[float]:
    """Print what women and men get in every variant of a set, before and after; return the chosen thresholds."""
    answers = [_answers(classifier, variant.patches(faces)) for variant in VARIANTS]
    everything, labels = np.concatenate(answers), np.tile(faces.labels, len(VARIANTS))
    # No face is judged by thresholds that were chosen on it.
    halves = np.random.default_rng(0).permutation(len(faces)) % 2
    by_half = [
        even_thresholds(everything[kept], labels[kept])
        for kept in (np.tile(halves != h, len(VARIANTS)) for h in (0, 1))
    ]
    others = np.array(by_half)[np.tile(halves, len(VARIANTS))]
    chosen, now = even_thresholds(everything, labels), np.array(thresholds_in(classifier.metadata))
    print(f"{'in percent, women / men':34} {'faces':>6} {'read rightly':14}  {'drawn wrongly':14}  drawn neutral")
    for variant, found in zip(VARIANTS, answers, strict=True):
        print(gender_row(variant.title, found, faces.labels, now).text())
    print(gender_row("all of these, now", everything, labels, now).text())
    print(gender_row("all, chosen on the other half", everything, labels, others).text())
    for title, other in collections:
        found = _answers(classifier, other.patches())
        print(gender_row(f"{title}, now", found, other.labels, now).text())
        print(gender_row(f"{title}, chosen", found, other.labels, np.array(chosen)).text())
    return list(chosen)


def _answers(classifier: Classifier, patches: np.ndarray) -> np.ndarray:
    return classifier.run(patches, ("gender",))["gender"]


def _of_gender(faces: LabelledFaces, root: Path) -> LabelledFaces:
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
    parser.add_argument("--write", action="store_true", help="write the chosen thresholds into the model file")
    args = parser.parse_args(argv)
    try:
        faces = _of_gender(load(args.data).split("valid"), args.data)
        with quiet(verbose=False):
            found = [(root, load_collection(root)) for root in args.collection]
        for root, collection in found:
            print(f"{root}: {len(collection.faces)} faces, {len(collection.missing)} pictures without one.")
        named = [(root.name, _of_gender(collection.faces, root)) for root, collection in found]
        chosen = dict(zip(GENDERS, report(Classifier(args.model), faces, named), strict=True))
        print("Chosen: " + ", ".join(f"{gender} {needed:.2f}" for gender, needed in chosen.items()) + ".")
        if args.write:
            set_metadata(args.model, read_metadata(args.model) | {THRESHOLDS_KEY: chosen})
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
