"""What a report keeps of each face and frame, column by column. `docs/report-format.md` tells what they mean."""

from __future__ import annotations

from typing import Any

from realtime.metrics import METRICS, metrics_of
from realtime.records import EMOTIONS, UNSURE, Frame, Reading

# Goes up when a column changes its meaning or is taken away; new ones may come without that.
SCHEMA_VERSION = 1

# Name of a column -> what its values are: NumPy's name of the type, or "text".
COLUMNS: dict[str, str] = {
    "frame": "int64",
    "time_s": "float64",
    "track": "int32",
    "seen": "bool",
    "readable": "bool",
    "hint": "text",
    "score": "float32",
    **dict.fromkeys(("box_left", "box_top", "box_right", "box_bottom"), "float32"),
    "emotion": "text",
    "intensity": "float32",
    **dict.fromkeys((f"smoothed_{name}" for name in EMOTIONS), "float32"),
    **dict.fromkeys((f"raw_{name}" for name in EMOTIONS), "float32"),
    **dict.fromkeys(METRICS, "float32"),
    **dict.fromkeys(("yaw_deg", "pitch_deg", "roll_deg"), "float32"),
    "stimulus": "int32",
    "stimulus_time_s": "float64",
}
# What a table of before a column came is read as, by the name of the column.
LATER: dict[str, float] = {"stimulus": 0.0, "stimulus_time_s": float("nan")}
# The number of no track: a frame was looked at, and nobody whom the report is about was in it.
NOBODY = 0

Row = tuple[Any, ...]

_NOTHING: Row = (None,) * (len(COLUMNS) - 4 - len(LATER))
# Where nothing is played.
NO_STIMULUS: Row = (0, None)


def row_of(frame: Frame, reading: Reading, began_s: float) -> Row:
    """Return what is kept of a face in a frame, in the order of COLUMNS, but for what was played, which is known later.

    began_s: time of the session's first frame.
    """
    raw = None if reading.raw is None else reading.raw.emotions.tolist()
    movement = reading.movement
    return (
        frame.index,
        frame.time_s - began_s,
        reading.track,
        raw is not None,
        raw is not None and reading.emotion != UNSURE,
        reading.hint,
        reading.face.score,
        *reading.face.box,
        reading.emotion,
        reading.intensity,
        *reading.prediction.emotions.tolist(),
        *(raw or (None,) * len(EMOTIONS)),
        *metrics_of(reading).values(),
        *((None,) * 3 if movement is None else (movement.yaw_deg, movement.pitch_deg, movement.roll_deg)),
    )


def row_of_nobody(frame: Frame, began_s: float) -> Row:
    """Return what is kept of a frame in which there is nobody, as `row_of` does."""
    return (frame.index, frame.time_s - began_s, NOBODY, False, *_NOTHING)
