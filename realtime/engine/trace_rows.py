"""The lines of a trace, versions 1 to 3: read into records, and checked on the way. Who wrote them is not trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from realtime.controls import GENDER_CHOICES, Command, command_of
from realtime.drawing.covers import COVERS
from realtime.drawing.placement import CROPS, PLACEMENTS
from realtime.engine.json_checks import Check, choice, count, flag, list_of, mapping, number, of, or_none, text
from realtime.faces.gender_thresholds import THRESHOLDS_KEY, checked_thresholds
from realtime.limits import MAX_PIXELS, MAX_SIDE_PX, strict_json
from realtime.people.neutral import checked_resting
from realtime.practice.plan import PRACTISED
from realtime.records import (
    BLENDSHAPES,
    EMOTIONS,
    GENDERS,
    REACTIONS,
    Face,
    FaceMovement,
    Keypoints,
    Landmarks,
    Prediction,
    Region,
    is_own_word,
)

VERSION = 3
# Version 1 has keys in place of commands, and neither the smoothing nor the source's own frame rate; before version 3
# nobody was asked whether a face is one.
_READ_VERSIONS = (1, 2, VERSION)

# No picture is so wide that a face in or beside it is further off, in pixels.
_FAR_PX = 4.0 * MAX_SIDE_PX
LONG_S = 1e12
# A folder gives 1 picture a second, an animation may give one in hours.
FPS = (1e-6, 10_000.0)


@dataclass(frozen=True)
class TracedFrame:
    """A frame of a trace; its picture is elsewhere, and the rest is as `Frame` and `Findings` have it.

    size_wh: of the picture. commands: given before the frame.
    """

    index: int
    time_s: float
    source: str
    size_wh: tuple[int, int]
    commands: list[Command]
    cut: bool
    faces: list[Face] | None
    answers: list[Landmarks | None]
    predictions: list[Prediction]
    movements: list[FaceMovement | None]


def read_head(line: bytes) -> tuple[int, dict[str, Any]]:
    """Return the version of a trace and its options, from its first line.

    Raises:
        KeyError: The version is one that this program does not know; the error's argument.
        ValueError: It is no such line, or an option has a value that no version could have.
    """
    head = object_of(line)
    version = of(head, "trace", count)
    if version not in _READ_VERSIONS:
        raise KeyError(version)
    options = of(head, "options", mapping)
    for name, check in OPTIONS.items():
        if name in options:
            of(options, name, check)
    return version, options


def read_frame(line: bytes, version: int) -> TracedFrame:
    """Return a frame of a trace, from its line. Raises ValueError for a line that is none of that version."""
    row = object_of(line)
    faces = None if row.get("faces", ()) is None else of(row, "faces", list_of(checked_face))
    predictions = of(row, "predictions", list_of(checked_prediction))
    if len(predictions) > len(faces or ()):
        raise ValueError("it has more 'predictions' than 'faces'")
    return TracedFrame(
        index=of(row, "index", count),
        time_s=of(row, "time_s", number(-LONG_S, LONG_S)),
        source=of(row, "source", text),
        size_wh=of(row, "size", checked_size),
        commands=of(row, "keys", _keys) if version == 1 and "commands" not in row else of(row, "commands", _commands),
        cut=of(row, "cut", flag) if version >= 3 else False,
        faces=faces,
        answers=of(row, "answers", list_of(_answer)) if version >= 3 else [],
        predictions=predictions,
        movements=of(row, "movements", list_of(_movement)) if "movements" in row else [],
    )


def object_of(line: bytes) -> dict[str, Any]:
    """Return the object of a line. Raises ValueError where there is none."""
    row = strict_json(line.decode("utf-8"))
    if not isinstance(row, dict):
        raise ValueError("there is no object")
    return row


# ---- what the values of a trace may be

_place = number(-_FAR_PX, _FAR_PX)
_length = number(0.0, _FAR_PX, above=True)
_angle = number(-100.0, 100.0)
_degrees = number(-180.0, 180.0)
# What is computed in float32 may be a little above 1.
_share = number(0.0, 1.001)
_side = number(1, MAX_SIDE_PX)
_point = list_of(_place, 2)
_points = list_of(_point)
_heads = (list_of(_share, len(EMOTIONS)), list_of(_share, len(GENDERS)))


def checked_size(value: Any) -> tuple[int, int]:
    """Return the size of a picture, width first."""
    if not isinstance(value, list) or not all(isinstance(side, int) for side in value):
        raise ValueError("width and height in pixels")
    width, height = list_of(_side, 2)(value)
    if width * height > MAX_PIXELS:
        raise ValueError(f"a size of up to {MAX_PIXELS // 10**6} million pixels")
    return int(width), int(height)


def _commands(value: Any) -> list[Command]:
    return [Command(name) for name in list_of(choice(*(command.value for command in Command)))(value)]


def _keys(value: Any) -> list[Command]:
    """Return what the keys of version 1 asked for; some may have meant nothing."""
    return [command for key in list_of(text)(value) if (command := command_of(key)) is not None]


def face_row(face: Face) -> list[Any]:
    """Return a face as a line has it; `checked_face` reads it."""
    region = face.region
    place = [*region.center, region.size_px, region.roll_rad]
    return [list(face.box), face.score, face.keypoints.points.tolist(), place, face.sure]


def prediction_row(prediction: Prediction) -> list[Any]:
    """Return a prediction as a line has it; `checked_prediction` reads it."""
    return [prediction.emotions.tolist(), prediction.genders.tolist(), *([prediction.own] if prediction.own else [])]


def checked_face(value: Any) -> Face:
    """Return a face, from its box, score, keypoints, place (x, y, size, roll) and whether it is sure."""
    if not isinstance(value, list) or len(value) != 5 or not isinstance(value[3], list) or len(value[3]) != 4:
        raise ValueError("faces of a box, a score, keypoints, a place of four numbers, and whether it is sure")
    box, score, points, (x, y, size_px, roll_rad), sure = value
    points = _points(points)
    if len(points) < 4:
        raise ValueError("faces of four keypoints")
    left, top, right, bottom = list_of(_place, 4)(box)
    return Face(
        box=(left, top, right, bottom),
        score=_share(score),
        keypoints=Keypoints(np.array(points[:4], np.float32)),
        region=Region((_place(x), _place(y)), _length(size_px), _angle(roll_rad)),
        sure=flag(sure),
    )


def _answer(value: Any) -> Landmarks | None:
    if value is None:
        return None
    row = mapping(value)
    (x, y), (across, along) = of(row, "center", _point), of(row, "radii", list_of(_length, 2))
    return Landmarks((x, y), (across, along), of(row, "yaw_rad", _angle), of(row, "pitch_rad", _angle))


def checked_prediction(value: Any) -> Prediction:
    """Return a prediction, from its emotions and genders, and what it is of the owner's own if it is anything."""
    if not isinstance(value, list) or len(value) not in (len(_heads), len(_heads) + 1):
        raise ValueError("predictions of two lists")
    emotions, genders = (_probabilities(check(head)) for check, head in zip(_heads, value, strict=False))
    own = value[len(_heads)] if len(value) > len(_heads) else ""
    if own and not (isinstance(own, str) and is_own_word(own)):
        raise ValueError("predictions of two lists and a word")
    return Prediction(emotions, genders, own=own)


