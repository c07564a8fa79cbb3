"""Plain stand-ins for devices and stages."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from realtime.controls import Controls, State
from realtime.engine.loop import Run
from realtime.engine.painter import Painter
from realtime.engine.privacy import StrictMask
from realtime.engine.reader import FaceReader
from realtime.engine.stats import Stats
from realtime.faces.blazeface import FRAMING
from realtime.faces.region import fer_region
from realtime.packs.pack import Pack
from realtime.people.people import People
from realtime.practice.gauged import Practises
from realtime.records import (
    BLENDSHAPES,
    EMOTIONS,
    GENDERS,
    Face,
    FaceMovement,
    Frame,
    Keypoints,
    Prediction,
    Reading,
    Region,
    Sighting,
)


def picture(width: int = 320, height: int = 240, level: int = 128) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def readable(width: int = 320, height: int = 240) -> np.ndarray:
    """Return a picture with enough contrast in it to be read."""
    image = picture(width, height)
    image[:, ::4] = 60
    return image


def frame(index: int = 0, time_s: float | None = None, image: np.ndarray | None = None) -> Frame:
    return Frame(picture() if image is None else image, index, index / 30 if time_s is None else time_s, "list")


def face(x: float = 160, y: float = 120, size: float = 80, roll: float = 0.0, score: float = 0.9) -> Face:
    """Return a face whose box has its middle at (x, y)."""
    half = size / 2
    offsets = np.array([(-0.22, -0.2), (0.22, -0.2), (0, 0.05), (0, 0.25)]) * size
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    keypoints = Keypoints((offsets @ turn.T + (x, y)).astype(np.float32))
    box = (x - half, y - half, x + half, y + half)
    return Face(box, score, keypoints, fer_region(box, keypoints, FRAMING))


def prediction(emotion: str = "happy", p: float = 0.9, gender: str = "female", gender_p: float = 0.95) -> Prediction:
    emotions = np.full(len(EMOTIONS), (1 - p) / (len(EMOTIONS) - 1), np.float32)
    emotions[EMOTIONS.index(emotion)] = p
    genders = np.full(len(GENDERS), 1 - gender_p, np.float32)
    genders[GENDERS.index(gender)] = gender_p
    return Prediction(emotions, genders)


def sighting(seen: Face, said: Prediction, track: int = 1, hint: str = "") -> Sighting:
    patch = np.tile(np.array([60, 180], np.uint8), (48, 24))
    return Sighting(track=track, face=seen, patch=patch, prediction=said, hint=hint)


def movement(yaw_deg=0.0, pitch_deg=0.0, roll_deg=0.0, **made: float) -> FaceMovement:
    """Return a movement in which only the blendshapes that are named are made."""
    return FaceMovement(dict.fromkeys(BLENDSHAPES, 0.0) | made, yaw_deg, pitch_deg, roll_deg)


def reading(
    track: int = 1, emotion: str = "happy", x: float = 160, size: float = 80, moved: FaceMovement | None = None
) -> Reading:
    said = prediction(emotion)
    return Reading(track, face(x=x, size=size), said, said, emotion, "neutral", movement=moved)


class ListSource:
    """Gives the frames of a list; may fail at its end."""

    name = "list"
    fps = 30.0
    dropped = 0
    idle = False
    reads = ()

    def __init__(self, frames: Sequence[Frame], stills=False, paced=False, error: Exception | None = None, delay_s=0.0):
        self.frames = list(frames)
        self.stills = stills
        self.paced = paced
        self.error = error
        self.delay_s = delay_s
        self.ended = False
        self.closed = False
        self._next = 0

    def read(self) -> Frame | None:
        time.sleep(self.delay_s)
        if self._next < len(self.frames) and not self.ended:
            self._next += 1
            return self.frames[self._next - 1]
        if self.error is not None:
            raise self.error
        self.ended = True
        return None

    def stop(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.stop()
        self.closed = True


class RecordingOutputs:
    """Stands for all outputs of a run: keeps what it is given, and presses keys: frame count -> key."""

    def __init__(self, keys: dict[int, str] | None = None, paced=False):
        self.frames: list[Frame] = []
        self.cards: list[Frame] = []
        self.paced = paced
        self.waited_s = 0.0
        self._keys = dict(keys or {})

    def write(self, frame: Frame) -> None:
        self.frames.append(frame)

    def show_card(self, card: Frame) -> None:
        self.cards.append(card)

    def serve(self) -> None:
        pass

    def keys(self, wait_s: float) -> list[str]:
        self.waited_s += wait_s
        time.sleep(wait_s)
        key = self._keys.pop(len(self.frames), None)
        return [key] if key else []


class Packs:
    """Stands for a library: holds packs, and goes round them when asked for the next."""

    def __init__(self, packs: Sequence[Pack]):
        self.packs = list(packs)
        self.asked: list[str] = []

    @property
    def current(self) -> Pack:
        return self.packs[self.asked.count("next pack") % len(self.packs)]

    def next_pack(self) -> None:
        self.asked.append("next pack")

    def next_skin(self) -> None:
        self.asked.append("next skin")

    def reload(self) -> None:
        self.asked.append("reload")


class ScriptedDetector:
    """Finds what a function of the frame's index says."""

    def __init__(self, script: Callable[[int], list[Face]]):
        self.script = script

    def detect(self, frame: Frame, known: Sequence[Region] | None = None) -> list[Face]:
        return self.script(frame.index)


