"""Make an exported model's convolutions integer ones, if that pays: `python -m training.quantise MODEL --data FER`."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quant_pre_process,
    quantize_static,
)

from realtime.errors import EmojiCameraError
from realtime.faces.classifier import INPUT, Classifier
from training.datasets import LabelledFaces, load
from training.evaluate import scores_of

# Kept only if it loses less than this on every head, and takes at most this share of the time.
_MAX_LOSS = 0.003
_MAX_TIME = 0.9
_CALIBRATION_FACES = 1024
# The range of an activation holds this share of its values, in percent: a few far away would make all steps coarse.
_KEPT_PERCENTILE = 99.99
_BATCH = 64


class _Faces(CalibrationDataReader):
    """Feeds patches, uint8 (N, 1, S, S), to the calibration."""

    def __init__(self, patches: np.ndarray) -> None:
        parts = np.split(patches, range(_BATCH, len(patches), _BATCH))
        # The calibration wants batches of one size.
        self._parts: Iterator[np.ndarray] = iter([part for part in parts if len(part) == len(parts[0])])

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Return the next batch, None at the end."""
        part = next(self._parts, None)
        return None if part is None else {INPUT: part}


def quantise(path: Path, train: LabelledFaces, valid: Mapping[str, LabelledFaces]) -> str:
    """Put an 8-bit model in the place of an exported one if it is faster here and as good; return what was decided.

    Static quantisation (Jacob et al., CVPR 2018): activations calibrated on pictures of the training split, weights per
    channel and in 7 bits, since processors without VNNI add pairs of products in 16. valid: by head, "fer" and perhaps
    "gender"; the loss is measured on them.
    """
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(train))[:_CALIBRATION_FACES]
    patches = train.patches(chosen.tolist())
    part = path.with_suffix(".int8.part")
    _write_int8(path, part, patches)
    plain, small = Classifier(path), Classifier(part)
    before, after = _accuracies(plain, valid), _accuracies(small, valid)
    losses = {head: before[head] - after[head] for head in before}
    speed = _time_ratio(small, plain, patches[:1])
    worth = max(losses.values()) < _MAX_LOSS and speed <= _MAX_TIME
    lost = ", ".join(f"{head} {100 * loss:+.2f}" for head, loss in losses.items())
    del plain, small
    if not worth:
        part.unlink()
        return f"Kept the float model: 8 bits take {speed:.2f} of its time and lose {lost} points."
    _set_metadata(part, _metadata(part) | {"int8": {"time_ratio": round(speed, 3), "lost_points": lost}})
    os.replace(part, path)
    return f"8-bit model: {speed:.2f} of the float model's time, loses {lost} points."


def _write_int8(path: Path, part: Path, patches: np.ndarray) -> None:
    prepared = path.with_suffix(".prepared.part")
    # The quantiser warns of the preparation it has just been given, and prints its steps.
    logging.disable(logging.WARNING)
    try:
        quant_pre_process(str(path), str(prepared))
        with contextlib.redirect_stdout(io.StringIO()):
            quantize_static(
                str(prepared),
                str(part),
                _Faces(patches),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=["Conv", "MaxPool"],
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                per_channel=True,
                reduce_range=True,
                # The first convolution sees the pixels: 8 bits cost most accuracy there and save no time.
                nodes_to_exclude=[_first_convolution(prepared)],
                calibrate_method=CalibrationMethod.Percentile,
                extra_options={"CalibPercentile": _KEPT_PERCENTILE},
            )
    finally:
        logging.disable(logging.NOTSET)
        prepared.unlink(missing_ok=True)
    _set_metadata(part, _metadata(path))  # the quantiser adds notes of its own


def _first_convolution(path: Path) -> str:
    return str(next(node.name for node in onnx.load(str(path)).graph.node if node.op_type == "Conv"))


def _metadata(path: Path) -> dict[str, Any]:
    return {p.key: json.loads(p.value) for p in onnx.load(str(path)).metadata_props}


def _set_metadata(path: Path, about: Mapping[str, Any]) -> None:
    model = onnx.load(str(path))
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, {key: json.dumps(value) for key, value in about.items()})
    onnx.save(model, str(path))


def _accuracies(classifier: Classifier, valid: Mapping[str, LabelledFaces]) -> dict[str, float]:
    """Return the accuracy of each output on the validation labels it has, 0 to 1."""
    return {score.name: score.accuracy for faces in valid.values() for score in scores_of(classifier, faces)}


def _time_ratio(one: Classifier, other: Classifier, face: np.ndarray, rounds: int = 100) -> float:
    """Return how much time one takes against another for a face, measured in turns."""
    times: list[list[float]] = [[], []]
    for _ in range(rounds):
        for classifier, taken in zip((one, other), times, strict=True):
            start = time.perf_counter()
            classifier.run(face, ("emotion", "gender"))
            taken.append(time.perf_counter() - start)
    return float(np.median(times[0]) / np.median(times[1]))


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.quantise", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, help="the .onnx file; replaced if 8 bits pay")
    parser.add_argument("--data", required=True, metavar="PATH", help="FER-2013")
    parser.add_argument("--gender-data", metavar="DIR", help="the gender set")
    args = parser.parse_args(argv)
    try:
        faces = load(args.data)
        valid = {"fer": faces.split("valid")}
        if args.gender_data:
            valid["gender"] = load(args.gender_data).split("valid")
        print(quantise(args.model, faces.split("train"), valid))
        about = _metadata(args.model)
        if "int8" in about:
            told = f"\npython -m training.quantise {args.model.name} --data FER2013"
            told += " --gender-data UTKFACE" if args.gender_data else ""
            _set_metadata(args.model, about | {"command": about["command"] + told})
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
