"""Train the expression model and export it: `python -m training.train --data FER --gender-data UTKFACE`."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch
from lightning.fabric import Fabric
from tqdm import tqdm

from realtime.errors import EmojiCameraError, InputError, UsageError
from realtime.faces.classifier import Classifier
from realtime.images import make_parent
from training import distillation, evaluate, plots, run_record
from training.augment import augmented_patch
from training.batches import Batches
from training.datasets import FaceSet, LabelledFaces, load
from training.export import export
from training.learner import Learner
from training.loss import learned_heads
from training.model import ExpressionNet
from training.provenance import provenance
from training.quantise import quantise
from training.reports import Reports, tensorboard
from training.run_record import RunWriter, recorded
from training.start import load_start
from training.train_config import OPTIONS, TrainConfig, config_of, parser

# Time between two checkpoints within an epoch, and so the most that a killed run loses.
_SAVE_EVERY_S = 300.0
# Faces on which the normalisation of an exported model is set up again.
_START_FACES = 1024


class _Terminated(KeyboardInterrupt):
    """The process was asked to end by SIGTERM."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    args = parser((__doc__ or "").splitlines()[0]).parse_args(argv)
    try:
        with _sigterm_interrupts():
            train(args)
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt as stop:
        print(f"\nStopped. Go on with --resume --output-dir {args.output_dir}.", file=sys.stderr)
        return 143 if isinstance(stop, _Terminated) else 130
    return 0


@contextlib.contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM interrupt the body as Ctrl-C does, so that the run's record says that it was stopped."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise _Terminated

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def train(args: argparse.Namespace) -> Path | None:
    """Train, draw the curves and export, and keep run.json in the run's folder up to date.

    Args:
        args: The command line, as `train_config.parser` reads it.

    Returns:
        The exported model; None in helper processes.

    Raises:
        InputError: The data can't be used.
        UsageError: The run can't be resumed, or its options don't go together.
        OutputError: The run's folder can't be written.
    """
    fabric = _fabric(args)
    folder: Path | None = args.output_dir if fabric.is_global_zero else None
    earlier = None
    if folder:
        make_parent(folder / run_record.NAME)
        earlier = run_record.read(folder) if args.resume is not None else None
    writer = RunWriter(folder, _settings(args, {name: getattr(args, name) for name in OPTIONS}), earlier)
    with recorded(writer):
        return _run(args, fabric, writer)


def _run(args: argparse.Namespace, fabric: Fabric, writer: RunWriter) -> Path | None:
    writer.doing("reading the data")
    config = config_of(args)
    sets = {"fer": load(args.data, args.ferplus, wanted="emotion", corrections=args.corrections)}
    if args.gender_data:
        sets["gender"] = load(args.gender_data, wanted="gender")
    valid = {head: face_set.split("valid") for head, face_set in sets.items()}
    if fabric.is_global_zero:
        for remark in (remark for face_set in sets.values() for remark in face_set.remarks()):
            print(remark)
    writer.doing("asking the teachers" if args.teachers else "starting", _settings(args, asdict(config)))
    batches = _batches(args, config, sets, fabric)
    begin = beginning(args.start_from, sets["fer"].split("train")) if args.start_from else None
    learner = Learner(config, learned_heads(config, "gender" in sets), fabric, begin)
    checkpoint = args.output_dir / "last.ckpt"
    if args.resume is not None:
        learner.resume(Path(args.resume) if args.resume else checkpoint)
    with tensorboard(args, fabric) as board:
        reports = Reports(args.output_dir, writer, board, quiet=not fabric.is_global_zero)
        _learn(learner, batches, valid, writer, reports, checkpoint)
    return _finish(args, config, sets, learner, writer) if fabric.is_global_zero else None


def beginning(start: Path, faces: LabelledFaces) -> Callable[[ExpressionNet], None]:
    """Return what gives a network the weights of an earlier run."""
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(faces))[:_START_FACES]

    def begin(net: ExpressionNet) -> None:
        varied = [augmented_patch(faces.images[i], faces.framing.region(faces.images[i]), rng) for i in chosen]
        load_start(start, net, np.stack(varied)[:, None])

    return begin


