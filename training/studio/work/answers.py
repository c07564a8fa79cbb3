"""What a model answered to every picture of a validation split, sorted into the cells of its confusion matrix."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from realtime.errors import InputError, OutputError
from realtime.images import replacing
from training.metrics import Score

# Each picture as the page shows it.
SIDE_PX = 48
# Pictures of one cell that are told of, the boldest answers first.
MOST = 200

Watch = Callable[[Sequence[Any], str], Iterator[Any]]


def sorted_answers(score: Score, sprite: Path, watch: Watch) -> dict[str, Any]:
    """Draw all pictures of a score into one file, and tell which of them lie in which cell.

    Args:
        score: The answers.
        sprite: The file; picture n is in column n % columns and row n // columns.
        watch: Shows how far it is.

    Returns:
        classes; columns, and rows of pictures in the file; cells: label -> answer -> how many; and pictures: label ->
        answer -> [number in the file, confidence in percent, name] each, at most MOST of them.

    Raises:
        InputError: No picture has a label for this output.
        OutputError: The file can't be written.
    """
    chosen = np.flatnonzero(score.known)
    if not len(chosen):
        raise InputError("No picture of this set has a label for this output.", "Choose another output.")
    columns = math.isqrt(len(chosen) - 1) + 1
    rows = math.ceil(len(chosen) / columns)
    sheet = np.zeros((rows * SIDE_PX, columns * SIDE_PX), np.uint8)
    confidence = score.probabilities.max(1)
    pictures: list[list[list[tuple[int, int, str]]]] = [[[] for _ in score.classes] for _ in score.classes]
    for number, index in enumerate(watch(chosen.tolist(), "drawing the pictures")):
        top, left = number // columns * SIDE_PX, number % columns * SIDE_PX
        image = cv2.resize(score.faces.images[index], (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
        sheet[top : top + SIDE_PX, left : left + SIDE_PX] = image
        cell = pictures[score.labels[index]][score.answers[index]]
        cell.append((number, round(100 * float(confidence[index])), score.faces.names[index]))
    _write(sheet, sprite)
    boldest = [[sorted(cell, key=lambda one: -one[1])[:MOST] for cell in row] for row in pictures]
    return {
        "classes": list(score.classes),
        "columns": columns,
        "rows": rows,
        "cells": score.confusion.tolist(),
        "pictures": boldest,
    }


def _write(sheet: np.ndarray, sprite: Path) -> None:
    try:
        with replacing(sprite) as part:
            part.write_bytes(cv2.imencode(".png", sheet)[1].tobytes())
    except OSError as error:
        raise OutputError(f"{sprite} can't be written: {error.strerror}.", "Free some space.") from error
