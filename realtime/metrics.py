"""What is told of a face besides the emotions, as numbers: valence, expressiveness, and what its parts do.

`docs/metrics.md` defines each with its source, and says on which pictures it was checked and what it can't tell.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from realtime.records import EMOTIONS, FaceMovement, Reading

_HAPPY, _NEUTRAL = EMOTIONS.index("happy"), EMOTIONS.index("neutral")
_NEGATIVE = [EMOTIONS.index(name) for name in ("angry", "disgust", "fear", "sad")]

# What a part of the face does -> the blendshapes whose mean it is. MediaPipe's cheekSquint and noseSneer are not among
# them: they stay below 0.002 on faces of all expressions. docs/metrics.md tells what was tried instead.
_PARTS = {
    "brow_raise": ("browInnerUp", "browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    "brow_furrow": ("browDownLeft", "browDownRight"),
    "eye_closure": ("eyeBlinkLeft", "eyeBlinkRight"),
    "cheek_raise": ("eyeSquintLeft", "eyeSquintRight"),
    "upper_lip_raise": ("mouthUpperUpLeft", "mouthUpperUpRight"),
    "smile": ("mouthSmileLeft", "mouthSmileRight"),
    "lip_corner_depressor": ("mouthFrownLeft", "mouthFrownRight"),
    "mouth_open": ("jawOpen",),
}
PARTS = (*_PARTS, "smile_with_eyes")
# So many figures are told on a line of the window.
_LINE = 4
METRICS = ("valence", "expressiveness", *PARTS)


def valence(emotions: np.ndarray) -> np.ndarray:
    """Return how pleasant what is shown looks: float (...), -1 to 1.

    It is the probability of happy less that of the likeliest of angry, disgust, fear and sad, as FaceReader has it
    with intensities (Loijens and Krips, FaceReader Methodology Note, 2019).

    emotions: probabilities, float (..., 7), order EMOTIONS.
    """
    return emotions[..., _HAPPY] - emotions[..., _NEGATIVE].max(-1)


def expressiveness(emotions: np.ndarray) -> np.ndarray:
    """Return how likely it is that the face shows anything at all: float (...), 0 to 1, what is left of neutral."""
    return 1 - emotions[..., _NEUTRAL]


def parts_of(movement: FaceMovement) -> dict[str, float]:
    """Return what each part of a face does, 0 to 1, by the names in PARTS."""
    shapes = movement.blendshapes
    parts = {name: sum(shapes.get(shape, 0.0) for shape in made_of) / len(made_of) for name, made_of in _PARTS.items()}
    # The weaker of both: it takes the mouth and the eyes.
    return parts | {"smile_with_eyes": min(parts["smile"], parts["cheek_raise"])}


def metrics_of(reading: Reading) -> Mapping[str, float | None]:
    """Return all metrics of a reading, by the names in METRICS; None for parts that were not looked at."""
    emotions = reading.prediction.emotions
    shown = {"valence": float(valence(emotions)), "expressiveness": float(expressiveness(emotions))}
    return shown | (dict.fromkeys(PARTS) if reading.movement is None else parts_of(reading.movement))


def lines_of(reading: Reading) -> list[str]:
    """Return the metrics of a reading as short lines for the window."""
    told = [f"{name.replace('_', ' ')} {value:.2f}" for name, value in metrics_of(reading).items() if value is not None]
    rows = [told[at : at + _LINE] for at in range(0, len(told), _LINE)]
    return [f"{'' if at else f'face {reading.track}:'}  {'  '.join(row)}" for at, row in enumerate(rows)]
