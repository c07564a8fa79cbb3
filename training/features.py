"""Give an exported model the output `features`, which older ones lack: `python -m training.features MODEL`.

Only the graph's end is added to: what the heads are made of is divided by its length. Every other output stays what it
was, bit for bit, in float and in 8-bit models.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from realtime.errors import AssetError, EmojiCameraError, OutputError
from realtime.faces.classifier import FEATURES, HEADS, Classifier
from realtime.faces.preprocess import PATCH_SIZE
from realtime.images import replacing
from training.labels import HEADS as LINEAR_HEADS
from training.model_file import read_metadata, set_metadata, with_command

# Less than this counts as the length of features that are all 0.
_LEAST = 1e-9
_WEIGHTS = {f"net.{head}.weight" for head in LINEAR_HEADS}


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.features", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path, help="the .onnx file, which is changed")
    args = parser.parse_args(argv)
    try:
        changed = add_features(args.model)
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"{args.model} has the output '{FEATURES}' now." if changed else f"{args.model} has it already.")
    return 0


def add_features(path: Path) -> bool:
    """Give a model file the output `features`, unless it has it; return whether it was changed.

    Raises:
        AssetError: It is no model of this contract, or another output would change.
        OutputError: It can't be written.
    """
    before = Classifier(path)
    if before.has_features:
        return False
    about = with_command(read_metadata(path), f"python -m training.features {path.name}")
    patches = np.random.default_rng(0).integers(0, 256, (32, 1, PATCH_SIZE, PATCH_SIZE), np.uint8)
    try:
        with replacing(path) as part:
            onnx.save(with_features(onnx.load(str(path))), str(part))
            set_metadata(part, about)
            expected, found = before.run(patches), Classifier(part, features=True).run(patches, (*HEADS, FEATURES))
            if any(not np.array_equal(expected[head], found[head]) for head in HEADS):
                raise AssetError(f"Another output of {path} would change.", "Train and export the model again.")
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror}.", "Check its permissions.") from error
    return True


def pooled_name(model: onnx.ModelProto) -> str:
    """Return the name of what the heads are made of. Raises AssetError where they don't show it."""
    heads = [node for node in model.graph.node if node.op_type == "Gemm" and _WEIGHTS & set(node.input)]
    pooled = {node.input[0] for node in heads}
    if len(heads) != len(_WEIGHTS) or len(pooled) != 1:
        raise AssetError("The heads of this model do not show what they are made of.", "Train and export it again.")
    return pooled.pop()


def with_features(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model that gives features as its last output; as it is if it does already.

    Raises:
        AssetError: The heads are not made of one thing, so this is no network of ours.
    """
    if FEATURES in {output.name for output in model.graph.output}:
        return model
    name = pooled_name(model)
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    graph = changed.graph
    (weight, *_) = (value for value in graph.initializer if value.name in _WEIGHTS)
    graph.initializer.append(numpy_helper.from_array(np.array(_LEAST, np.float32), "features_least"))
    graph.node.extend(
        [
            helper.make_node("ReduceL2", [name], ["features_norm"], "/features_norm", axes=[1], keepdims=1),
            helper.make_node("Max", ["features_norm", "features_least"], ["features_length"], "/features_length"),
            helper.make_node("Div", [name, "features_length"], [FEATURES], "/features"),
        ]
    )
    width = numpy_helper.to_array(weight).shape[1]
    shape: list[str | int | None] = ["faces_in_picture", width]
    graph.output.append(helper.make_tensor_value_info(FEATURES, TensorProto.FLOAT, shape))
    return changed


if __name__ == "__main__":
    sys.exit(main())
