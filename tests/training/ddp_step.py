"""One backward pass of the training loop's own parts, in as many processes as asked; saves the gradients.

Run by test_processes.py: `python -m tests.training.ddp_step FER_DIR GENDER_DIR PROCESSES OUT`.
"""

from __future__ import annotations

import sys

import torch
from lightning.fabric import Fabric
from torch import nn

from training.batches import Batches
from training.datasets import load
from training.loss import loss
from training.model import ExpressionNet, ModelConfig
from training.train_config import TrainConfig


def main(fer: str, gender: str, processes: int, out: str) -> None:
    fabric = Fabric(accelerator="cpu", devices=processes, strategy="ddp" if processes > 1 else "auto")
    fabric.launch()
    config = TrainConfig(batch_size=28, gender_batch_size=8)
    batches = Batches(
        fer=load(fer).split("train"),
        gender=load(gender).split("train"),
        batch_size=config.batch_size,
        gender_batch_size=config.gender_batch_size,
        labels=config.labels,
        seed=config.seed,
        rank=fabric.global_rank,
        world=fabric.world_size,
    )
    torch.manual_seed(0)
    net = ExpressionNet(ModelConfig(widths=(8, 16), depths=(1, 1), dropout=0.0))
    trained = fabric.setup(net)
    batch = next(iter(batches.epoch(0)))
    fabric.backward(loss(trained(batch.faces), batch, config))
    if fabric.is_global_zero:
        statistics = dict(net.named_buffers())
        assert any(isinstance(module, nn.BatchNorm2d) for module in net.modules())
        torch.save({n: p.grad for n, p in net.named_parameters()} | statistics, out)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
