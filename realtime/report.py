"""What is told of each face: lines for people, JSON for programs."""

from __future__ import annotations

import json

import numpy as np

from realtime.records import EMOTIONS, GENDERS, Frame, Prediction, Reading


def as_json(frame: Frame, reading: Reading) -> str:
    """Return one face of one frame as a JSON object on one line.

    Boxes are in pixels of the source frame. Probabilities are averages over time; "raw" holds this frame's own,
    null while the face is only expected to be there.
    """
    raw = reading.raw
    return json.dumps(
        {
            "source": frame.source,
            "frame": frame.index,
            "time_s": round(frame.time_s, 4),
            "track": reading.track,
            "box": [round(edge, 1) for edge in _box(frame, reading)],
            "score": round(reading.face.score, 4),
            "emotion": reading.emotion,
            **_probabilities(reading.prediction),
            "gender": reading.presentation,
            "raw": None if raw is None else _probabilities(raw),
        },
        ensure_ascii=False,
    )


def as_line(frame: Frame, reading: Reading) -> str:
    """Return one face of a picture as a line for a person to read."""
    probability = reading.prediction.emotions[EMOTIONS.index(reading.emotion)]
    gender = f"{reading.presentation} drawing"
    if reading.presentation in GENDERS:
        share = reading.prediction.genders[GENDERS.index(reading.presentation)]
        gender = f"perceived as {reading.presentation} {share:.0%}"
    left, top, right, bottom = (round(edge) for edge in _box(frame, reading))
    return (
        f"{frame.source}: face {reading.track}: {reading.emotion} {probability:.0%}, {gender}, "
        f"box {left},{top},{right},{bottom}"
    )


def _box(frame: Frame, reading: Reading) -> list[float]:
    """Return the face's box, cut at the border of the picture."""
    height, width = frame.image.shape[:2]
    return [float(np.clip(edge, 0, limit)) for edge, limit in zip(reading.face.box, (width, height) * 2, strict=True)]


def _probabilities(prediction: Prediction) -> dict[str, dict[str, float]]:
    return {
        "emotions": {name: round(float(p), 5) for name, p in zip(EMOTIONS, prediction.emotions, strict=True)},
        "genders": {name: round(float(p), 5) for name, p in zip(GENDERS, prediction.genders, strict=True)},
    }
