"""How well each metric of parts of the face tells an expression from a neutral face: `python -m tests.bench.parts DIR`.

DIR has a folder for each expression, `neutral` among them, with pictures of one face each, cut loosely or tightly.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from realtime.faces.landmarks import Landmarker
from realtime.images import read_picture
from realtime.metrics import PARTS, parts_of
from realtime.records import EMOTIONS, Region

# Pictures are shown to the landmarker in this size, with a border that gives cut chins and foreheads some room.
_SIZE_PX, _BORDER = 256, 0.25
# The landmarker looks at 1.9 sides of a region.
_LOOKS_AT = 1.9


def measured(landmarker: Landmarker, path: Path) -> dict[str, float] | None:
    """Return the metrics of the face of a picture; None where its parts are not found."""
    image = cv2.resize(read_picture(path), (_SIZE_PX, _SIZE_PX), interpolation=cv2.INTER_CUBIC)
    border = round(_BORDER * _SIZE_PX)
    image = cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_REPLICATE)
    side = image.shape[0]
    movement = landmarker.movement(image, Region((side / 2, side / 2), side / _LOOKS_AT))
    return None if movement is None else parts_of(movement)


def auc(shown: np.ndarray, neutral: np.ndarray) -> float:
    """Return how often a face that shows something has more of it than a neutral one; 0.5 is chance."""
    return float((shown[:, None] > neutral).mean() + (shown[:, None] == neutral).mean() / 2)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=200, help="pictures of each expression; default: 200")
    options = parser.parse_args()
    landmarker = Landmarker(movements=True)
    values: dict[str, list[dict[str, float]]] = {}
    for name in (name for name in EMOTIONS if (options.folder / name).is_dir()):
        paths = sorted((options.folder / name).iterdir())[: options.most]
        values[name] = [told for path in paths if (told := measured(landmarker, path)) is not None]
    landmarker.close()
    print(f"| metric | {' | '.join(f'{name} ({len(told)})' for name, told in values.items())} |")
    print(f"| --- |{' --- |' * len(values)}")
    for part in PARTS:
        column = {name: np.array([one[part] for one in told]) for name, told in values.items()}
        cells = (f"{column[name].mean():.2f}, {auc(column[name], column['neutral']):.2f}" for name in values)
        print(f"| {part} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
