"""Train the expression model and export it: `python -m training.train --data FER --gender-data UTKFACE`."""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import pickle
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.fabric import Fabric
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from realtime.errors import EmojiCameraError, InputError, UsageError
from realtime.faces.classifier import Classifier
from realtime.faces.preprocess import PATCH_SIZE
from training import distillation, evaluate
from training import plots as pictures
from training.batches import Batch, Batches
from training.datasets import FaceSet, LabelledFaces, load
from training.export import export
from training.labels import LABELS
from training.model import CONFIGS, ExpressionNet
from training.quantise import quantise

# What the model card's command says.
_TOLD = ("model", "labels", "epochs", "batch_size", "lr", "ferplus_weight", "seed")
# A run that is killed loses at most this much.
_SAVE_EVERY_S = 300.0


@dataclass(frozen=True)
class TrainConfig:
    """What fixes a run besides its data; saved with every checkpoint."""

    model: str = "medium"
    labels: str = "mixed"
    epochs: int = 40
    batch_size: int = 128
    gender_batch_size: int = 32
    lr: float = 0.05
    warmup_epochs: float = 1.0
    weight_decay: float = 5e-4
    label_smoothing: float = 0.1
    ferplus_weight: float = 1.0
    gender_weight: float = 0.5
    # Share of the teachers' answers in the loss, where there are teachers; the labels have the rest.
    teachers_share: float = 0.5
    teachers: tuple[str, ...] = ()
    # The checkpoint whose averaged weights the run begins with, if it does not begin anew.
    start: str = ""
    # Progressive resizing: (side of the patches in pixels, share of the run that has ended when they get larger). Small
    # patches cost less and teach the coarse things first.
    sides: tuple[tuple[int, float], ...] = ((32, 0.45), (40, 0.7), (PATCH_SIZE, 1.0))
    average_decay: float = 0.999
    seed: int = 0


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    args = _parser().parse_args(argv)
    try:
        train(args)
    except EmojiCameraError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"\nStopped. Go on with --resume --output-dir {args.output_dir}.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    default = TrainConfig()
    parser = argparse.ArgumentParser(prog="python -m training.train", description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--data", required=True, metavar="PATH", help="FER-2013: its folder, or fer2013.csv")
    add("--gender-data", metavar="DIR", help="UTKFace files, or aligned crops with labels.csv")
    add("--ferplus", metavar="FILE", help="FER+ votes (fer2013new.csv), unless the data has them")
    add("--labels", choices=LABELS, default=default.labels, help="what the emotion heads learn; default: %(default)s")
    add("--model", choices=CONFIGS, default=default.model, help="default: %(default)s")
    add("--teachers", nargs="+", type=Path, default=[], metavar="ONNX", help="models whose answers are learnt too")
    add("--start-from", type=Path, metavar="CKPT", help="begin with the averaged weights of an earlier run's last.ckpt")
    add("--epochs", type=int, default=default.epochs, help="default: %(default)s")
    add("--batch-size", type=int, default=default.batch_size, help="over all processes; default: %(default)s")
    add("--lr", type=float, default=default.lr, help="peak learning rate; default: %(default)s")
    add(
        "--ferplus-weight",
        type=float,
        default=default.ferplus_weight,
        help="of the FER+ head's loss; default: %(default)s",
    )
    add("--seed", type=int, default=default.seed, help="default: %(default)s")
    add("--devices", type=int, default=1, help="processes on this machine; default: %(default)s")
    add("--precision", default="auto", help="auto, 32-true or bf16-mixed; default: %(default)s")
    add("--int8", action=argparse.BooleanOptionalAction, default=True, help="8-bit convolutions, if they pay")
    add("--resume", nargs="?", const="", metavar="PATH", help="go on from a checkpoint; default: that in --output-dir")
    add("--tensorboard", action="store_true", help="write the figures of every epoch for TensorBoard too")
    add("--output-dir", type=Path, default=Path("runs/default"), metavar="DIR", help="default: %(default)s")
    return parser


def train(args: argparse.Namespace) -> Path | None:
    """Train, draw the curves and export; return the path of the exported model (None in helper processes).

    Raises InputError for data that can't be used, UsageError for a run that can't be resumed.
    """
    config = _config(args)
    fabric = _fabric(args)
    faces = load(args.data, args.ferplus)
    gender = load(args.gender_data) if args.gender_data else None
    valid = {"fer": faces.split("valid")} | ({"gender": gender.split("valid")} if gender else {})
    if fabric.is_global_zero:
        for remark in faces.remarks() + (gender.remarks() if gender else []):
            print(remark)
        args.output_dir.mkdir(parents=True, exist_ok=True)
    batches = _batches(config, faces, gender, args.teachers, fabric)

    torch.manual_seed(config.seed)
    net = ExpressionNet(CONFIGS[config.model]).to(memory_format=torch.channels_last)
    if args.start_from:
        _start_from(args.start_from, net)
    for head in {"fer", "ferplus", "gender"} - _learns(config, gender is not None):
        getattr(net, head).requires_grad_(False)
    learning = [parameter for parameter in net.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(learning, lr=config.lr, momentum=0.9, nesterov=True, weight_decay=config.weight_decay)
    trained, optimizer = fabric.setup(net, optimizer)
    average = AveragedModel(net, avg_fn=_averaging(config.average_decay), use_buffers=True)

    # The random states are functions of the position, so they need no place of their own.
    state = {"net": net, "average": average, "optimizer": optimizer, "position": [0, 0], "steps": []}
    state |= {"config": asdict(config), "history": []}
    checkpoint = args.output_dir / "last.ckpt"
    if args.resume is not None:
        _resume(fabric, Path(args.resume) if args.resume else checkpoint, state)
    board = _board(args.output_dir) if args.tensorboard and fabric.is_global_zero else None
    saved_s = time.monotonic()
    for epoch in range(state["position"][0], config.epochs):
        first_step = state["position"][1]
        progress = tqdm(
            batches.epoch(epoch, first_step),
            desc=f"epoch {epoch + 1}/{config.epochs}",
            total=batches.steps,
            initial=first_step,
            disable=not fabric.is_global_zero,
        )
        for step, batch in enumerate(progress, start=first_step):
            torch.manual_seed(_seed(config, epoch, step, fabric.global_rank))  # dropout
            for group in optimizer.param_groups:
                group["lr"] = config.lr * _schedule(epoch + step / batches.steps, config)
            batch = batch.to(fabric.device)
            logits = trained(_resized(batch.faces, _side(epoch, config)))
            loss = _loss(logits, batch, config)
            optimizer.zero_grad()
            fabric.backward(loss)
            optimizer.step()
            average.update_parameters(net)
            state["steps"].append((loss.item(), _accuracy(logits["fer"][: len(batch.fer)], batch.fer)))
            state["position"] = [epoch, step + 1]
            if time.monotonic() - saved_s > _SAVE_EVERY_S:
                _save(fabric, checkpoint, state)
                saved_s = time.monotonic()
        mean_loss, mean_accuracy = fabric.all_reduce(torch.tensor(state["steps"]).mean(0)).tolist()
        row = {"epoch": epoch + 1, "train_loss": mean_loss, "train_fer_accuracy": mean_accuracy}
        row |= _scores(average.module, valid, fabric.device) if fabric.is_global_zero else {}
        state["history"].append(row)
        state |= {"position": [epoch + 1, 0], "steps": []}
        _save(fabric, checkpoint, state)
        saved_s = time.monotonic()
        if fabric.is_global_zero:
            _write_csv(args.output_dir / "metrics.csv", state["history"])
            for key, value in row.items() if board else ():
                board.add_scalar(key, value, epoch + 1)
            tqdm.write("  ".join(f"{key} {value:.4g}" for key, value in row.items()))
    if board is not None:
        board.close()
    if not fabric.is_global_zero:
        return None
    curves, model = args.output_dir / "curves.png", args.output_dir / "face_expression.onnx"
    pictures.learning_curves(state["history"], curves)
    export(average.module.cpu(), valid, model, _about(args, config, faces, gender))
    if args.int8:
        print(quantise(model, faces.split("train"), valid))
    evaluate.report(Classifier(model), valid.values(), args.output_dir / "pictures", args.output_dir / "README.md")
    print(f"\nModel, card, curves, metrics and pictures are in {args.output_dir}.")
    return model


def _config(args: argparse.Namespace) -> TrainConfig:
    given = {name: getattr(args, name) for name in _TOLD}
    given["teachers"] = tuple(_digest(path) for path in args.teachers)
    if args.start_from:  # such a net knows the coarse things: its patches have their full size from the first step
        given |= {"start": _digest(args.start_from), "sides": ((PATCH_SIZE, 1.0),)}
    return TrainConfig(**given)


def _board(folder: Path) -> Any:
    """Return a writer for TensorBoard. Raises UsageError without the package."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise UsageError(
            "--tensorboard needs the package tensorboard, which is not there. Run 'pip install tensorboard', or leave "
            "it out: metrics.csv has the same figures."
        ) from error
    return SummaryWriter(str(folder / "tensorboard"))


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


def _batches(
    config: TrainConfig, faces: FaceSet, gender: FaceSet | None, models: list[Path], fabric: Fabric
) -> Batches:
    answers = [distillation.answers(models, s.split("train")) if models and s else {} for s in (faces, gender)]
    batches = Batches(
        fer=faces.split("train"),
        gender=gender.split("train") if gender else None,
        batch_size=config.batch_size,
        gender_batch_size=config.gender_batch_size,
        labels=config.labels,
        seed=config.seed,
        rank=fabric.global_rank,
        world=fabric.world_size,
        fer_answers=answers[0],
        gender_answers=answers[1],
    )
    if batches.steps == 0:
        raise InputError(f"{len(batches.fer)} training pictures are fewer than one batch. Lower --batch-size.")
    if config.batch_size % fabric.world_size or config.gender_batch_size % fabric.world_size:
        raise UsageError(
            f"Batches of {config.batch_size} and {config.gender_batch_size} faces can't be shared evenly by "
            f"{fabric.world_size} processes. Choose another number of --devices."
        )
    if config.labels not in ("fer", "mixed") and not batches.fer.votes.any():
        raise UsageError(f"--labels {config.labels} needs FER+ votes. Give --ferplus fer2013new.csv.")
    return batches


def _learns(config: TrainConfig, gender: bool) -> set[str]:
    """Return the heads that have something to learn from."""
    taught = {"fer", "ferplus", "gender"} if config.teachers else set()
    emotion = {"fer": {"fer"}, "mixed": {"fer", "ferplus"}}.get(config.labels, {"ferplus"})
    return taught | emotion | ({"gender"} if gender else set())


def _averaging(decay: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    """Return an exponential average that starts short, so that it does not drag the first, random weights along."""

    def average(old: Tensor, new: Tensor, steps: Tensor | int) -> Tensor:
        kept = min(decay, float((1 + steps) / (10 + steps)))
        return old + (1 - kept) * (new - old)

    return average


def _digest(path: Path) -> str:
    """Return what tells a teacher, or a checkpoint, from others. Raises InputError."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise InputError(
            f"{path} can't be read: {error.strerror}. Teachers are exported .onnx files; a run starts from a last.ckpt."
        ) from error


def _seed(config: TrainConfig, *position: int) -> int:
    return int(np.random.SeedSequence([config.seed, *position]).generate_state(1)[0])


def _schedule(epoch: float, config: TrainConfig) -> float:
    """Return the share of the peak learning rate: a linear warm-up, then half a cosine."""
    if epoch < config.warmup_epochs:
        return (epoch + 0.05) / (config.warmup_epochs + 0.05)
    progress = (epoch - config.warmup_epochs) / max(config.epochs - config.warmup_epochs, 1e-9)
    return 0.5 * (1 + float(np.cos(np.pi * progress)))


def _side(epoch: int, config: TrainConfig) -> int:
    """Return the side in pixels of the patches of an epoch."""
    return next(side for side, end in config.sides if (epoch + 0.5) / config.epochs < end)


def _resized(faces: Tensor, side: int) -> Tensor:
    """Return patches (N, 1, S, S) in another size, float32, or as they are."""
    if faces.shape[-1] == side:
        return faces
    return F.interpolate(faces.float(), size=(side, side), mode="bilinear", antialias=True, align_corners=False)


def _loss(logits: dict[str, Tensor], batch: Batch, config: TrainConfig) -> Tensor:
    """Return the loss of a batch: of the labels, and of the teachers' answers, which all faces have for all heads.

    Every part is divided by the number of faces that could have counted, so that parts of a batch, computed in several
    processes, add up to the whole.
    """
    count, smoothing = len(batch.fer), config.label_smoothing
    heads = _learns(config, len(batch.gender) > 0)
    parts = {}
    if "fer" in heads:
        parts["fer"] = F.cross_entropy(logits["fer"][:count], batch.fer, label_smoothing=smoothing)
    if "ferplus" in heads:
        # Faces without votes have zeros for targets and add nothing.
        parts["ferplus"] = F.cross_entropy(logits["ferplus"][:count], batch.votes)
    if len(batch.gender):
        parts["gender"] = F.cross_entropy(logits["gender"][count:], batch.gender, label_smoothing=smoothing)
    weights = {"fer": 1.0, "ferplus": config.ferplus_weight, "gender": config.gender_weight}
    loss = torch.stack([weights[head] * part for head, part in parts.items()]).sum()
    if not batch.answers:
        return loss
    parts = {head: F.cross_entropy(logits[head], answers) for head, answers in batch.answers.items()}
    taught = torch.stack([weights[head] * part for head, part in parts.items()]).sum()
    return (1 - config.teachers_share) * loss + config.teachers_share * taught


@torch.inference_mode()
def _scores(net: nn.Module, valid: dict[str, LabelledFaces], device: torch.device) -> dict[str, float]:
    """Return loss and accuracy of each head on its own validation labels."""
    net.eval()
    scores = {}
    for head, faces in valid.items():
        parts = torch.from_numpy(faces.patches()).split(256)
        logits = torch.cat([net(part.to(device))[head].float().cpu() for part in parts])
        labels = torch.from_numpy(faces.labels)
        scores[f"valid_{head}_loss"] = F.cross_entropy(logits, labels).item()
        scores[f"valid_{head}_accuracy"] = _accuracy(logits, labels)
    return scores


def _accuracy(logits: Tensor, labels: Tensor) -> float:
    return (logits.argmax(1) == labels).float().mean().item()


def _resume(fabric: Fabric, checkpoint: Path, state: dict[str, Any]) -> None:
    if not checkpoint.is_file():
        raise UsageError(f"There is no checkpoint {checkpoint} to resume from. Leave out --resume to start anew.")
    saved = fabric.load(checkpoint)["config"]
    changed = [key for key, value in state["config"].items() if saved.get(key) != value]
    if changed:
        raise UsageError(f"The run in {checkpoint} was started with other settings: {', '.join(sorted(changed))}.")
    fabric.load(checkpoint, state)


def _start_from(path: Path, net: ExpressionNet) -> None:
    """Give a net the averaged weights of a checkpoint. Raises InputError for a file that has none for this net."""
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)["average"]
        net.load_state_dict(
            {name.removeprefix("module."): value for name, value in saved.items() if name != "n_averaged"}
        )
    except (OSError, EOFError, RuntimeError, LookupError, TypeError, AttributeError, pickle.UnpicklingError) as error:
        raise InputError(
            f"{path} holds no weights for this network: it is damaged, no last.ckpt of a run, or of another --model."
        ) from error


