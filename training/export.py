"""From a trained network to the ONNX file that ships, with everything in it that is needed to use it."""

from __future__ import annotations

import json
import os
import subprocess
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch

from realtime.classifier import HEADS, INPUT
from realtime.errors import AssetError
from realtime.preprocess import PATCH_SIZE, PATCH_VERSION
from realtime.records import EMOTIONS, GENDERS
from training.data import LabelledFaces
from training.model import FERPLUS, FERPLUS_TO_EMOTION, ExpressionNet, Mixture, ShippedNet

OPSET = 17
PARITY = 1e-4

_FER_WEIGHTS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_ADJUSTMENTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
# The mixture may be right by FER's labels this much less often than the head that knows nothing else.
_MAX_LOSS = 0.02


def export(net: ExpressionNet, valid: LabelledFaces, path: Path, about: dict[str, Any]) -> None:
    """Write the network as ONNX, or nothing at all.

    valid: FER's validation split, on which the mixture of the `emotion` output is chosen and the file is
    compared with the network. about: what else to record, JSON values. Raises AssetError when the file
    would differ from the network by more than 1e-4.
    """
    faces = torch.from_numpy(valid.patches())
    mixture = choose_mixture(net, valid)
    shipped = ShippedNet(net.to(memory_format=torch.contiguous_format), mixture).eval()
    part = path.with_suffix(".part")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own future
        torch.onnx.export(
            shipped,
            (faces[:2],),
            str(part),
            input_names=[INPUT],
            output_names=list(HEADS),
            dynamic_axes={name: {0: "faces_in_picture"} for name in (INPUT, *HEADS)},
            opset_version=OPSET,
            dynamo=False,
        )
    parameters = sum(parameter.numel() for parameter in net.parameters())
    _write_metadata(part, about | {"mixture": vars(mixture), "parameters": parameters})
    difference = _difference(shipped, part, faces[:512])
    if difference > PARITY:
        part.unlink()
        raise AssetError(f"onnxruntime differs from the network by {difference:.2g}, more than {PARITY}: not exported.")
    os.replace(part, path)


@torch.inference_mode()
def choose_mixture(net: ExpressionNet, valid: LabelledFaces) -> Mixture:
    """Choose how FER and FER+ head make up the `emotion` output, on the validation split alone.

    The best mixture has the highest mean of four figures: plain accuracy and balanced accuracy, by FER labels
    and by FER+ majorities, among those that lose at most two points of accuracy by FER labels against the FER head.
    So neither labelling, and neither frequent nor rare emotions, decide alone.
    """
    net.eval()
    logits = [net(part) for part in torch.from_numpy(valid.patches()).split(256)]
    fer, ferplus = (torch.cat([part[head] for part in logits]).softmax(1) for head in ("fer", "ferplus"))
    prior = tuple(map(float, np.bincount(valid.labels, minlength=len(EMOTIONS)) / len(valid)))
    labellings = [valid.labels] + ([ferplus_majority(valid.votes)] if valid.votes.any() else [])
    floor = accuracies(fer.argmax(1).numpy(), valid.labels)[0] - _MAX_LOSS

    def worth(mixture: Mixture) -> tuple[bool, float]:
        answers = mixture(fer, ferplus).argmax(1).numpy()
        figures = [figure for labels in labellings for figure in accuracies(answers, labels)]
        return figures[0] >= floor, float(np.mean(figures))

    return max((Mixture(w, a, prior) for w in _FER_WEIGHTS for a in _ADJUSTMENTS), key=worth)


def ferplus_majority(votes: np.ndarray) -> np.ndarray:
    """Return the emotion most taggers chose, int (N,); -1 where that is contempt or there are no votes."""
    winners = [FERPLUS_TO_EMOTION.get(FERPLUS[winner]) for winner in votes.argmax(1)]
    known = votes.sum(1) > 0
    return np.array([EMOTIONS.index(w) if w and k else -1 for w, k in zip(winners, known, strict=True)])


def accuracies(answers: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Return accuracy and balanced accuracy (mean recall of the classes present), 0 to 1; label -1 is left out."""
    right = answers == labels
    recalls = [right[labels == label].mean() for label in np.unique(labels[labels >= 0])]
    return float(right[labels >= 0].mean()), float(np.mean(recalls))


def _write_metadata(path: Path, about: dict[str, Any]) -> None:
    model = onnx.load(str(path))
    contract = {
        "emotions": list(EMOTIONS),
        "genders": list(GENDERS),
        "ferplus": list(FERPLUS),
        "patch_version": PATCH_VERSION,
        "size": PATCH_SIZE,
        "opset": OPSET,
        "git_revision": _git_revision(),
    }
    onnx.helper.set_model_props(model, {key: json.dumps(value) for key, value in (contract | about).items()})
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _git_revision() -> str:
    here = Path(__file__).parent
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=here, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def _difference(shipped: ShippedNet, path: Path, faces: torch.Tensor) -> float:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    with torch.inference_mode():
        expected = shipped(faces)
    found = session.run(list(HEADS), {INPUT: faces.numpy()})
    return max(float(np.abs(e.numpy() - f).max()) for e, f in zip(expected, found, strict=True))
