"""From frames to what is known of the people in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from realtime.engine.load import LoadShedding
from realtime.engine.stats import Stats
from realtime.faces.base import FaceClassifier, FaceFinder
from realtime.faces.blazeface import Detector
from realtime.faces.classifier import SHIPPED_MODEL, Classifier
from realtime.faces.preprocess import face_patch
from realtime.faces.quality import hint
from realtime.faces.tiling import SecondLook, ThoroughDetector
from realtime.people.people import People
from realtime.records import Face, Frame, Prediction, Reading, Region, Sighting

# In videos, faces less likely than what counts at once still help to keep somebody in view.
_MIN_VIDEO_CONFIDENCE = 0.3


class Recorder(Protocol):
    """Is told what was found in every frame; `realtime.engine.trace.TraceWriter` is one."""

    def record(self, frame: Frame, faces: Sequence[Face] | None, predictions: Sequence[Prediction]) -> None:
        """Take in a frame; faces: None where they were not looked for."""


class FaceReader:
    """Finds the faces of each frame, says whose they are and reads their expressions."""

    def __init__(
        self,
        finder: FaceFinder,
        classifier: FaceClassifier,
        people: People | None = None,
        *,
        stills: bool = False,
        load: LoadShedding | None = None,
        stats: Stats | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        """Put a reader together; `FaceReader.open` makes one with the program's own parts.

        Args:
            finder: finds faces.
            classifier: reads them.
            people: remembers everybody in view.
            stills: the frames are unrelated pictures, from one to the next of which nothing is remembered.
            load: says in which frames faces need not be looked for.
            stats: takes the times of the stages.
            recorder: is told what was found in every frame.
        """
        self.people = people or People()
        self._finder = finder
        self._classifier = classifier
        self._stills = stills
        self._load = load or LoadShedding(most=0)
        self._stats = stats or Stats()
        self._recorder = recorder
        self._suspects: tuple[Region, ...] = ()
        self._held = ExitStack()

    @classmethod
    def open(cls, model: Path = SHIPPED_MODEL, *, stills: bool = False, min_face_px: float = 0.0) -> FaceReader:
        """Open detector and model, as the program has them; `close` frees them.

        Args:
            model: the expression model.
            stills: the frames are unrelated pictures, which are searched closely.
            min_face_px: narrower faces are ignored.

        Raises:
            AssetError: the detector or the model can't be used.
        """
        classifier = Classifier(model)
        detector = open_detector(stills, min_face_px)
        reader = cls(finder_of(detector, stills, "auto"), classifier, stills=stills)
        reader._held.callback(detector.close)
        return reader

    def __enter__(self) -> FaceReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free what `open` opened; parts that were given stay open."""
        self._held.close()

    @property
    def suspects(self) -> tuple[Region, ...]:
        """Where something was in the last frame that may be a face, but of which there is not enough evidence yet."""
        return self._suspects

    def read(self, frame: Frame) -> list[Reading]:
        """Return a reading for each face of the frame, and for people who were there a moment ago.

        Raises:
            AssetError: the model fails or gives no probabilities.
        """
        if self._stills:
            self.people.forget()
        if self._load.skips(self.people.all_followed):
            self._record(frame, None, [])
            return self.people.expect(frame.time_s)
        with self._stats.timed("detect"):
            faces = self._finder.detect(frame)
        with self._stats.timed("track"):
            patches = [face_patch(frame.image, face.region) for face in faces]
            tracks = self.people.recognise(faces, patches, frame.time_s)
        recognised = [
            (track, face, patch) for track, face, patch in zip(tracks, faces, patches, strict=True) if track is not None
        ]
        self._suspects = tuple(face.region for track, face in zip(tracks, faces, strict=True) if track is None)
        with self._stats.timed("classify"):
            predictions = self._classifier.predict([patch for _, _, patch in recognised])
        self._record(frame, faces, predictions)
        with self._stats.timed("smooth"):
            sightings = [
                Sighting(track=track, face=face, patch=patch, prediction=prediction, hint=hint(face, patch))
                for (track, face, patch), prediction in zip(recognised, predictions, strict=True)
            ]
            return self.people.update(sightings, frame.time_s)

    def _record(self, frame: Frame, faces: Sequence[Face] | None, predictions: Sequence[Prediction]) -> None:
        if self._recorder is not None:
            self._recorder.record(frame, faces, predictions)


def open_detector(stills: bool, min_face_px: float) -> Detector:
    """Open the face detector for pictures or for videos. Raises AssetError."""
    if stills:
        return Detector(min_face_px=min_face_px)
    return Detector(min_face_px=min_face_px, min_confidence=_MIN_VIDEO_CONFIDENCE)


def finder_of(detector: FaceFinder, stills: bool, far: str, wanted: Callable[[], bool] = lambda: True) -> FaceFinder:
    """Return what looks for faces with a detector, closely in pictures and with a second look in videos.

    far: "off" for one look at the whole picture, "on" for a second look at every frame, "auto" for one where it may
    find something. wanted: asked before every second look; says no where the machine can't keep up.
    """
    if far == "off":
        return detector
    return ThoroughDetector(detector) if stills else SecondLook(detector, always=far == "on", wanted=wanted)


def notes_of(readings: Sequence[Reading]) -> list[str]:
    """Return what stands in the way of reading faces, a line each, for the stats display."""
    return [f"face {reading.track}: {reading.hint}" for reading in readings if reading.hint and reading.raw is not None]
