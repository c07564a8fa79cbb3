"""From frames to what is known of the people in them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from realtime.engine.cuts import CutDetector
from realtime.engine.load import LoadShedding
from realtime.engine.movements import Movements
from realtime.engine.pictures import PicturedFaces
from realtime.engine.stats import Stats
from realtime.faces.base import FaceClassifier, FaceFinder, FaceVerifier
from realtime.faces.classifier import SHIPPED_MODEL
from realtime.faces.gender_thresholds import thresholds_in
from realtime.faces.open import open_faces
from realtime.faces.preprocess import face_patch
from realtime.faces.quality import hint
from realtime.faces.views import BothViews, ViewsInTurn
from realtime.limits import check_frame
from realtime.people.evidence import Ask
from realtime.people.people import People
from realtime.records import Face, Findings, Frame, Landmarks, Prediction, Reading, Region, Sighting, Suspect
from realtime.words import said

log = logging.getLogger(__name__)

# The verifier is asked about this many faces a frame at most, ...
_MOST_ASKED = 2
# ... and about this many in a frame of which nothing was known before.
_MOST_ASKED_FRESH = 12
# Of stills, nobody waits for the next.
_MOST_ASKED_STILL = 1000
# After a gap of this length nothing is known of a picture.
_GAP_S = 1.0


class Recorder(Protocol):
    """Is told what was found in every frame; `realtime.engine.trace.TraceWriter` is one."""

    def record(self, frame: Frame, findings: Findings) -> None:
        """Take in a frame and what was found in it."""


class Cuts(Protocol):
    """Notices cuts; `realtime.engine.cuts.CutDetector` is the real one."""

    def is_cut(self, image: np.ndarray) -> bool:
        """Return whether a picture, uint8 (H, W, 3) BGR, shows something else than the one before."""


class FaceReader:
    """Finds the faces of each frame, says whose they are and reads their expressions."""

    def __init__(
        self,
        finder: FaceFinder,
        classifier: FaceClassifier,
        people: People | None = None,
        *,
        verifier: FaceVerifier | None = None,
        cuts: Cuts | None = None,
        pictured_faces: PicturedFaces | None = None,
        movements: Movements | None = None,
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
            verifier: tells faces from what only looks like one; without it, the finder's word counts.
            cuts: notices where a video goes on with another picture.
            pictured_faces: tells the faces in pictures, which are then left out; without it they are people.
            movements: adds how faces move, where somebody wants to know.
            stills: the frames are unrelated pictures, from one to the next of which nothing is remembered.
            load: says in which frames faces need not be looked for.
            stats: takes the times of the stages.
            recorder: is told what was found in every frame.
        """
        self.people = people or People()
        self._finder = finder
        self._classifier = classifier
        self._verifier = verifier
        self._stills = stills
        self._load = load or LoadShedding(most=0)
        self._stats = stats or Stats()
        self._recorder = recorder
        self._cuts = cuts or CutDetector()
        self._pictured_faces = pictured_faces
        self._movements = movements
        self._last_s: float | None = None
        self._cut = False
        self._answers: list[Landmarks | None] = []
        self._held = ExitStack()

    @classmethod
    def open(cls, model: Path = SHIPPED_MODEL, *, stills: bool = False, min_face_px: float = 0.0) -> FaceReader:
        """Open detectors and model, as the program has them; `close` frees them.

        Args:
            model: the expression model.
            stills: the frames are unrelated pictures, which are searched closely and read with their mirror images.
            min_face_px: narrower faces are ignored.

        Raises:
            AssetError: no detector can be used, or not the model.
        """
        with ExitStack() as held:
            classifier = BothViews(model) if stills else ViewsInTurn(model)
            faces = held.enter_context(open_faces(stills=stills, min_face_px=min_face_px))
            people = People(gender_thresholds=thresholds_in(classifier.metadata))
            reader = cls(faces.finder, classifier, people, verifier=faces.verifier, stills=stills)
            reader._held = held.pop_all()
        return reader

    def __enter__(self) -> FaceReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free what `open` opened; parts that were given stay open."""
        self._held.close()

    @property
    def suspects(self) -> tuple[Suspect, ...]:
        """Where something is that may be a face, but of which there is not enough evidence yet."""
        return self.people.suspects

    def read(self, frame: Frame) -> list[Reading]:
        """Return a reading for each face of the frame, and for people who were there a moment ago.

        Raises:
            AssetError: the model fails or gives no probabilities.
            ValueError: the frame's picture is none, uint8 (H, W, 3), or its time no number.
        """
        check_frame(frame.image, frame.time_s)
        fresh = self._is_fresh(frame)
        if self._load.skips(self.people.all_followed):
            readings = self.people.with_own((), self._living(frame, self.people.expect(frame.time_s)), frame.time_s)
            self._record(frame, None)
            return readings
        with self._stats.timed("detect"):
            faces = self._finder.detect(frame, None if fresh else self.people.expected(frame.time_s))
        with self._stats.timed("track"):
            patches = [face_patch(frame.image, face.region) for face in faces]
            tracks = self.people.recognise(faces, patches, frame.time_s)
        with self._stats.timed("confirm"):
            self._confirm(frame, fresh)
        recognised = [
            (track, face, patch)
            for track, face, patch in zip(tracks, faces, patches, strict=True)
            if self.people.is_confirmed(track)
        ]
        with self._stats.timed("classify"):
            predictions = self._classifier.predict([patch for _, _, patch in recognised])
        with self._stats.timed("smooth"):
            sightings = [
                Sighting(track=track, face=face, patch=patch, prediction=prediction, hint=hint(face, patch))
                for (track, face, patch), prediction in zip(recognised, predictions, strict=True)
            ]
            sightings = self.people.as_taught(sightings, frame.time_s)
        with self._stats.timed("smooth"):
            readings = self._living(frame, self.people.update(sightings, frame.time_s))
        if self._movements is not None:
            with self._stats.timed("move"):
                readings = self._movements.added(frame, readings)
        readings = self.people.with_own(sightings, readings, frame.time_s)
        own = {reading.track: reading.raw.own for reading in readings if reading.raw is not None}
        predictions = [replace(one.prediction, own=own.get(one.track, "")) for one in sightings]
        self._record(frame, faces, predictions, tracks)
        return readings

    def _living(self, frame: Frame, readings: list[Reading]) -> list[Reading]:
        return readings if self._pictured_faces is None else self._pictured_faces.living(frame, readings)

    def _is_fresh(self, frame: Frame) -> bool:
        """Return whether nothing is known of a frame, and forget everybody where it begins something new."""
        last_s, self._last_s = self._last_s, frame.time_s
        self._cut = self._stills or self._cuts.is_cut(frame.image)
        if self._cut:
            self.people.forget()
        return self._cut or last_s is None or not 0 <= frame.time_s - last_s <= _GAP_S

    def _confirm(self, frame: Frame, fresh: bool) -> None:
        """Let the people among the faces just recognised be known as such."""
        most = _MOST_ASKED_STILL if self._stills else _MOST_ASKED_FRESH if fresh else _MOST_ASKED
        self._answers = []
        try:
            self.people.confirm(self._asking(frame), frame.time_s, most)
        except RuntimeError as error:
            log.warning("What tells faces from other things fails, and is not used any more: %s.", error)
            self._verifier = None
            self.people.confirm(None, frame.time_s, most)

    def _asking(self, frame: Frame) -> Ask | None:
        """Return what looks for landmarks in a frame and keeps the answers; None if there is no verifier."""
        verifier = self._verifier
        if verifier is None:
            return None

        def ask(region: Region) -> Landmarks | None:
            self._answers.append(verifier.look(frame.image, region))
            return self._answers[-1]

        return ask

    def _record(
        self,
        frame: Frame,
        faces: Sequence[Face] | None,
        predictions: Sequence[Prediction] = (),
        tracks: Sequence[int] = (),
    ) -> None:
        if self._recorder is not None:
            answers = [] if faces is None else self._answers
            moved = () if faces is None or self._movements is None else self._movements.answers
            self._recorder.record(frame, Findings(self._cut, faces, answers, predictions, tracks, moved))


def notes_of(readings: Sequence[Reading]) -> list[str]:
    """Return what stands in the way of reading faces, a line each, for the stats display."""
    return [
        said("face {track}: {hint}", track=reading.track, hint=said(reading.hint))
        for reading in readings
        if reading.hint and reading.raw is not None
    ]
