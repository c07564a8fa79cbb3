"""From a trained network to the ONNX file that ships, with everything in it that is needed to use it."""

from __future__ import annotations

import subprocess
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from realtime.errors import AssetError
from realtime.faces.classifier import FEATURES, HEADS, INPUT, Classifier
from realtime.faces.preprocess import PATCH_SIZE, PATCH_VERSION
from realtime.records import EMOTIONS, GENDERS
from training.calibrate import calibrate
from training.datasets import LabelledFaces
from training.labels import FERPLUS
from training.model import ExpressionNet, ShippedNet
from training.model_file import set_metadata
from training.writing import writing

# The ONNX operator set that onnxruntime has to know.
OPSET = 17
# The largest difference of a probability, between network and file, that passes for rounding.
PARITY = 1e-4
# What a file gives, in the order in which the network does.
_OUTPUTS = (*HEADS, FEATURES)


def export(net: ExpressionNet, valid: Mapping[str, LabelledFaces], path: Path, about: dict[str, Any]) -> None:
    """Write the network as ONNX, or nothing at all.

    Args:
        net: The trained network.
        valid: The validation splits, "fer" and perhaps "gender": temperatures and mixture are chosen on them, and the
            file is compared with the network on them.
        path: The file.
        about: What else the file shall say, JSON values.

    Raises:
        AssetError: The file would differ from the network by more than 1e-4.
        OutputError: The file can't be written.
    """
    net = net.to(memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]
    temperatures, mixture = calibrate(net, valid)
    shipped = ShippedNet(net, mixture, temperatures).eval()
    faces = torch.from_numpy(valid["fer"].patches())
    parameters = sum(parameter.numel() for parameter in net.parameters())
    about = about | {"mixture": vars(mixture), "temperatures": temperatures, "parameters": parameters}
    with writing(path) as part:
        _write_onnx(shipped, part, faces[:2])
        set_metadata(part, _contract() | about)
        difference = _difference(shipped, part, faces[:512])
        if difference > PARITY:
            raise AssetError(
                f"onnxruntime differs from the network by {difference:.2g}, more than {PARITY}: not exported.",
                "Install the versions of onnx, onnxruntime and torch that the requirements name.",
            )


def _write_onnx(shipped: ShippedNet, path: Path, faces: torch.Tensor) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own future
        torch.onnx.export(
            shipped,
            (faces,),
            str(path),
            input_names=[INPUT],
            output_names=list(_OUTPUTS),
            dynamic_axes={name: {0: "faces_in_picture"} for name in (INPUT, *_OUTPUTS)},
            opset_version=OPSET,
            dynamo=False,
        )


def _contract() -> dict[str, Any]:
    """Return what every model file says, so that whoever opens it can tell whether it fits."""
    return {
        "emotions": list(EMOTIONS),
        "genders": list(GENDERS),
        "ferplus": list(FERPLUS),
        "patch_version": PATCH_VERSION,
        "size": PATCH_SIZE,
        "opset": OPSET,
        "git_revision": git_revision(),
    }


def git_revision() -> str:
    """Return the revision of the code, marked where files differ from it; asking writes nothing."""
    try:
        revision = _asked("describe", "--always")
        changed = _asked("--no-optional-locks", "status", "--porcelain", "--untracked-files=no")
    except OSError:  # git is not installed
        return "unknown"
    return f"{revision}-dirty" if revision and changed else revision or "unknown"


def _asked(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=Path(__file__).parent, capture_output=True, text=True)
    return done.stdout.strip()


def _difference(shipped: ShippedNet, path: Path, faces: torch.Tensor) -> float:
    """Return the largest difference of an output; faces: uint8 (N, 1, S, S)."""
    with torch.inference_mode():
        expected = shipped(faces)
    found = Classifier(path).run(faces.numpy(), _OUTPUTS)
    return max(float(np.abs(e.numpy() - found[head]).max()) for head, e in zip(_OUTPUTS, expected, strict=True))
