"""From a trained network to the ONNX file that ships, with everything in it that is needed to use it."""

from __future__ import annotations

import json
import os
import subprocess
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch

from realtime.errors import AssetError
from realtime.faces.classifier import HEADS, INPUT
from realtime.faces.preprocess import PATCH_SIZE, PATCH_VERSION
from realtime.records import EMOTIONS, GENDERS
from training.calibrate import calibrate
from training.datasets import LabelledFaces
from training.model import FERPLUS, ExpressionNet, ShippedNet

OPSET = 17
PARITY = 1e-4


def export(net: ExpressionNet, valid: Mapping[str, LabelledFaces], path: Path, about: dict[str, Any]) -> None:
    """Write the network as ONNX, or nothing at all.

    valid: the validation splits, "fer" and perhaps "gender", on which temperatures and mixture are chosen, and the
    file is compared with the network. about: what else to record, JSON values. Raises AssetError when the file would
    differ from the network by more than 1e-4.
    """
    net = net.to(memory_format=torch.contiguous_format).eval()
    temperatures, mixture = calibrate(net, valid)
    shipped = ShippedNet(net, mixture, temperatures).eval()
    faces = torch.from_numpy(valid["fer"].patches())
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
    _write_metadata(part, about | {"mixture": vars(mixture), "temperatures": temperatures, "parameters": parameters})
    difference = _difference(shipped, part, faces[:512])
    if difference > PARITY:
        part.unlink()
        raise AssetError(f"onnxruntime differs from the network by {difference:.2g}, more than {PARITY}: not exported.")
    os.replace(part, path)


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
