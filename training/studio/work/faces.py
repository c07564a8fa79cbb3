"""Reading the faces of one picture, by the same stages that the camera runs."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from realtime.drawing import anonymize as covers
from realtime.engine.painter import Painter
from realtime.engine.reader import FaceReader
from realtime.faces.gender_thresholds import thresholds_in
from realtime.faces.open import Faces, open_faces
from realtime.faces.preprocess import face_patch
from realtime.faces.views import BothViews
from realtime.packs.library import PackLibrary
from realtime.packs.manifest import DEFAULT_PACK
from realtime.people.people import People
from realtime.records import EMOTIONS, GENDERS, PRESENTATIONS, Frame, Reading, Suspect
from training.occlusion import drawn, occlusion

# Faces in a picture that are told one by one.
MAX_TOLD = 24
_SHOWN_SIDE_PX = 1600
_DRAWING_PX = 128


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture and the readings of its faces, the largest first; track counts them from 1.

    suspects: where something may be a face without being confirmed.
    """

    frame: Frame
    readings: list[Reading]
    suspects: tuple[Suspect, ...] = ()


@dataclass(frozen=True)
class Told:
    """What is told of one face. emotions, genders: name -> probability. drawing: a PNG, of the emoji it gets."""

    number: int
    emotion: str
    presentation: str
    hint: str
    box: tuple[int, int, int, int]
    emotions: dict[str, float]
    genders: dict[str, float]
    drawing: bytes


class Reader:
    """Reads pictures, one at a time, in a thread of its own; models and packs are kept while they are the same."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "faces")
        self._lock = threading.Lock()
        self._held = ExitStack()
        self._faces: Faces | None = None
        self._classifier: tuple[tuple[Path, int], BothViews] | None = None
        self._libraries: dict[str, PackLibrary] = {}

    def submit(self, image: np.ndarray, model: Path) -> Future[Seen]:
        """Read the faces of a picture, uint8 (H, W, 3) BGR. The result raises AssetError for a model that is none."""
        return self._pool.submit(self._read, image, model)

    def explain(self, seen: Seen, number: int, model: Path) -> Future[np.ndarray]:
        """Draw what the answer to a face rests on, uint8 (H, W, 3) BGR. number: of the face."""
        return self._pool.submit(self._explained, seen, number, model)

    def close(self) -> None:
        """Free what is held."""
        self._pool.shutdown()
        self._held.close()

    def told(self, seen: Seen, chosen: dict[int, str], pack: str = DEFAULT_PACK) -> list[Told]:
        """Return what there is to tell of the faces. chosen: number of a face -> presentation, in place of its own."""
        with self._lock:
            return [self._told(reading, chosen, pack) for reading in seen.readings[:MAX_TOLD]]

    def covered(self, seen: Seen, chosen: dict[int, str], pack: str = DEFAULT_PACK) -> np.ndarray:
        """Return the picture with every face covered, uint8 (H, W, 3) BGR."""
        with self._lock:
            painter = Painter(self._library(pack))
            return painter.paint(seen.frame, [_as_chosen(reading, chosen) for reading in seen.readings], seen.suspects)

    def _read(self, image: np.ndarray, model: Path) -> Seen:
        with self._lock:
            if self._faces is None:
                self._faces = self._held.enter_context(open_faces(stills=True))
            frame = Frame(image, 0, 0.0, "picture")
            classifier = self._with(model)
            people = People(gender_thresholds=thresholds_in(classifier.metadata))
            reader = FaceReader(self._faces.finder, classifier, people, verifier=self._faces.verifier, stills=True)
            readings = reader.read(frame)
            suspects = reader.suspects
        readings.sort(key=lambda reading: -reading.face.region.size_px)
        numbered = [replace(reading, track=number) for number, reading in enumerate(readings, start=1)]
        return Seen(frame, numbered, suspects)

    def _with(self, model: Path) -> BothViews:
        changed = model.stat().st_mtime_ns if model.is_file() else 0
        if self._classifier is None or self._classifier[0] != (model, changed):
            self._classifier = (model, changed), BothViews(model)
        return self._classifier[1]

    def _explained(self, seen: Seen, number: int, model: Path) -> np.ndarray:
        reading = next(reading for reading in seen.readings if reading.track == number)
        patch = face_patch(seen.frame.image, reading.face.region)
        with self._lock:
            return drawn(patch, occlusion(self._with(model), patch, reading.emotion))

    def _library(self, pack: str) -> PackLibrary:
        if pack not in self._libraries:
            self._libraries[pack] = PackLibrary(pack)
        return self._libraries[pack]

    def _told(self, reading: Reading, chosen: dict[int, str], pack: str) -> Told:
        shown = _as_chosen(reading, chosen)
        sprite = self._library(pack).current.sprite(shown.emotion, shown.presentation, shown.strong)
        left, top, right, bottom = (round(edge) for edge in reading.face.box)
        return Told(
            number=reading.track,
            emotion=reading.emotion,
            presentation=shown.presentation,
            hint=reading.hint,
            box=(left, top, right, bottom),
            emotions=dict(zip(EMOTIONS, reading.prediction.emotions.tolist(), strict=True)),
            genders=dict(zip(GENDERS, reading.prediction.genders.tolist(), strict=True)),
            drawing=_drawing(sprite.levels),
        )


def marked(seen: Seen) -> np.ndarray:
    """Return the picture with a box around every face, and its number and emotion, uint8 (H, W, 3) BGR."""
    image = seen.frame.image.copy()
    for reading in seen.readings:
        covers.annotate(image, reading)
    return image


def as_jpeg(image: np.ndarray) -> bytes:
    """Return a picture as the page shows it: a JPEG of a moderate size."""
    scale = _SHOWN_SIDE_PX / max(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 88])[1])


def as_png(image: np.ndarray) -> bytes:
    """Return a picture as a PNG, every pixel of it."""
    return bytes(cv2.imencode(".png", image)[1])


def _as_chosen(reading: Reading, chosen: dict[int, str]) -> Reading:
    presentation = chosen.get(reading.track, "auto")
    return replace(reading, presentation=presentation) if presentation in PRESENTATIONS else reading


def _drawing(levels: Iterable[np.ndarray]) -> bytes:
    """Return a drawing as a small PNG; its colours are multiplied by alpha, a PNG's are not."""
    level = min(levels, key=lambda level: abs(level.shape[0] - _DRAWING_PX))
    return as_png(cv2.cvtColor(level, cv2.COLOR_mRGBA2RGBA))