class ScriptedClassifier:
    """Answers the same for all patches: what a function of the number of calls says."""

    def __init__(self, script: Callable[[int], Prediction] = lambda call: prediction()):
        self.script = script
        self.batches: list[int] = []
        self.metadata: dict[str, str] = {}

    def predict(self, patches: Sequence[np.ndarray]) -> list[Prediction]:
        self.batches.append(len(patches))
        return [self.script(len(self.batches) - 1) for _ in patches]


class FakeCapture:
    """Stands for cv2.VideoCapture: a camera that works, fails or goes away, as `script` says for each read."""

    opened: list[FakeCapture]

    def __init__(self, script: Callable[[int], np.ndarray | None], opens: Callable[[], bool] = lambda: True):
        self._script = script
        self._open = opens()
        self.reads = 0
        self.released = False
        self.properties: dict[int, float] = {}

    def isOpened(self) -> bool:
        return self._open

    def set(self, key: int, value: float) -> bool:
        self.properties[key] = value
        return True

    def read(self):
        image = self._script(self.reads)
        self.reads += 1
        return image is not None, image

    def release(self) -> None:
        self.released = True


class RunParts:
    """What tests put into a run of the program's own reader, painter and loop, and the run itself."""

    def __init__(
        self,
        packs: Sequence[Pack],
        detector: ScriptedDetector | None = None,
        classifier: ScriptedClassifier | None = None,
        *,
        people: People | None = None,
        practice: Practises | None = None,
        stills: bool = False,
        strict: bool = False,
        state: State | None = None,
    ):
        self.library = Packs(packs)
        self.classifier = classifier or ScriptedClassifier()
        self.stats = Stats()
        self.controls = Controls(state)
        detector = detector or ScriptedDetector(lambda n: [face()])
        self.reader = FaceReader(detector, self.classifier, people, stills=stills, stats=self.stats)
        self.marks = None
        self._practice = practice
        self._strict = strict

    def run(
        self,
        source: ListSource,
        outputs: RecordingOutputs | None = None,
        report: Callable[[Frame, Sequence[Reading]], None] | None = None,
        max_seconds: float | None = None,
    ) -> RecordingOutputs:
        """Run a source to its end; return the outputs."""
        outputs = outputs or RecordingOutputs()
        mask = StrictMask() if self._strict else None
        Run(
            source=source,
            reader=self.reader,
            painter=Painter(self.library, strict_mask=mask, stats=self.stats),
            outputs=outputs,
            controls=self.controls,
            stats=self.stats,
            strict=self._strict,
            practice=self._practice,
            marks=self.marks,
            report=report,
            max_seconds=max_seconds,
        )()
        return outputs