def movement_row(movement: FaceMovement | None) -> list[Any] | None:
    """Return a movement as a line has it: three angles, then the blendshapes in the order of BLENDSHAPES."""
    if movement is None:
        return None
    angles = (movement.yaw_deg, movement.pitch_deg, movement.roll_deg)
    return [*angles, [movement.blendshapes.get(name, 0.0) for name in BLENDSHAPES]]


def _movement(value: Any) -> FaceMovement | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 4:
        raise ValueError("movements of three angles and a list")
    yaw, pitch, roll = (_degrees(angle) for angle in value[:3])
    shapes = list_of(_share, len(BLENDSHAPES))(value[3])
    return FaceMovement(dict(zip(BLENDSHAPES, shapes, strict=True)), yaw, pitch, roll)


def _probabilities(values: Sequence[float]) -> np.ndarray:
    if not math.isclose(sum(values), 1, abs_tol=0.01):
        raise ValueError("probabilities that sum to 1")
    return np.array(values, np.float32)


# What the options of a trace may be; others, of other versions, are left to whoever wants them.
OPTIONS: dict[str, Check] = {
    "fps": number(*FPS),
    "gender": choice(*GENDER_CHOICES),
    "pack": text,
    "skin": or_none(text),
    "cover": choice(*COVERS),
    "placement": choice(*PLACEMENTS),
    "crop": choice(*CROPS),
    "motion": flag,
    "alive": or_none(count),
    "reactions": or_none(choice(*REACTIONS)),
    "practise": list_of(choice(*PRACTISED)),
    "privacy": choice("normal", "strict"),
    "pictures": choice("cover", "ignore"),
    "smooth": number(0.0, 1.0),
    "neutral": choice("profile", "running", "off"),
    "calibrate": flag,
    "smoothing": mapping,
    "source": text,
    "source_fps": number(*FPS),
    "stills": flag,
    "verified": flag,
    "resting": or_none(checked_resting),
    THRESHOLDS_KEY: checked_thresholds,
}