def _settings(args: argparse.Namespace, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the run's record says of its settings: the configuration, and where the files lie."""
    paths = {name: getattr(args, name) for name in ("data", "gender_data", "ferplus", "corrections", "start_from")}
    told = {name: "" if path is None else str(path) for name, path in paths.items()}
    return {**config, **told, "teacher_files": [str(path) for path in args.teachers]}


def _fabric(args: argparse.Namespace) -> Fabric:
    precision: Any = args.precision
    if precision == "auto":
        able = torch.cuda.is_bf16_supported() if torch.cuda.is_available() else torch.cpu._is_avx512_bf16_supported()
        precision = "bf16-mixed" if able else "32-true"
    if "LT_CLI_USED" in os.environ:  # `fabric run` has said the rest, and started the processes
        return Fabric(precision=None if "LT_PRECISION" in os.environ else precision)
    strategy = "ddp" if args.devices > 1 else "auto"
    fabric = Fabric(devices=args.devices, strategy=strategy, precision=precision)
    fabric.launch()
    return fabric


def _batches(args: argparse.Namespace, config: TrainConfig, sets: Mapping[str, FaceSet], fabric: Fabric) -> Batches:
    train = {kind: face_set.split("train") for kind, face_set in sets.items()}
    _check_batches(config, train["fer"], fabric.world_size)
    answers = {
        kind: distillation.kept_answers(args.teachers, faces, args.output_dir / f"teachers_{kind}.npz")
        for kind, faces in train.items()
    }
    return Batches(
        fer=train["fer"],
        gender=train.get("gender"),
        batch_size=config.batch_size,
        gender_batch_size=config.gender_batch_size,
        labels=config.labels,
        seed=config.seed,
        rank=fabric.global_rank,
        world=fabric.world_size,
        fer_answers=answers["fer"],
        gender_answers=answers.get("gender", {}),
    )


def _check_batches(config: TrainConfig, faces: LabelledFaces, processes: int) -> None:
    if len(faces) < config.batch_size:
        raise InputError(f"{len(faces)} training pictures are fewer than one batch.", "Lower --batch-size.")
    if config.batch_size % processes or config.gender_batch_size % processes:
        raise UsageError(
            f"Batches of {config.batch_size} and {config.gender_batch_size} faces can't be shared evenly by "
            f"{processes} processes.",
            "Choose another number of --devices.",
        )
    if config.labels not in ("fer", "mixed") and not faces.votes.any():
        raise UsageError(f"--labels {config.labels} needs FER+ votes.", "Give --ferplus fer2013new.csv.")


def _learn(
    learner: Learner,
    batches: Batches,
    valid: Mapping[str, LabelledFaces],
    writer: RunWriter,
    reports: Reports,
    checkpoint: Path,
) -> None:
    epochs = learner.config.epochs
    writer.epoch(learner.history, epochs)
    saved_s = time.monotonic()
    for epoch in range(learner.position[0], epochs):
        steps = tqdm(
            learner.steps(batches),
            desc=f"epoch {epoch + 1}/{epochs}",
            total=batches.steps,
            initial=learner.position[1],
            disable=not learner.fabric.is_global_zero,
        )
        for step in steps:
            writer.step(epoch + 1, epochs, step, batches.steps, learner.loss)
            # The first process decides: if they saved after different steps, they would wait for each other for ever.
            if learner.fabric.broadcast(time.monotonic() - saved_s > _SAVE_EVERY_S):
                learner.save(checkpoint)
                saved_s = time.monotonic()
        learner.end_epoch(valid)
        learner.save(checkpoint)
        saved_s = time.monotonic()
        reports.epoch(learner.history, epochs)


def _finish(
    args: argparse.Namespace, config: TrainConfig, sets: Mapping[str, FaceSet], learner: Learner, writer: RunWriter
) -> Path:
    """Draw the curves, export, and score what was exported; return the model."""
    folder = args.output_dir
    model = folder / "face_expression.onnx"
    valid = {head: face_set.split("valid") for head, face_set in sets.items()}
    plots.learning_curves(writer.record.history, folder / "curves.png")
    writer.doing("exporting")
    export(learner.averaged, valid, model, provenance(args, config, sets))
    if args.int8:
        writer.doing("trying 8-bit convolutions")
        print(quantise(model, sets["fer"].split("train"), valid))
    writer.doing("scoring")
    scores = evaluate.report(Classifier(model), valid.values(), folder / "pictures", folder / "README.md")
    writer.finished(scores)
    print(f"\nModel, card, curves, metrics and pictures are in {folder}.")
    return model


if __name__ == "__main__":
    sys.exit(main())
