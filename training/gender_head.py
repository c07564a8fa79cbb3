"""Fit the gender head anew, even within each expression: `python -m training.gender_head MODEL UTKFACE [--write]`.

In the gender set women smile more often than men, and 15 look angry where 68 men do. A head that learns from it takes
expressions for a part of gender: on news photographs of people who shout, one woman in eight was read as a man. Here
the trunk and all other outputs stay what they are, and the head is fitted to what the trunk makes of the training
split, each face weighted so that women and men count equally among the faces that the model reads as having one
expression (as in the reweighing of Kamiran and Calders, 2012). It is fitted by logistic regression to the faces as
they are and as `training.variants` shows them. `training.gender` then chooses its constant and thresholds.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from realtime.errors import EmojiCameraError
from realtime.faces.classifier import INPUT, Classifier
from realtime.records import EMOTIONS, GENDERS
from training.calibrate import temperature
from training.datasets import LabelledFaces, load
from training.features import pooled_name
from training.gender import initializer, of_gender
from training.metrics import recalls
from training.model_file import read_metadata, save, with_command
from training.variants import VARIANTS

# The penalty on the weights for each face, for features of variance 1; from a tenth of it to ten times it matters
# little.
_PENALTY = 1e-3
# Fewer faces of one gender with an expression do not count for more than so many would.
_FEWEST = 30
_BATCH = 256


class Trunk:
    """What the heads of a model are made of, and the expression that it reads."""

    def __init__(self, model: onnx.ModelProto) -> None:
        """Prepare a model. Raises AssetError if it is no network of ours."""
        self._pooled = pooled_name(model)
        seen = onnx.ModelProto()
        seen.CopyFrom(model)
        seen.graph.output.append(helper.make_tensor_value_info(self._pooled, TensorProto.FLOAT, None))
        self._session = onnxruntime.InferenceSession(seen.SerializeToString(), providers=["CPUExecutionProvider"])

    def run(self, patches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return of faces, uint8 (N, 1, S, S), the pooled features, float32 (N, C), and the expressions, int64 (N,)."""
        found = [
            self._session.run([self._pooled, "emotion"], {INPUT: patches[start : start + _BATCH]})
            for start in range(0, len(patches), _BATCH)
        ]
        return np.concatenate([one for one, _ in found]), np.concatenate([said.argmax(1) for _, said in found])


def even_weights(expressions: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return weights, float (N,), by which women and men count equally within each expression, of mean 1.

    Args:
        expressions: Of each face, int (N,), index into EMOTIONS.
        labels: int (N,), index into GENDERS.
    """
    weights = np.zeros(len(labels))
    for expression in range(len(EMOTIONS)):
        shown = expressions == expression
        for gender in range(len(GENDERS)):
            some = shown & (labels == gender)
            weights[some] = shown.sum() / max(some.sum(), _FEWEST)
    return weights / weights.mean()


def fit(features: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Fit what tells women from men; return weights, float64 (C,), and a constant, whose sum is above 0 for women.

    Args:
        features: float32 (N, C).
        labels: int64 (N,), index into GENDERS.
        weights: Of each face, float (N,).
    """
    regression = LogisticRegression(C=1 / (2 * _PENALTY * len(labels)), max_iter=200)
    made = make_pipeline(StandardScaler(), regression)
    made.fit(features, labels == 0, logisticregression__sample_weight=weights)
    scaler = made[0]
    slopes = regression.coef_[0] / scaler.scale_
    return slopes, float(regression.intercept_[0] - scaler.mean_ @ slopes)


def refit(model: onnx.ModelProto, train: LabelledFaces, valid: LabelledFaces, divided_by: float) -> None:
    """Give a model a gender head that is fitted anew, as sure as it is right on other faces; print what it does.

    Args:
        model: Is changed.
        train: Women and men, for the fit.
        valid: Others, for how sure it is.
        divided_by: What the model divides the head's logits by.

    Raises:
        AssetError: It is no network of ours.
    """
    trunk = Trunk(model)
    features, expressions = _seen(trunk, train, "faces to learn from")
    labels = np.tile(train.labels, len(VARIANTS))
    slopes, constant = fit(features, labels, even_weights(expressions, labels))
    del features
    others, shown = _seen(trunk, valid, "other faces")
    known, apart = np.tile(valid.labels, len(VARIANTS)), others @ slopes + constant
    sure = 2 * temperature(torch.from_numpy(np.column_stack([apart, -apart]) / 2), known)
    weight, bias = initializer(model, "net.gender.weight"), initializer(model, "net.gender.bias")
    before = others @ numpy_helper.to_array(weight).T + numpy_helper.to_array(bias)
    _print(before[:, 0] - before[:, 1], apart, known, shown)
    halves = np.array([[1.0], [-1.0]]) * divided_by / sure
    weight.CopyFrom(numpy_helper.from_array((halves * slopes).astype(np.float32), weight.name))
    bias.CopyFrom(numpy_helper.from_array((halves[:, 0] * constant).astype(np.float32), bias.name))


def _seen(trunk: Trunk, faces: LabelledFaces, title: str) -> tuple[np.ndarray, np.ndarray]:
    """Return what the trunk makes of faces in all variants, one variant after the other."""
    found = [trunk.run(variant.patches(faces)) for variant in tqdm(VARIANTS, title, disable=None)]
    return np.concatenate([one for one, _ in found]), np.concatenate([said for _, said in found])


def _print(before: np.ndarray, after: np.ndarray, labels: np.ndarray, expressions: np.ndarray) -> None:
    """Print how often women and men are read rightly, by expression. before, after: above 0 for women."""
    print(f"{'read rightly, women / men':34} {'faces':>6}   before          after")
    for title, part in (
        ("all", expressions >= 0),
        *((f"read as {name}", expressions == n) for n, name in enumerate(EMOTIONS)),
    ):
        if len(set(labels[part].tolist())) < len(GENDERS):
            continue
        shares = (recalls(np.where(apart[part] > 0, 0, 1), labels[part]) for apart in (before, after))
        told = "   ".join(f"{100 * women:5.1f} /{100 * men:5.1f}" for women, men in shares)
        print(f"{title:34} {part.sum():6}   {told}")


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.gender_head", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, help="the .onnx file")
    parser.add_argument("data", type=Path, help="the gender set; the head learns from its training split")
    parser.add_argument("--write", action="store_true", help="write the head into the model file")
    args = parser.parse_args(argv)
    try:
        Classifier(args.model)
        faces, about, model = load(args.data), read_metadata(args.model), onnx.load(str(args.model))
        train, valid = (of_gender(faces.split(split), args.data) for split in ("train", "valid"))
        refit(model, train, valid, about.get("temperatures", {}).get("gender", 1.0))
        if args.write:
            line = f"python -m training.gender_head {args.model.name} UTKFACE --write"
            save(model, args.model, with_command(about, line))
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
