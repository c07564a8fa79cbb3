"""Pictures of a training run and of a model's scores."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import matplotlib
import numpy as np

from training.datasets import LabelledFaces
from training.metrics import Score, calibration_error

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure


def learning_curves(history: list[dict[str, float]], path: Path) -> None:
    """Draw accuracy and loss against the epoch; history: a row of figures for each epoch, as run.json has it."""
    compared({"": history}, path)


def compared(histories: Mapping[str, list[dict[str, float]]], path: Path) -> None:
    """Draw accuracy and loss of several runs over each other; name of the run -> its history."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    for name, history in histories.items():
        epochs = [row["epoch"] for row in history]
        for key in history[0] if history else ():
            label = f"{name} {key.replace('_', ' ')}".strip()
            if key.endswith("accuracy"):
                left.plot(epochs, [100 * row.get(key, np.nan) for row in history], label=label)
            elif key.endswith("loss"):
                right.plot(epochs, [row.get(key, np.nan) for row in history], label=label)
    left.set(title="Accuracy", xlabel="epoch", ylabel="%")
    right.set(title="Loss", xlabel="epoch")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.legend(fontsize="medium" if len(histories) < 3 else "x-small")
    _save(figure, path)


def side_by_side(scores: Mapping[str, Score], title: str, path: Path) -> None:
    """Draw the recalls of several models as bars beside each other, and their confusion matrices below; by model."""
    columns = max(len(scores), 2)
    figure = plt.figure(figsize=(5 * columns, 8.5), layout="constrained")
    grid = figure.add_gridspec(2, columns, height_ratios=(2, 3))
    bars = figure.add_subplot(grid[0, :])
    for place, (name, score) in enumerate(scores.items()):
        offsets = np.arange(len(score.recalls)) + (place - (len(scores) - 1) / 2) * 0.8 / len(scores)
        label = f"{name}: {100 * score.accuracy:.1f} %, balanced {100 * score.balanced_accuracy:.1f} %"
        bars.bar(offsets, [100 * recall for recall in score.recalls.values()], 0.8 / len(scores), label=label)
        bars.set_xticks(range(len(score.recalls)), list(score.recalls))
        draw_confusion(figure.add_subplot(grid[1, place]), score.confusion, score.classes, name)
    bars.set(title=title, ylabel="recall, %", ylim=(0, 105))
    bars.grid(axis="y", alpha=0.3)
    bars.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2)
    _save(figure, path)


def confusion_matrix(counts: np.ndarray, names: tuple[str, ...], title: str, path: Path) -> None:
    """Draw a confusion matrix; counts int (C, C), rows are the true classes."""
    figure, axes = plt.subplots(figsize=(6, 5.2), layout="constrained")
    draw_confusion(axes, counts, names, title)
    _save(figure, path)


def draw_confusion(axes: Axes, counts: np.ndarray, names: tuple[str, ...], title: str) -> None:
    """Draw a confusion matrix into axes; counts int (C, C), rows are the true classes."""
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(counts.shape):
        colour = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, f"{100 * shares[row, column]:.0f}", ha="center", va="center", color=colour)
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right")
    axes.set_yticks(range(len(names)), [f"{name} ({n})" for name, n in zip(names, counts.sum(1), strict=True)])
    axes.set(title=title, xlabel="answer, % of the row", ylabel="label (pictures)")


def bars(shares: Mapping[str, float], title: str, path: Path) -> None:
    """Draw shares, 0 to 1, by name, and their mean."""
    figure, axes = plt.subplots(figsize=(7, 0.4 * len(shares) + 1.2), layout="constrained")
    names = list(shares)
    values = [100 * shares[name] for name in names]
    drawn = axes.barh(names, values, color="#4878b0")
    axes.bar_label(drawn, fmt="%.0f", padding=3)
    axes.axvline(float(np.mean(values)), color="black", linestyle=":", label=f"mean {np.mean(values):.1f}")
    axes.set(title=title, xlabel="%", xlim=(0, 108))
    axes.invert_yaxis()
    axes.legend(loc="lower right")
    _save(figure, path)


def reliability(bins: list[tuple[float, float, float]], title: str, path: Path) -> None:
    """Draw accuracy against confidence; bins: mean confidence, accuracy and share of the pictures."""
    confidence, accuracy, share = np.array(bins).T
    figure, axes = plt.subplots(figsize=(5, 5), layout="constrained")
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="as sure as right")
    axes.plot(confidence, accuracy, color="#4878b0")
    axes.scatter(confidence, accuracy, s=20 + 600 * share, color="#4878b0", label="size: share of the pictures")
    error = calibration_error(bins)
    axes.set(title=f"{title}\ncalibration error {error:.3f}", xlabel="confidence", ylabel="accuracy")
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    axes.legend()
    _save(figure, path)


def mistakes(faces: list[tuple[np.ndarray, str]], title: str, path: Path, columns: int = 10) -> None:
    """Draw pictures, uint8 (H, W) grey, each under its line of text."""
    rows = max(-(-len(faces) // columns), 1)
    figure, places = plt.subplots(
        rows, columns, figsize=(columns * 1.1, rows * 1.5), layout="constrained", squeeze=False
    )
    for place in places.flat:
        place.axis("off")
    for place, (image, text) in zip(places.flat, faces, strict=False):
        place.imshow(image, cmap="gray", vmin=0, vmax=255)
        place.set_title(text, fontsize=7)
    figure.suptitle(f"The boldest mistakes: {title}")
    _save(figure, path)


def contact_sheet(splits: Mapping[str, LabelledFaces], path: Path, columns: int = 12, side_px: int = 64) -> None:
    """Draw some pictures of every class, taken evenly over all splits."""
    classes = next(iter(splits.values())).classes
    figure, axes = plt.subplots(len(classes), 1, figsize=(columns * 0.8, len(classes) * 0.95), layout="constrained")
    for row, (name, place) in enumerate(zip(classes, np.atleast_1d(axes), strict=True)):
        pool = [faces.images[i] for faces in splits.values() for i in np.flatnonzero(faces.labels == row)]
        chosen = [pool[i] for i in np.linspace(0, len(pool) - 1, min(columns, len(pool))).astype(int)]
        strip = np.full((side_px, side_px * columns), 255, np.uint8)
        for place_index, image in enumerate(chosen):
            strip[:, place_index * side_px : (place_index + 1) * side_px] = cv2.resize(image, (side_px, side_px))
        place.imshow(strip, cmap="gray", vmin=0, vmax=255)
        place.set(xticks=[], yticks=[], ylabel=f"{name}\n{len(pool)}")
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=120)
    plt.close(figure)
