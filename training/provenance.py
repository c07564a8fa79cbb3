"""What a model file says of its making: the commands, the settings and the data."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from realtime.faces.classifier import Classifier
from training.datasets import FaceSet
from training.loss import learned_heads
from training.start import settings_in
from training.train_config import OPTIONS, TrainConfig


def provenance(args: argparse.Namespace, config: TrainConfig, sets: Mapping[str, FaceSet]) -> dict[str, Any]:
    """Return what the metadata of a run's model says of its making.

    Args:
        args: The command line.
        config: What came of it.
        sets: The data, "fer" and perhaps "gender".

    Returns:
        JSON values by key.
    """
    names = {"fer": "FER-2013", "gender": "gender"}
    counts = [f"{names[kind]} {split} {len(part)}" for kind, s in sets.items() for split, part in s.splits.items()]
    return {
        "command": _commands(args, config, "gender" in sets),
        "train_config": asdict(config),
        "seed": config.seed,
        "heads": sorted(learned_heads(config, "gender" in sets)),
        "data": f"Pictures: {', '.join(counts)}. Trained on train, chosen on valid; test was not looked at.",
    }


def _commands(args: argparse.Namespace, config: TrainConfig, gender: bool) -> str:
    """Return the commands that make the model, its teachers' first."""
    command = ["python -m training.train --data FER2013"] + (["--gender-data UTKFACE"] if gender else [])
    command += ["--ferplus fer2013new.csv"] if args.ferplus else []
    command += [f"--corrections {args.corrections}"] if args.corrections else []
    command += [f"--{name.replace('_', '-')} {getattr(config, name)}" for name in OPTIONS]
    before = [_made("teacher", path) for path in args.teachers]
    if args.teachers:
        command.append(f"--teachers {' '.join(path.name for path in args.teachers)}")
    if args.start_from:
        before.append(_ran(args.start_from))
        command.append(f"--start-from {args.start_from.name}")
    return "\n".join([*before, "# The model:" * bool(before), " ".join(command)]).strip()


def _made(part: str, model: Path) -> str:
    """Return how a model was made that had a part in this one."""
    about = Classifier(model).metadata
    command, revision = (json.loads(about.get(key, '"unknown"')) for key in ("command", "git_revision"))
    return f"# The {part} {model.name}, with revision {revision}:\n{command}"


def _ran(start: Path) -> str:
    """Return which run left the weights that this one began with."""
    if start.suffix == ".onnx":
        return _made("start", start)
    settings = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in settings_in(start).items())
    return f"# The checkpoint {start.name} is of the run with {settings}."
