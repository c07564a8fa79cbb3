"""The metadata of an exported model file: key -> JSON value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import onnx

from realtime.errors import OutputError
from realtime.images import replacing
from training.metrics import ScoreRow


def read_metadata(path: Path) -> dict[str, Any]:
    """Return what a model file says of itself."""
    return {entry.key: json.loads(entry.value) for entry in onnx.load(str(path)).metadata_props}


def set_metadata(path: Path, about: Mapping[str, Any]) -> None:
    """Let a model file say this of itself and nothing else. Raises OutputError when it can't be written."""
    save(onnx.load(str(path)), path, about)


def save(model: onnx.ModelProto, path: Path, about: Mapping[str, Any]) -> None:
    """Write a model that says this of itself and nothing else. Raises OutputError when it can't be written."""
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, {key: json.dumps(value) for key, value in about.items()})
    onnx.checker.check_model(model)
    try:
        with replacing(path) as part:
            onnx.save(model, str(part))
    except OSError as error:
        raise OutputError(
            f"{path} can't be written: {error.strerror}.", "Check its permissions, or copy it to another place."
        ) from error


def with_command(about: Mapping[str, Any], line: str) -> dict[str, Any]:
    """Return what a model says of itself, with one more command by which it was made."""
    return {**about, "command": f"{about.get('command', '')}\n{line}".strip()}


def set_scores(path: Path, scores: Iterable[ScoreRow]) -> None:
    """Let a model file carry its scores; `metrics.scores_in` reads them."""
    set_metadata(path, read_metadata(path) | {"scores": [asdict(score) for score in scores]})
