"""Is training held up by making its pictures? `python -m tests.bench.training_speed FER_DIR GENDER_DIR`

Times the bare step (forward, backward, update) on one cached batch, and real steps with pictures made beside them, in
turns; prints the ratio of their medians and the growth of memory over the epochs.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator

import numpy as np
import torch

from training.batches import Batch, Batches
from training.datasets import load
from training.loss import loss
from training.model import CONFIGS, ExpressionNet
from training.train_config import TrainConfig


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("fer")
    parser.add_argument("gender")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--steps", type=int, default=12, help="of each kind, per round")
    args = parser.parse_args()
    config = TrainConfig()
    batches = Batches(
        fer=load(args.fer).split("train"),
        gender=load(args.gender).split("train"),
        batch_size=config.batch_size,
        gender_batch_size=config.gender_batch_size,
        labels=config.labels,
        seed=config.seed,
    )
    net = ExpressionNet(CONFIGS[config.model]).to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, nesterov=True)

    def step(batch: Batch) -> float:
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(batch.faces)
        optimizer.zero_grad()
        loss(logits, batch, config).backward()
        optimizer.step()
        return time.perf_counter() - start

    def endless() -> Iterator[Batch]:
        epoch = 0
        while True:
            yield from batches.epoch(epoch)
            epoch += 1

    fresh = endless()
    cached = next(fresh)
    for _ in range(3):
        step(cached)
    ratios, memory = [], []
    for number in range(args.rounds):
        bare = [step(cached) for _ in range(args.steps)]
        real = []
        for _ in range(args.steps):
            start = time.perf_counter()
            step(next(fresh))
            real.append(time.perf_counter() - start)
        ratios.append(np.median(bare) / np.median(real))
        memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        print(f"round {number + 1}: bare {np.median(bare):.3f} s, real {np.median(real):.3f} s, ratio {ratios[-1]:.3f}")
    print(f"throughput of real steps: {np.median(ratios):.1%} of bare ones (median of {args.rounds} rounds)")
    print(f"peak memory: {memory[1]:.0f} MB after the second round, {memory[-1]:.0f} MB after the last")


if __name__ == "__main__":
    main()
