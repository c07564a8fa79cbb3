"""What changes over a run: the learning rate, the size of the patches, the moving average, the random numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from torch import Tensor
from torch.nn import functional as F

from training.train_config import TrainConfig


def learning_rate(epoch: float, config: TrainConfig) -> float:
    """Return the learning rate: a linear warm-up, then half a cosine (SGDR without restarts; Loshchilov, 2017).

    epoch: from 0, with the fraction of it that is done.
    """
    if epoch < config.warmup_epochs:
        return config.lr * ((epoch + 0.05) / (config.warmup_epochs + 0.05))
    progress = (epoch - config.warmup_epochs) / max(config.epochs - config.warmup_epochs, 1e-9)
    return config.lr * (0.5 * (1 + float(np.cos(np.pi * progress))))


def side_px(epoch: int, config: TrainConfig) -> int:
    """Return the side of the patches in an epoch, from 0."""
    return next(side for side, end in config.sides if (epoch + 0.5) / config.epochs < end)


def resized(faces: Tensor, side: int) -> Tensor:
    """Return patches (N, 1, S, S) in another size, float32, or as they are."""
    if faces.shape[-1] == side:
        return faces
    return F.interpolate(faces.float(), size=(side, side), mode="bilinear", antialias=True, align_corners=False)


def averaging(decay: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    """Return an exponential moving average of the weights.

    It starts with a short memory, so that the first, random weights are soon forgotten. decay: what is kept of the
    average in each step once it is running, 0 to 1.
    """

    def average(old: Tensor, new: Tensor, steps: Tensor | int) -> Tensor:
        kept = min(decay, float((1 + steps) / (10 + steps)))
        return old + (1 - kept) * (new - old)

    return average


def seed_at(config: TrainConfig, *position: int) -> int:
    """Return the seed of a position in a run, such as epoch, step and process."""
    return int(np.random.SeedSequence([config.seed, *position]).generate_state(1)[0])
