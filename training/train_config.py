"""What fixes a training run, and the command line that chooses it."""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from realtime.errors import InputError, UsageError
from realtime.faces.preprocess import PATCH_SIZE
from training.labels import LABELS, MODELS


def _option(default: Any, about: str, **more: Any) -> Any:
    """Return a field that the command line has an option for; more: arguments of `add_argument`."""
    return field(default=default, metadata={"type": type(default), "help": f"{about}; default: %(default)s", **more})


@dataclass(frozen=True)
class TrainConfig:
    """What fixes a run besides its data; saved with every checkpoint.

    teachers: digests of the models whose answers are learnt too. teachers_share: what part of the loss is theirs, 0 to
    1; the labels have the rest. start: digest of the checkpoint or model that the run begins with, empty if it begins
    anew. sides: progressive resizing, (side of the patches in pixels, share of the run after which they get larger);
    small patches cost less and teach what is coarse first. average_decay: of the moving average of the weights, per
    step. start_share: how far the final weights go back towards those that the run began with: between what was known
    and what was learnt since lie networks that are better than either (WiSE-FT, Wortsman et al., 2022). Training is the
    same with any share, so a finished run is resumed with several, and the best is kept. frozen_stages: how many stages
    of the trunk, from the first, keep the weights that the run begins with; the first alone takes over a third of a
    step's time, and what it sees, edges, serves every task.
    """

    model: str = _option("medium", "size of the network", choices=MODELS)
    labels: str = _option("mixed", "what the emotion heads learn", choices=LABELS)
    epochs: int = _option(40, "rounds over the training pictures")
    batch_size: int = _option(128, "over all processes")
    gender_batch_size: int = 32
    lr: float = _option(0.05, "peak learning rate")
    warmup_epochs: float = 1.0
    weight_decay: float = 5e-4
    label_smoothing: float = 0.1
    ferplus_weight: float = _option(1.0, "of the FER+ head's loss")
    gender_weight: float = 0.5
    teachers_share: float = 0.5
    teachers: tuple[str, ...] = ()
    start: str = ""
    sides: tuple[tuple[int, float], ...] = ((32, 0.45), (40, 0.7), (PATCH_SIZE, 1.0))
    average_decay: float = 0.999
    start_share: float = _option(0.0, "what part of the final weights is that of those the run starts from, 0 to 1")
    frozen_stages: int = _option(0, "stages of the trunk that keep the weights the run starts from", choices=range(4))
    seed: int = _option(0, "of every random number")


# The fields with an option, in the order in which the model card's command names them.
OPTIONS = tuple(one.name for one in fields(TrainConfig) if one.metadata)


def parser(about: str) -> argparse.ArgumentParser:
    """Return the parser of the command line; about: what the command does."""
    parser = argparse.ArgumentParser(prog="python -m training.train", description=about)
    add = parser.add_argument
    add("--data", required=True, metavar="PATH", help="FER-2013: its folder, or fer2013.csv")
    add("--gender-data", metavar="DIR", help="UTKFace files, or aligned crops with labels.csv")
    add("--ferplus", metavar="FILE", help="FER+ votes (fer2013new.csv), unless the data has them")
    add("--corrections", metavar="FILE", help="pictures of the data with another label, or left out (picture,label)")
    for one in fields(TrainConfig):
        if one.metadata:
            add(f"--{one.name.replace('_', '-')}", default=one.default, **one.metadata)
    add("--teachers", nargs="+", type=Path, default=[], metavar="ONNX", help="models whose answers are learnt too")
    add("--start-from", type=Path, metavar="FILE", help="begin with the weights of a last.ckpt or .onnx")
    add("--devices", type=int, default=1, help="processes on this machine; default: %(default)s")
    add("--precision", default="auto", help="auto, 32-true or bf16-mixed; default: %(default)s")
    add("--int8", action=argparse.BooleanOptionalAction, default=True, help="8-bit convolutions, if they pay")
    add("--resume", nargs="?", const="", metavar="PATH", help="go on from a checkpoint; default: that in --output-dir")
    add("--tensorboard", action="store_true", help="write the figures of every epoch for TensorBoard too")
    add("--output-dir", type=Path, default=Path("runs/default"), metavar="DIR", help="default: %(default)s")
    return parser


def config_of(args: argparse.Namespace) -> TrainConfig:
    """Return the configuration that a command line asks for.

    Raises:
        InputError: A teacher, or the file to start from, can't be read.
        UsageError: Weights are to be kept in which nothing was learnt.
    """
    given = {name: getattr(args, name) for name in OPTIONS}
    if (args.frozen_stages or args.start_share) and not args.start_from:
        raise UsageError(
            "--frozen-stages and --start-share would keep random weights.", "Say with --start-from whose to keep."
        )
    if not 0 <= args.start_share <= 1:
        raise UsageError(f"--start-share {args.start_share} is no share.", "Give a number from 0 to 1.")
    given["teachers"] = tuple(_digest(path) for path in args.teachers)
    if args.start_from:
        # A trained network knows what is coarse, so its patches have their full size from the first step.
        given |= {"start": _digest(args.start_from), "sides": ((PATCH_SIZE, 1.0),)}
    return TrainConfig(**given)


def _digest(path: Path) -> str:
    """Return what tells a teacher, or what a run starts from, from others."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise InputError(
            f"{path} can't be read: {error.strerror}.",
            "Teachers are exported .onnx files; a run starts from a last.ckpt or an exported .onnx.",
        ) from error
