"""Make the `emotion` output of a model file anew: `python -m training.mix MODEL FER2013 [--natural DIR]`.

The heads stay as they are; only how they are mixed is chosen again, on the pictures of FER's validation split that FER
and FER+ agree on, and on natural faces if there are any.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from realtime.errors import EmojiCameraError, OutputError
from realtime.faces.classifier import FEATURES, HEADS, INPUT, Classifier
from realtime.images import replacing
from realtime.quiet import quiet
from realtime.records import EMOTIONS
from training.calibrate import Answers, choose_mixture
from training.collection import load_collection
from training.datasets import LabelledFaces, load
from training.features import with_features
from training.labels import VOTE_ORDER, sure_labels
from training.model import LEAST, Mixture
from training.model_file import read_metadata, set_metadata

_OUTPUT = "emotion"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.mix", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, help="the .onnx file, which is changed")
    parser.add_argument("data", type=Path, help="FER-2013, with FER+ votes")
    parser.add_argument("--ferplus", type=Path, metavar="FILE", help="FER+ votes, unless the data has them")
    parser.add_argument("--natural", type=Path, metavar="DIR", help="pictures of ordinary people by expression")
    args = parser.parse_args(argv)
    try:
        with quiet(verbose=False):
            mixture = mix(args.model, args.data, args.ferplus, args.natural)
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    weights = ", ".join(f"{e} {w:.2f}" for e, w in zip(EMOTIONS, mixture.class_weights, strict=True))
    print(f"{args.model}: {mixture.fer_weight:.0%} fer, classes weighted {weights}, at {mixture.temperature:.2f}.")
    return 0


def mix(model: Path, data: Path, ferplus: Path | None = None, natural: Path | None = None) -> Mixture:
    """Choose the mixture of a model file anew and write it into the file.

    Args:
        model: The file.
        data: FER-2013.
        ferplus: fer2013new.csv, unless the data has the votes.
        natural: A folder of natural faces.

    Returns:
        The mixture.

    Raises:
        EmojiCameraError: A set or the file can't be read, or the file not be written.
    """
    classifier = Classifier(model)
    valid = load(data, ferplus).split("valid")
    sets = [_answers(classifier, valid, sure_labels(valid.labels, valid.votes))]
    if natural is not None:
        found = load_collection(natural)
        print(f"{natural}: {len(found.faces)} faces, {len(found.missing)} pictures without one.")
        sets.append(_answers(classifier, found.faces, found.faces.labels))
    mixture = choose_mixture(sets, valid.votes)
    about = read_metadata(model)
    command = f"python -m training.mix {model.name} FER2013" + (" --natural NATURAL" if natural is not None else "")
    about |= {"mixture": vars(mixture), "command": _with_line(str(about.get("command", "")), command)}
    about.pop("scores", None)  # they were the old mixture's
    try:
        with replacing(model) as part:
            onnx.save(_remixed(onnx.load(str(model)), mixture), str(part))
            set_metadata(part, about)
            Classifier(part)
    except OSError as error:
        raise OutputError(f"{model} can't be written: {error.strerror}.", "Check its permissions.") from error
    return mixture


def _answers(classifier: Classifier, faces: LabelledFaces, labels: np.ndarray) -> Answers:
    heads = classifier.run(faces.patches(), ("fer", "ferplus"))
    return Answers(torch.from_numpy(heads["fer"]), torch.from_numpy(heads["ferplus"]), labels)


def _with_line(text: str, line: str) -> str:
    """Return the commands with the one for the mixture as the last."""
    lines = [one for one in text.splitlines() if not one.startswith("python -m training.mix")]
    return "\n".join([*lines, line])


def _remixed(model: onnx.ModelProto, mixture: Mixture) -> onnx.ModelProto:
    """Return a model whose emotion output is made of its other outputs by this mixture."""
    others = [output for output in (*HEADS, FEATURES) if output != _OUTPUT]
    kept = onnx.utils.Extractor(with_features(model)).extract_model([INPUT], others)
    constants: dict[str, np.ndarray] = {
        "mix_order": np.array(VOTE_ORDER, np.int64),
        "mix_axis": np.array([1], np.int64),
        "mix_least": np.array(LEAST, np.float32),
        "mix_fer": np.array(mixture.fer_weight, np.float32),
        "mix_ferplus": np.array(1 - mixture.fer_weight, np.float32),
        "mix_weights": np.log(np.array(mixture.class_weights, np.float32)),
        "mix_temperature": np.array(mixture.temperature, np.float32),
    }
    steps = [
        ("Max", ["fer", "mix_least"], "mix_a1"),
        ("Log", ["mix_a1"], "mix_a2"),
        ("Mul", ["mix_a2", "mix_fer"], "mix_a"),
        ("Gather", ["ferplus", "mix_order"], "mix_b1"),
        ("ReduceSum", ["mix_b1", "mix_axis"], "mix_b2"),
        ("Div", ["mix_b1", "mix_b2"], "mix_b3"),
        ("Max", ["mix_b3", "mix_least"], "mix_b4"),
        ("Log", ["mix_b4"], "mix_b5"),
        ("Mul", ["mix_b5", "mix_ferplus"], "mix_b"),
        ("Add", ["mix_a", "mix_b"], "mix_c"),
        ("Add", ["mix_c", "mix_weights"], "mix_d"),
        ("Div", ["mix_d", "mix_temperature"], "mix_e"),
        ("Softmax", ["mix_e"], _OUTPUT),
    ]
    graph = kept.graph
    earlier = {name for _, _, name in steps} | constants.keys()
    nodes = [node for node in graph.node if not earlier & set(node.output)]
    values = [value for value in graph.initializer if value.name not in earlier]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*values, *(numpy_helper.from_array(v, name) for name, v in constants.items())])
    for kind, inputs, output in steps:
        node = helper.make_node(kind, inputs, [output], name=f"/{output}")
        if kind in ("Gather", "Softmax"):
            node.attribute.append(helper.make_attribute("axis", 1))
        graph.node.append(node)
    shape: list[str | int | None] = ["faces_in_picture", len(EMOTIONS)]
    emotion = helper.make_tensor_value_info(_OUTPUT, TensorProto.FLOAT, shape)
    outputs = {value.name: value for value in graph.output} | {_OUTPUT: emotion}
    del graph.output[:]
    graph.output.extend(outputs[name] for name in (*HEADS, FEATURES))
    return kept


if __name__ == "__main__":
    sys.exit(main())
