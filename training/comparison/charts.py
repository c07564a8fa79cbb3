"""The pictures of the comparison's tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from realtime.images import replacing
from training.comparison.results import Row
from training.plots import draw_confusion

# Draws rows of a table.
Chart = Callable[[list[Row], Path], None]


def number(row: Row, key: str) -> float:
    """Return a figure of a row, not a number where it has none."""
    return float(row.get(key) or "nan")


def bars(key: str, title: str, unit: str, interval: bool = False) -> Chart:
    """Draw a figure of every row as a bar; shares in %. interval: with the row's `low` and `high`."""

    def draw(rows: list[Row], path: Path) -> None:
        scale = 100 if unit == "%" else 1
        values = [scale * number(row, key) for row in rows]
        figure, axes = plt.subplots(figsize=(7, 0.42 * len(rows) + 1.2), layout="constrained")
        names = [f"{row['row']}: {value:.3g}" for row, value in zip(rows, values, strict=True)]
        axes.barh(names, np.nan_to_num(values), color="#4878b0")
        if interval:
            ends = np.array([[scale * number(row, end) for row in rows] for end in ("low", "high")])
            reach = np.abs(ends - np.array(values))
            axes.errorbar(values, range(len(rows)), xerr=reach, fmt="none", ecolor="black", capsize=3)
        axes.set(title=title, xlabel=unit)
        axes.invert_yaxis()
        save(figure, path)

    return draw


def lines(x: str, series: Mapping[str, str], title: str, labels: tuple[str, str], percent: bool = True) -> Chart:
    """Draw figures against another one; series: name -> key; labels: of both axes; percent: shares in %."""

    def draw(rows: list[Row], path: Path) -> None:
        figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
        plot_lines(axes, rows, x, series, percent)
        axes.set(title=title, xlabel=labels[0], ylabel=labels[1])
        save(figure, path)

    return draw


def plot_lines(axes: Axes, rows: list[Row], x: str, series: Mapping[str, str], percent: bool) -> None:
    """Plot figures against another one into axes."""
    ordered = sorted(rows, key=lambda row: number(row, x))
    for name, key in series.items():
        values = [(100 if percent else 1) * number(row, key) for row in ordered]
        axes.plot([number(row, x) for row in ordered], values, marker="o", label=name)
    axes.grid(alpha=0.3)
    if len(series) > 1:
        axes.legend(fontsize="small")


def matrix(columns: Mapping[str, str], title: str) -> Chart:
    """Draw shares of rows by columns as a field of numbers, in %; columns: head -> key."""

    def draw(rows: list[Row], path: Path) -> None:
        shown = {head: key for head, key in columns.items() if any(row.get(key) for row in rows)}
        values = np.array([[100 * number(row, key) for key in shown.values()] for row in rows])
        figure, axes = plt.subplots(figsize=(1.5 * len(shown) + 3, 0.45 * len(rows) + 1.6), layout="constrained")
        axes.imshow(np.nan_to_num(values), cmap="Blues", vmin=0, vmax=100, aspect="auto")
        for (row, column), value in np.ndenumerate(values):
            text = "-" if np.isnan(value) else f"{value:.0f}"
            axes.text(column, row, text, ha="center", va="center", color="white" if value > 55 else "black")
        axes.set_xticks(range(len(shown)), list(shown))
        axes.set_yticks(range(len(rows)), [row["row"] for row in rows])
        axes.set(title=title, xlabel="tested on, %", ylabel="learnt from")
        save(figure, path)

    return draw


def confusions(classes: Sequence[str]) -> Chart:
    """Draw the confusion matrix of every method, from rows of a method and a label each."""

    def draw(rows: list[Row], path: Path) -> None:
        methods = list(dict.fromkeys(row["method"] for row in rows))
        across = 2 if len(methods) > 1 else 1
        down = -(-len(methods) // across)
        figure, places = plt.subplots(
            down, across, figsize=(5.4 * across, 4.8 * down), layout="constrained", squeeze=False
        )
        for place in places.flat[len(methods) :]:
            place.axis("off")
        for place, method in zip(places.flat, methods, strict=False):
            own = {row["label"]: row for row in rows if row["method"] == method}
            counts = np.array([[int(own[label][name]) for name in classes] for label in classes])
            draw_confusion(place, counts, tuple(classes), method)
        save(figure, path)

    return draw


def spans(rows: list[Row], path: Path) -> None:
    """Draw when in each recording a person is at rest and at the apex."""
    people = [row for row in rows if row.get("apex s")]
    figure, axes = plt.subplots(figsize=(7, 0.6 * len(people) + 1.4), layout="constrained")
    for place, row in enumerate(people):
        axes.plot([number(row, "neutral s"), number(row, "apex s")], [place, place], color="grey")
        axes.scatter(number(row, "neutral s"), place, color="#4878b0", label="neutral" if not place else None)
        axes.scatter(number(row, "apex s"), place, color="#c8553d", label="apex" if not place else None)
        axes.annotate(row["at the apex"], (number(row, "apex s"), place), xytext=(4, 6), textcoords="offset points")
    axes.set_yticks(range(len(people)), [row["row"] for row in people])
    axes.set(title="Found in recordings", xlabel="s", ylim=(-0.6, len(people)))
    axes.legend(loc="upper right", fontsize="small")
    save(figure, path)


def save(figure: Figure, path: Path) -> None:
    """Write a picture whole or not at all."""
    with replacing(path) as part:
        figure.savefig(part, dpi=80, format="png")
    plt.close(figure)
