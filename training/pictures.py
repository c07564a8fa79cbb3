"""Pictures of a training run and of a model's scores."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt


def learning_curves(history: list[dict[str, float]], path: Path) -> None:
    """Draw accuracy and loss against the epoch, as the metrics file holds them."""
    epochs = [row["epoch"] for row in history]
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    for key in history[0]:
        if key.endswith("accuracy"):
            left.plot(epochs, [100 * row[key] for row in history], label=key.replace("_", " "))
        elif key.endswith("loss"):
            right.plot(epochs, [row[key] for row in history], label=key.replace("_", " "))
    left.set(title="Accuracy", xlabel="epoch", ylabel="%")
    right.set(title="Loss", xlabel="epoch")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.legend()
    _save(figure, path)


def confusion_matrix(counts: np.ndarray, names: tuple[str, ...], title: str, path: Path) -> None:
    """Draw a confusion matrix; counts int (C, C), rows are the true classes."""
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    figure, axes = plt.subplots(figsize=(6, 5.2), layout="constrained")
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(counts.shape):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, f"{100 * shares[row, column]:.0f}", ha="center", va="center", color=colour)
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right")
    axes.set_yticks(range(len(names)), [f"{name} ({n})" for name, n in zip(names, counts.sum(1), strict=True)])
    axes.set(title=title, xlabel="answer, % of the row", ylabel="label (pictures)")
    _save(figure, path)


def _save(figure: plt.Figure, path: Path) -> None:
    figure.savefig(path, dpi=120)
    plt.close(figure)
