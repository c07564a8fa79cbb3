"""From how faces move to the poses of their drawings: at once where it matters, and still where nothing moves."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, field

from realtime.drawing.pose import REST, Pose
from realtime.records import FaceMovement

# What was shown is left only for what differs by more than this; the rest is taken for noise. Nothing is averaged for
# it, so that nothing comes later for it either.
_SLACK = 0.06
# Head and brows, which no eye follows closely, are averaged over this long.
_CALM_S = 0.08
# When a face can't be seen any more, its drawing comes to rest over this long.
_REST_S = 0.2
# What of "jawOpen" is a closed mouth, and a wide open one: people who talk reach half of it.
_CLOSED_JAW, _OPEN_JAW = 0.03, 0.45
# An eye is closing when "eyeBlink" is this much above what it is for the open eye, and closed at that much.
_CLOSING, _CLOSED = 0.12, 0.36
# What an open eye has at most: who is first seen with closed eyes is no exception.
_OPEN_EYE = 0.3
# What is normal for a face is learnt quickly where an eye opens wider, ...
_WIDER_S = 0.3
# ... and slowly for all else: eyes that narrow, brows, and how the head is held.
_NORMAL_S = 8.0
# Brows are raised in full when they are this much above normal.
_BROW = 0.4
# Degrees by which a head is turned, and nods, in full.
_TURN_DEG, _NOD_DEG = 35.0, 22.0
# A gap between frames counts as this much at most.
_MAX_STEP_S = 0.5


@dataclass
class _Face:
    """What is remembered of one face: what is normal for it, by name, its averages, and its last pose."""

    time_s: float
    normal: dict[str, float] = field(default_factory=dict)
    calm: dict[str, float] = field(default_factory=dict)
    shown: dict[str, float] = field(default_factory=dict)
    alive: float = 0.0


class Life:
    """Gives the pose of everybody's drawing, frame by frame."""

    def __init__(self) -> None:
        self._faces: dict[int, _Face] = {}

    def keep(self, tracks: Collection[int]) -> None:
        """Forget everybody but these."""
        self._faces = {track: face for track, face in self._faces.items() if track in tracks}

    def pose(self, track: int, movement: FaceMovement | None, time_s: float) -> Pose:
        """Return the pose of somebody's drawing.

        Args:
            track: id of the person.
            movement: of the face in this frame; None where it is not known.
            time_s: of the frame, seconds.
        """
        if movement is None and track not in self._faces:
            return REST
        face = self._faces.setdefault(track, _Face(time_s))
        step_s = min(max(time_s - face.time_s, 0.0), _MAX_STEP_S)
        face.time_s = time_s
        if movement is None:
            left = math.exp(-step_s / _REST_S)
            face.alive *= left
            face.shown = {name: value * left for name, value in face.shown.items() if name != "mouth"} | {
                "mouth": face.shown.get("mouth", 0.0)
            }
        else:
            face.alive += (1 - face.alive) * _share(step_s, _CALM_S)
            for name, value in _wanted(face, movement, step_s).items():
                face.shown[name] = _followed(face.shown.get(name, value if name == "mouth" else 0.0), value)
        shown = face.shown
        return Pose(
            alive=face.alive,
            mouth=shown.get("mouth", 0.0),
            smile=shown.get("smile", 0.0),
            blinks=(shown.get("blink right", 0.0), shown.get("blink left", 0.0)),  # one's right is the picture's left
            brows=(shown.get("brow right", 0.0), shown.get("brow left", 0.0)),
            turn=shown.get("turn", 0.0),
            nod=shown.get("nod", 0.0),
        )


def _wanted(face: _Face, movement: FaceMovement, step_s: float) -> dict[str, float]:
    """Return where the parts of a face are, by name, in the units of a pose."""
    made = movement.blendshapes
    smile = (made["mouthSmileLeft"] + made["mouthSmileRight"]) / 2 - max(made["mouthPucker"], made["mouthFunnel"])
    wanted = {
        "mouth": _clipped((made["jawOpen"] - _CLOSED_JAW) / (_OPEN_JAW - _CLOSED_JAW), 0.0),
        "smile": _clipped(smile),
        "turn": _clipped(_averaged(face, "turn", movement.yaw_deg, step_s) / _TURN_DEG),
    }
    nod = _averaged(face, "nod", movement.pitch_deg, step_s)
    wanted["nod"] = _clipped((nod - _normal(face, "nod", nod, _NORMAL_S, step_s)) / _NOD_DEG)
    for side in ("Left", "Right"):
        closed = made[f"eyeBlink{side}"]
        usual = face.normal.get(f"eye{side}", min(closed, _OPEN_EYE))
        face.normal.setdefault(f"eye{side}", usual)
        over_s = _WIDER_S if closed < usual else _NORMAL_S
        usual = min(_normal(face, f"eye{side}", closed, over_s, step_s), _OPEN_EYE)
        wanted[f"blink {side.lower()}"] = _clipped((closed - usual - _CLOSING) / (_CLOSED - _CLOSING), 0.0)
        brow = (made["browInnerUp"] + made[f"browOuterUp{side}"]) / 2 - made[f"browDown{side}"]
        brow = _averaged(face, f"brow{side}", brow, step_s)
        wanted[f"brow {side.lower()}"] = _clipped(
            (brow - _normal(face, f"brow{side}", brow, _NORMAL_S, step_s)) / _BROW
        )
    return wanted


def _averaged(face: _Face, name: str, value: float, step_s: float) -> float:
    before = face.calm.get(name, value)
    face.calm[name] = before + (value - before) * _share(step_s, _CALM_S)
    return face.calm[name]


def _normal(face: _Face, name: str, value: float, over_s: float, step_s: float) -> float:
    """Return what a value usually is, once this one is taken in."""
    before = face.normal.get(name, value)
    face.normal[name] = before + (value - before) * _share(step_s, over_s)
    return face.normal[name]


def _share(step_s: float, over_s: float) -> float:
    return 1 - math.exp(-step_s / over_s)


def _followed(shown: float, value: float) -> float:
    """Return what is shown next: it is drawn along by the value as by a rope, that is as long as the slack."""
    if value in (0.0, 1.0):  # the ends of what there is are reached
        return value if abs(value - shown) > _SLACK else shown
    return shown + math.copysign(max(abs(value - shown) - _SLACK, 0.0), value - shown)


def _clipped(value: float, least: float = -1.0) -> float:
    return min(max(value, least), 1.0)
