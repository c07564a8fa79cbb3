"""Short runs of training, for the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# Enough for the drawn faces, and a tenth of the time.
TINY = {"widths": (16, 32, 64, 96), "depths": (1, 1, 2, 2)}


def arguments(fer: Path, gender: Path, out: Path, epochs: int) -> list[str]:
    """Return the arguments of a short run of the small network."""
    paths = ["--data", str(fer), "--gender-data", str(gender), "--output-dir", str(out)]
    size = ["--model", "small", "--epochs", str(epochs), "--batch-size", "28"]
    return [*paths, *size, "--precision", "32-true", "--no-int8"]


def run(fer: Path, gender: Path, out: Path, epochs: int, *more: str) -> int:
    """Train; return the exit code."""
    from training import train

    return train.main([*arguments(fer, gender, out, epochs), *more])


def averaged(checkpoint: Path) -> Any:
    """Return the averaged network of a checkpoint."""
    import torch

    from training.model import CONFIGS, ExpressionNet

    state = torch.load(checkpoint, weights_only=False)
    net = ExpressionNet(CONFIGS[state["config"]["model"]])
    net.load_state_dict({k.removeprefix("module."): v for k, v in state["average"].items() if k != "n_averaged"})
    return net.eval()
