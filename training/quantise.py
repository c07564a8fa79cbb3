"""Make an exported model's convolutions integer ones, if that pays: `python -m training.quantise MODEL --data FER`."""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

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
from realtime.images import write_file
from training.datasets import LabelledFaces, load
from training.metrics import scores_of
from training.model_file import read_metadata, set_metadata

# The accuracy that an 8-bit model may lose on each output.
_MAX_LOSS = 0.003
# The time that an 8-bit model may take, as a share of the float model's.
_MAX_TIME = 0.9
# The number of training faces on which the activations are measured.
_CALIBRATION_FACES = 1024
# The range of an activation holds this percentage of its values: a few extreme ones would make all steps coarse.
_KEPT_PERCENTILE = 99.99
# Faces in one batch of the calibration.
_BATCH = 64


class _Faces(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
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
    """Put an 8-bit model in the place of an exported one if it is faster here and as good.

    Static quantisation (Jacob et al., CVPR 2018): activations calibrated on pictures of the training split, weights per
    channel and in 7 bits, since processors without VNNI add pairs of products in 16.

    Args:
        path: The exported model.
        train: The faces the activations are measured on.
        valid: By head, "fer" and perhaps "gender"; the loss of accuracy is measured on them.

    Returns:
        What was decided, as a sentence.

    Raises:
        OutputError: The model can't be replaced.
    """
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(train))[:_CALIBRATION_FACES]
    patches = train.patches(chosen.tolist())
    with tempfile.TemporaryDirectory(prefix="int8-") as folder:
        small = Path(folder) / path.name
        _write_int8(path, small, patches)
        losses, speed = _compare(path, small, valid, patches[:1])
        lost = ", ".join(f"{head} {100 * loss:+.2f}" for head, loss in losses.items())
        if max(losses.values()) >= _MAX_LOSS or speed > _MAX_TIME:
            return f"Kept the float model: 8 bits take {speed:.2f} of its time and lose {lost} points."
        about = read_metadata(small) | {"int8": {"time_ratio": round(speed, 3), "lost_points": lost}}
        about.pop("scores", None)  # they are the float model's
        set_metadata(small, about)
        write_file(path, small.read_bytes())
    return f"8-bit model: {speed:.2f} of the float model's time, loses {lost} points."


def _compare(
    path: Path, small: Path, valid: Mapping[str, LabelledFaces], face: np.ndarray
) -> tuple[dict[str, float], float]:
    """Return what accuracy an 8-bit model loses on each output, and its time as a share of the float model's."""
    before, after = Classifier(path), Classifier(small)
    accuracy, lower = _accuracies(before, valid), _accuracies(after, valid)
    return {name: accuracy[name] - lower[name] for name in accuracy}, _time_ratio(after, before, face)


def _write_int8(path: Path, small: Path, patches: np.ndarray) -> None:
    """Write the 8-bit form of a model; patches, uint8 (N, 1, S, S), tell the range of the activations."""
    prepared = small.with_suffix(".prepared")
    # The quantiser warns of the preparation it has just been given, and prints its steps.
    logging.disable(logging.WARNING)
    try:
        quant_pre_process(str(path), str(prepared))
        with contextlib.redirect_stdout(io.StringIO()):
            quantize_static(
                str(prepared),
                str(small),
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
    set_metadata(small, read_metadata(path))  # the quantiser adds notes of its own


def _first_convolution(path: Path) -> str:
    return str(next(node.name for node in onnx.load(str(path)).graph.node if node.op_type == "Conv"))


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
        about = read_metadata(args.model)
        if "int8" in about:
            told = f"\npython -m training.quantise {args.model.name} --data FER2013"
            told += " --gender-data UTKFACE" if args.gender_data else ""
            set_metadata(args.model, about | {"command": about["command"] + told})
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