def _save(fabric: Fabric, path: Path, state: dict[str, Any]) -> None:
    part = path.with_suffix(".part")
    fabric.save(part, state)
    if fabric.is_global_zero:
        os.replace(part, path)


def _write_csv(path: Path, rows: list[dict[str, float]]) -> None:
    part = path.with_suffix(".part")
    with part.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    os.replace(part, path)


def _about(args: argparse.Namespace, config: TrainConfig, faces: FaceSet, gender: FaceSet | None) -> dict[str, Any]:
    """Return what the model file says of its making."""
    command = ["python -m training.train --data FER2013"] + (["--gender-data UTKFACE"] if gender else [])
    command += ["--ferplus fer2013new.csv"] if args.ferplus else []
    command += [f"--{name.replace('_', '-')} {getattr(config, name)}" for name in _TOLD]
    made = [_made(path) for path in args.teachers]
    if args.teachers:
        command.append(f"--teachers {' '.join(path.name for path in args.teachers)}")
    if args.start_from:
        made.append(_ran(args.start_from))
        command.append(f"--start-from {args.start_from.name}")
    sets = {"FER-2013": faces} | ({"gender": gender} if gender else {})
    counts = [f"{name} {split} {len(part)}" for name, s in sets.items() for split, part in s.splits.items()]
    return {
        "command": "\n".join([*made, "# The model:" * bool(made), " ".join(command)]).strip(),
        "train_config": asdict(config),
        "seed": config.seed,
        "heads": sorted(_learns(config, gender is not None)),
        "data": f"Pictures: {', '.join(counts)}. Trained on train, chosen on valid; test was not looked at.",
    }


def _made(teacher: Path) -> str:
    """Return how a teacher was made."""
    about = Classifier(teacher).metadata
    command, revision = (json.loads(about.get(key, '"unknown"')) for key in ("command", "git_revision"))
    return f"# The teacher {teacher.name}, with revision {revision}:\n{command}"


def _ran(checkpoint: Path) -> str:
    """Return which run left a checkpoint."""
    config = torch.load(checkpoint, map_location="cpu", weights_only=True)["config"]
    settings = ", ".join(f"{name.replace('_', ' ')} {config[name]}" for name in _TOLD if name in config)
    return f"# The checkpoint {checkpoint.name} is of the run with {settings}."


if __name__ == "__main__":
    sys.exit(main())
