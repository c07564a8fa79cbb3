"""The weights that a run begins with: those of an earlier run's checkpoint, or of an exported model."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import numpy_helper
from torch import Tensor, nn

from realtime.errors import InputError
from training.labels import HEADS
from training.model import ExpressionNet, standardise
from training.train_config import OPTIONS

# What a file that holds no weights makes torch and onnx raise.
_DAMAGED = (OSError, EOFError, RuntimeError, LookupError, TypeError, AttributeError, ValueError)


def load_start(path: Path, net: ExpressionNet, patches: np.ndarray) -> None:
    """Give a network the weights of an earlier run.

    Args:
        path: A run's last.ckpt, whose averaged weights are taken, or an exported .onnx, float or 8-bit.
        net: The network; it is in evaluation mode afterwards.
        patches: Training faces, uint8 (N, 1, S, S). An exported model has its batch normalisation folded into its
            convolutions; it is set up again with the statistics of these, so that the network answers as the file did.

    Raises:
        InputError: The file has no weights for this network.
    """
    try:
        if path.suffix == ".onnx":
            _load_exported(path, net, patches)
        else:
            _load_average(path, net)
    except (*_DAMAGED, pickle.UnpicklingError, DecodeError) as error:
        raise InputError(
            f"{path} holds no weights for this network: it is damaged, neither a last.ckpt of a run nor an exported "
            "model, or of another --model.",
            "Give the last.ckpt of a run, or an exported .onnx, with the same --model.",
        ) from error


def between(first: ExpressionNet, last: ExpressionNet, share: float) -> ExpressionNet:
    """Return a network whose weights and statistics lie between those of two. share: of the first, 0 to 1."""
    weights = first.state_dict()
    mixed = copy.deepcopy(last)
    mixed.load_state_dict(
        {
            name: torch.lerp(value, weights[name], share) if value.is_floating_point() else value
            for name, value in last.state_dict().items()
        }
    )
    return mixed


def settings_in(path: Path) -> dict[str, Any]:
    """Return what the command line chose of the run that left a checkpoint, option -> value, and the epochs it did."""
    saved = torch.load(path, map_location="cpu", weights_only=True)
    config = saved["config"]
    return {name: config[name] for name in OPTIONS if name in config} | {"epochs done": saved["position"][0]}


def _load_average(path: Path, net: ExpressionNet) -> None:
    saved = torch.load(path, map_location="cpu", weights_only=True)["average"]
    net.load_state_dict({name.removeprefix("module."): value for name, value in saved.items() if name != "n_averaged"})


@torch.no_grad()
def _load_exported(path: Path, net: ExpressionNet, patches: np.ndarray) -> None:
    graph = onnx.load(str(path)).graph
    tensors = _tensors(graph)
    folded = [(tensors[node.input[1]], tensors[node.input[2]]) for node in graph.node if node.op_type == "Conv"]
    layers = list(net.eval().trunk)
    convolutions = [layer for layer in layers if isinstance(layer, nn.Conv2d)]
    faces = standardise(torch.from_numpy(patches))
    for convolution, (weight, _) in zip(convolutions, folded, strict=True):
        convolution.weight.copy_(_fitting(weight, convolution.weight))
    biases = iter(bias for _, bias in folded)
    for layer in layers:
        if isinstance(layer, nn.BatchNorm2d):
            _normalise(layer, convolved=faces, bias=_fitting(next(biases), layer.bias))
        faces = layer(faces)
    for head in HEADS:
        for name, parameter in getattr(net, head).named_parameters():
            parameter.copy_(_fitting(tensors[f"net.{head}.{name}"], parameter))


def _tensors(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """Return the weights of a graph by name, those of 8 bits as the numbers that they stand for."""
    tensors = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    for node in graph.node:
        if node.op_type == "DequantizeLinear" and node.input[0] in tensors:
            value, scale, zero = (tensors[name].astype(np.float32) for name in node.input)
            shape = (-1,) + (1,) * (value.ndim - 1) if scale.ndim else ()
            tensors[node.output[0]] = (value - zero.reshape(shape)) * scale.reshape(shape)
    return tensors


def _fitting(value: np.ndarray, like: Tensor) -> Tensor:
    if value.shape != tuple(like.shape):
        raise ValueError(f"weights of shape {value.shape}, not {tuple(like.shape)}")
    return torch.from_numpy(value.astype(np.float32))


def _normalise(layer: nn.BatchNorm2d, convolved: Tensor, bias: Tensor) -> None:
    """Let a layer do nothing in evaluation but add a bias, with the statistics that it will meet in training."""
    assert layer.running_mean is not None
    assert layer.running_var is not None
    mean, variance = convolved.mean((0, 2, 3)), convolved.var((0, 2, 3))
    layer.running_mean.copy_(mean)
    layer.running_var.copy_(variance)
    layer.weight.copy_((variance + layer.eps).sqrt())
    layer.bias.copy_(mean + bias)
