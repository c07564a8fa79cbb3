"""Line charts as SVG: they take the colours of the page, scale with it and can be read out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

_WIDTH, _HEIGHT = 440, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 10, 14, 34
# Told apart by their dashes too, for those who can't by colours.
_DASHES = ("", "7 4", "2 3", "9 3 2 3", "4 2", "1 4")
COLOURS = 6
# How the columns of a metrics file are called.
_KEYS = {
    "train_loss": "training",
    "train_fer_accuracy": "training, expression",
    "valid_fer_loss": "validation, expression",
    "valid_fer_accuracy": "validation, expression",
    "valid_gender_loss": "validation, gender",
    "valid_gender_accuracy": "validation, gender",
}


@dataclass(frozen=True)
class Line:
    """One line of a chart. points: (epoch, value)."""

    name: str
    points: Sequence[tuple[float, float]]


def style(number: int) -> tuple[int, str]:
    """Return the colour, below COLOURS, and the dashes of a line by its number; 36 lines look all different."""
    return number % COLOURS, _DASHES[(number + number // COLOURS) % len(_DASHES)]


def chart(title: str, unit: str, lines: Sequence[Line]) -> str:
    """Return a chart of lines over epochs as HTML, its legend below it."""
    lines = [line for line in lines if line.points]
    if not lines:
        return f'<figure class="chart"><figcaption>{escape(title)}</figcaption><p>Nothing yet.</p></figure>'
    xs = [x for line in lines for x, _ in line.points]
    ys = [y for line in lines for _, y in line.points]
    across, up = _ticks(min(xs), max(xs), 6, 1), _ticks(min(ys), max(ys), 5, 1 if unit else 0.01)
    place = _Placing(across, up)
    drawn = "".join(_drawn(line, number, place, unit) for number, line in enumerate(lines))
    label = escape(f"{title}: " + "; ".join(_told(line, unit) for line in lines), quote=True)
    return (
        f'<figure class="chart"><figcaption>{escape(title)}</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">{_grid(place, unit)}{drawn}</svg>'
        f'<ul class="legend">{"".join(_key(line, number, unit) for number, line in enumerate(lines))}</ul></figure>'
    )


def curves(histories: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    """Return charts of accuracy and loss by epoch, of one run or several over each other."""
    accuracy, loss = [], []
    for name, rows in histories.items():
        start = f"{name} " if len(histories) > 1 else ""
        for key in rows[0] if rows else ():
            label = start + _KEYS.get(key, key.replace("_", " "))
            if key.endswith("accuracy"):
                accuracy.append(Line(label, [(row["epoch"], 100 * row[key]) for row in rows]))
            elif key.endswith("loss"):
                loss.append(Line(label, [(row["epoch"], row[key]) for row in rows]))
    return chart("Accuracy", " %", accuracy) + chart("Loss", "", loss)


class _Placing:
    """Where values lie in the picture."""

    def __init__(self, across: list[float], up: list[float]) -> None:
        self.across, self.up = across, up

    def x(self, value: float) -> float:
        share = (value - self.across[0]) / (self.across[-1] - self.across[0])
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.up[0]) / (self.up[-1] - self.up[0])
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def _ticks(low: float, high: float, most: int, least: float) -> list[float]:
    """Return about `most` round numbers, at least `least` apart, that hold a range between them."""
    span = max(high - low, 1e-3)
    step = 10 ** np.floor(np.log10(span / most))
    step *= next(times for times in (1, 2, 5, 10) if span / (step * times) <= most)
    step = max(step, least)
    first, last = np.floor(low / step), np.ceil(high / step)
    return [round(float(number * step), 6) for number in np.arange(first, max(last, first + 1) + 1)]


def _grid(place: _Placing, unit: str) -> str:
    parts = []
    for value in place.up:
        y = place.y(value)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{value:g}{unit}</text>')
    for value in place.across:
        parts.append(f'<text x="{place.x(value)}" y="{_HEIGHT - 18}" text-anchor="middle">{value:g}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    return "".join(parts) + f'<text x="{middle}" y="{_HEIGHT - 2}" text-anchor="middle">epoch</text>'


def _drawn(line: Line, number: int, place: _Placing, unit: str) -> str:
    way = " ".join(f"{place.x(x)},{place.y(y)}" for x, y in line.points)
    colour, dashes = style(number)
    drawn = f'<polyline class="line" points="{way}" stroke-dasharray="{dashes}"/>'
    for x, y in line.points:
        told = f"<title>{escape(line.name)}, epoch {x:g}: {y:.4g}{unit}</title>"
        drawn += (
            f'<circle cx="{place.x(x)}" cy="{place.y(y)}" r="{3 if len(line.points) < 30 else 1.5}">{told}</circle>'
        )
    return f'<g class="c{colour}">{drawn}</g>'


def _key(line: Line, number: int, unit: str) -> str:
    colour, dashes = style(number)
    sample = (
        f'<svg viewBox="0 0 26 8" aria-hidden="true"><line x2="26" y1="4" y2="4" stroke-dasharray="{dashes}"/></svg>'
    )
    return f'<li class="c{colour}">{sample}{escape(line.name)} <b>{line.points[-1][1]:.3g}{unit}</b></li>'


def _told(line: Line, unit: str) -> str:
    return f"{line.name} at epoch {line.points[-1][0]:g}: {line.points[-1][1]:.3g}{unit}"
