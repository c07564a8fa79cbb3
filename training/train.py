"""Train the expression model and export it: `python -m training.train --data FER --gender-data UTKFACE`.

Every random choice is drawn from (seed, epoch, step), never from a running state, so that a run
resumed from its last checkpoint goes on exactly as it would have without the interruption.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
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
from training import pictures
from training.augment import augmented_patch
from training.data import LabelledFaces, load_fer, load_gender
from training.export import export
from training.model import ExpressionNet, ModelConfig


@dataclass(frozen=True)
class TrainConfig:
    """What fixes a run besides its data; saved with every checkpoint."""

    epochs: int = 40
    batch_size: int = 128
    gender_batch_size: int = 48
    lr: float = 0.05
    warmup_epochs: float = 1.0
    weight_decay: float = 5e-4
    label_smoothing: float = 0.1
    ferplus_weight: float = 1.0
    gender_weight: float = 0.5
    average_decay: float = 0.999
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Batch:
    """One step's faces: the first len(fer) rows are FER pictures, the rest are of the gender set.

    faces: uint8 (N, 1, S, S). fer: int64 (F,). votes: float32 (F, 8). gender: int64 (N - F,).
    """

    faces: Tensor
    fer: Tensor
    votes: Tensor
    gender: Tensor


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
    parser.add_argument("--data", required=True, metavar="PATH", help="FER-2013: its folder, or fer2013.csv")
    parser.add_argument("--gender-data", metavar="DIR", help="aligned UTKFace crops with labels.csv")
    parser.add_argument("--epochs", type=int, default=default.epochs, help="default: %(default)s")
    parser.add_argument("--batch-size", type=int, default=default.batch_size, help="default: %(default)s")
    parser.add_argument("--lr", type=float, default=default.lr, help="peak learning rate, default: %(default)s")
    parser.add_argument("--seed", type=int, default=default.seed, help="default: %(default)s")
    parser.add_argument("--precision", default="auto", help="auto, 32-true or bf16-mixed; default: %(default)s")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --output-dir")
    parser.add_argument("--output-dir", type=Path, default=Path("runs/default"), metavar="DIR")
    return parser


def train(args: argparse.Namespace) -> Path:
    """Train, draw the curves and export; return the path of the exported model.

    Raises InputError for data that can't be used, UsageError for a run that can't be resumed.
    """
    config = TrainConfig(epochs=args.epochs, batch_size=args.batch_size, lr=args.lr, seed=args.seed)
    fer = load_fer(args.data)
    gender = load_gender(args.gender_data) if args.gender_data else {}
    for name in ("train", "valid"):
        if name not in fer:
            raise InputError(f"{args.data} has no '{name}' split. Add one (train/, valid/) or use fer2013.csv.")
    args.output_dir.mkdir(parents=True, exist_ok=True)

    fabric = Fabric(accelerator="cpu", devices=1, precision=_precision(args.precision))
    torch.manual_seed(config.seed)
    net = ExpressionNet(ModelConfig()).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        net.parameters(), lr=config.lr, momentum=0.9, nesterov=True, weight_decay=config.weight_decay
    )
    average = AveragedModel(net, avg_fn=_averaging(config.average_decay), use_buffers=True)
    trained, optimizer = fabric.setup(net, optimizer)
    state = {"net": net, "average": average, "optimizer": optimizer, "epoch": 0, "config": asdict(config)}
    checkpoint, metrics = args.output_dir / "last.ckpt", args.output_dir / "metrics.csv"
    history: list[dict[str, float]] = []
    if args.resume:
        history = _resume(fabric, checkpoint, metrics, state)

    valid = {"fer": fer["valid"]} | ({"gender": gender["valid"]} if gender else {})
    steps = len(fer["train"]) // config.batch_size
    if steps == 0:
        raise InputError(f"{len(fer['train'])} training pictures are fewer than one batch. Lower --batch-size.")
    for epoch in range(state["epoch"], config.epochs):
        losses = []
        batches = _prefetched(_batches(fer["train"], gender.get("train"), config, epoch))
        for step, batch in enumerate(tqdm(batches, total=steps, desc=f"epoch {epoch + 1}/{config.epochs}")):
            done = epoch * steps + step
            torch.manual_seed(config.seed * 1_000_003 + done)  # dropout
            for group in optimizer.param_groups:
                group["lr"] = config.lr * _schedule(done / steps, config)
            loss = _loss(trained(batch.faces), batch, config)
            optimizer.zero_grad()
            fabric.backward(loss)
            optimizer.step()
            average.update_parameters(net)
            losses.append(loss.item())
        row = {"epoch": epoch + 1, "train_loss": float(np.mean(losses))} | _scores(average.module, valid)
        history.append(row)
        _write_csv(metrics, history)
        state["epoch"] = epoch + 1
        _save(fabric, checkpoint, state)
        tqdm.write("  ".join(f"{key} {value:.4g}" for key, value in row.items()))
    pictures.learning_curves(history, args.output_dir / "curves.png")
    model = args.output_dir / "face_expression.onnx"
    export(average.module, fer["valid"], model, _about(args, config, fer, gender))
    print(f"Wrote {model}, {args.output_dir / 'curves.png'} and {metrics}.")
    return model


def _about(
    args: argparse.Namespace, config: TrainConfig, fer: dict[str, LabelledFaces], gender: dict[str, LabelledFaces]
) -> dict[str, Any]:
    """Return what the model file says of its making."""
    command = f"python -m training.train --data FER2013{' --gender-data UTKFACE' if gender else ''}"
    command += f" --epochs {config.epochs} --batch-size {config.batch_size} --lr {config.lr} --seed {config.seed}"
    counts = [
        f"{name} {split} {len(faces)}"
        for name, s in (("FER-2013", fer), ("gender", gender))
        for split, faces in s.items()
    ]
    return {
        "command": command,
        "train_config": asdict(config),
        "seed": config.seed,
        "data": f"Pictures: {', '.join(counts)}. Trained on train, chosen on valid; test was not looked at.",
    }


def _precision(wanted: str) -> Any:
    if wanted != "auto":
        return wanted
    return "bf16-mixed" if torch.cpu._is_avx512_bf16_supported() else "32-true"


def _averaging(decay: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    """Return an exponential average that starts short, so that it does not drag the first, random weights along."""

    def average(old: Tensor, new: Tensor, steps: Tensor | int) -> Tensor:
        kept = min(decay, float((1 + steps) / (10 + steps)))
        return old + (1 - kept) * (new - old)

    return average


def _schedule(epoch: float, config: TrainConfig) -> float:
    """Return the share of the peak learning rate: a linear warm-up, then half a cosine."""
    if epoch < config.warmup_epochs:
        return (epoch + 0.05) / (config.warmup_epochs + 0.05)
    progress = (epoch - config.warmup_epochs) / max(config.epochs - config.warmup_epochs, 1e-9)
    return 0.5 * (1 + float(np.cos(np.pi * progress)))


def _batches(fer: LabelledFaces, gender: LabelledFaces | None, config: TrainConfig, epoch: int) -> Iterator[Batch]:
    order = np.random.default_rng([config.seed, epoch, 0]).permutation(len(fer))
    gender_order = _cycled(gender, config, epoch, len(order) // config.batch_size)
    votes = np.zeros((len(fer), 8), np.float32) if fer.votes is None else fer.votes
    for step in range(len(order) // config.batch_size):
        rng = np.random.default_rng([config.seed, epoch, 1, step])
        rows = order[step * config.batch_size : (step + 1) * config.batch_size]
        patches = [augmented_patch(fer.images[row], fer.region, rng) for row in rows]
        labels = np.zeros(0, np.int64)
        if gender is not None:
            gender_rows = gender_order[step]
            patches += [augmented_patch(gender.images[row], gender.region, rng) for row in gender_rows]
            labels = gender.labels[gender_rows]
        faces = torch.from_numpy(np.stack(patches)[:, None])
        yield Batch(*(faces, *map(torch.from_numpy, (fer.labels[rows], votes[rows], labels))))


def _cycled(gender: LabelledFaces | None, config: TrainConfig, epoch: int, steps: int) -> np.ndarray:
    """Return the gender set's rows of an epoch, (steps, gender_batch_size)."""
    if gender is None:
        return np.zeros((steps, 0), int)
    rng = np.random.default_rng([config.seed, epoch, 2])
    needed = steps * config.gender_batch_size
    rounds = [rng.permutation(len(gender)) for _ in range(-(-needed // len(gender)))]
    return np.concatenate(rounds)[:needed].reshape(steps, -1)


def _prefetched(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Make the next batch in another thread while the caller works on this one."""
    with ThreadPoolExecutor(1) as pool:
        coming: Future[Batch | None] = pool.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = pool.submit(next, batches, None)
            yield batch


def _loss(logits: dict[str, Tensor], batch: Batch, config: TrainConfig) -> Tensor:
    faces = len(batch.fer)
    loss = F.cross_entropy(logits["fer"][:faces], batch.fer, label_smoothing=config.label_smoothing)
    voted = batch.votes.sum(1) > 0
    if voted.any():
        loss = loss + config.ferplus_weight * F.cross_entropy(logits["ferplus"][:faces][voted], batch.votes[voted])
    if len(batch.gender):
        gender_loss = F.cross_entropy(logits["gender"][faces:], batch.gender, label_smoothing=config.label_smoothing)
        loss = loss + config.gender_weight * gender_loss
    return loss


@torch.inference_mode()
def _scores(net: nn.Module, valid: dict[str, LabelledFaces]) -> dict[str, float]:
    """Return loss and accuracy of each head on its own validation labels."""
    net.eval()
    scores = {}
    for head, faces in valid.items():
        logits = torch.cat([net(part)[head] for part in torch.from_numpy(faces.patches()).split(256)])
        labels = torch.from_numpy(faces.labels)
        scores[f"valid_{head}_loss"] = F.cross_entropy(logits, labels).item()
        scores[f"valid_{head}_accuracy"] = (logits.argmax(1) == labels).float().mean().item()
    return scores


def _resume(fabric: Fabric, checkpoint: Path, metrics: Path, state: dict[str, Any]) -> list[dict[str, float]]:
    if not checkpoint.is_file():
        raise UsageError(f"There is no checkpoint {checkpoint} to resume from. Leave out --resume to start anew.")
    wanted = dict(state["config"])
    fabric.load(checkpoint, state)
    if state["config"] != wanted:
        changed = {key for key in wanted if wanted[key] != state["config"].get(key)}
        raise UsageError(f"The run in {checkpoint} was started with other settings: {', '.join(sorted(changed))}.")
    with metrics.open(newline="") as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    return [row | {"epoch": int(row["epoch"])} for row in rows[: state["epoch"]]]


def _save(fabric: Fabric, path: Path, state: dict[str, Any]) -> None:
    part = path.with_suffix(".part")
    fabric.save(part, state)
    os.replace(part, path)


def _write_csv(path: Path, rows: list[dict[str, float]]) -> None:
    part = path.with_suffix(".part")
    with part.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    os.replace(part, path)


if __name__ == "__main__":
    sys.exit(main())
