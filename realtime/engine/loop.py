"""The stages in order, and the loop that runs them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from realtime.controls import Controls
from realtime.drawing import anonymize as covers
from realtime.drawing.overlay import Overlay
from realtime.engine.load import STEPS, Effort
from realtime.engine.practice import Practice
from realtime.engine.privacy import STALL_S, Guard, Veil, privacy_picture
from realtime.engine.stats import Figures
from realtime.faces.preprocess import face_patch
from realtime.faces.quality import hint, turn
from realtime.faces.tiling import FaceFinder
from realtime.outputs.files import Sink
from realtime.packs.pack import Pack
from realtime.people.neutral import PersonalNeutral
from realtime.people.smoothing import People
from realtime.people.tracker import Tracker, look
from realtime.records import Face, Frame, Prediction, Reading, Region
from realtime.sources.files import Source

# A key waits for this long at most while nothing moves.
_IDLE_S = 0.02
# A source that gives nothing for so long, or for so many frames, is taken for lost.
_LOST_S, _LOST_FRAMES = 1.0, 3
_CARD_SIZE_WH = (1280, 720)


class FaceClassifier(Protocol):
    """Reads faces; `realtime.faces.classifier.Classifier` is the real one."""

    def predict(self, patches: Sequence[np.ndarray]) -> list[Prediction]: ...


class PackHolder(Protocol):
    """Holds the pack in use; `realtime.packs.library.Wardrobe` is the real one."""

    current: Pack

    def next_pack(self) -> None: ...
    def next_skin(self) -> None: ...
    def reload(self) -> None: ...


@dataclass
class Pipeline:
    """From a frame to what is known of its faces, and to the picture in which they are covered.

    veil: strict privacy's; None for normal. cover, placement: one of COVERS and one of PLACEMENTS. seen: told of every
    frame, with what was found in it (faces None when they were not looked for). practice: asks for expressions.
    """

    detector: FaceFinder
    classifier: FaceClassifier
    wardrobe: PackHolder
    controls: Controls = field(default_factory=Controls)
    figures: Figures = field(default_factory=Figures)
    stills: bool = False
    tracker: Tracker = field(default_factory=Tracker)
    people: People = field(default_factory=People)
    neutral: PersonalNeutral = field(default_factory=PersonalNeutral)
    effort: Effort = field(default_factory=Effort)
    veil: Veil | None = None
    seen: Callable[[Frame, list[Face] | None, list[Prediction]], None] = lambda frame, faces, predictions: None
    overlay: Overlay = field(default_factory=Overlay)
    cover: str = "emoji"
    placement: str = "face"
    practice: Practice | None = None

    def process(self, frame: Frame) -> tuple[Frame, list[Reading]]:
        """Return the frame with every face covered, and a reading for each."""
        for request in self.controls.take_requests():
            self._serve(request)
        readings = self.read(frame)
        if self.practice is not None:
            self.practice.see(readings, frame.time_s)
        self.controls.notice = self.neutral.notice or (self.practice.notice if self.practice else "")
        return self.draw(frame, readings), readings

    def read(self, frame: Frame) -> list[Reading]:
        """Return a reading for each face of the frame, and for people who were there a moment ago."""
        if self.stills:
            self.tracker.forget()
        if self.effort.skips(self.tracker.follows_all):
            self.seen(frame, None, [])
            return self.people.expect(self.tracker.missing(frame.time_s), frame.time_s)
        with self.figures.timed("detect"):
            found = self.detector.detect(frame)
        with self.figures.timed("track"):
            cut = [face_patch(frame.image, face.region) for face in found]
            tracks = self.tracker.update(found, frame.time_s, [look(patch) for patch in cut])
            ids = [track for track in tracks if track is not None]
            faces, patches = (
                [face for track, face in zip(tracks, found, strict=True) if track is not None],
                [patch for track, patch in zip(tracks, cut, strict=True) if track is not None],
            )
            missing = self.tracker.missing(frame.time_s)
            if self.veil is not None:
                self.veil.suspect([face.region for t, face in zip(tracks, found, strict=True) if t is None])
        with self.figures.timed("classify"):
            predictions = self.classifier.predict(patches)
        self.seen(frame, found, predictions)
        with self.figures.timed("smooth"):
            hints = [hint(face, patch) for face, patch in zip(faces, patches, strict=True)]
            predictions = self.neutral.apply(ids, faces, predictions, frame.time_s)
            self.people.keep([*ids, *missing])
            self.overlay.keep([*ids, *missing])
            readings = self.people.update(ids, faces, predictions, frame.time_s, hints)
            self.figures.notes = [f"face {reading.track}: {reading.hint}" for reading in readings if reading.hint]
            self.figures.notes += [f"saving time: {STEPS[self.effort.step]}"] * bool(self.effort.step)
            return readings + self.people.expect(missing, frame.time_s)

    def draw(self, frame: Frame, readings: Sequence[Reading]) -> Frame:
        """Return the frame with an emoji over every face, larger faces in front."""
        with self.figures.timed("draw"):
            image = frame.image.copy() if self.veil is None else self.veil.over(frame, readings)
            for reading in sorted(readings, key=lambda reading: reading.face.region.size_px):
                self._cover(image, reading, frame.time_s)
            if self.placement == "corner" and (main := covers.main_face(readings)) is not None:
                self._wear(image, main, covers.corner(image.shape[1::-1]), frame.time_s)
            if self.practice is not None:
                self.practice.draw(image, self.wardrobe.current)
            return replace(frame, image=image)

    def _cover(self, image: np.ndarray, reading: Reading, time_s: float) -> None:
        """Hide a face in a picture in place, or whatever else the user wants."""
        region = reading.face.region
        if self.cover == "none":
            covers.annotate(image, reading)
        elif self.cover != "emoji":
            covers.hide(image, region, self.cover)
        if self.placement == "beside":
            self._wear(image, reading, covers.beside(region, image.shape[1::-1]), time_s)
        elif self.cover == "emoji" and self.placement == "face":
            self._wear(image, reading, region, time_s)

    def _wear(self, image: np.ndarray, reading: Reading, region: Region, time_s: float) -> None:
        """Draw a reading's emoji into a picture in place."""
        chosen = self.controls.gender
        presentation = reading.presentation if chosen == "auto" else chosen
        pack = self.wardrobe.current
        sprite = pack.sprite(reading.emotion, presentation, reading.strong, time_s)
        key = (pack, reading.emotion, presentation, reading.strong)
        self.overlay.cover(image, reading.track, sprite, region, time_s, key, turn(reading.face))

    def _serve(self, request: str) -> None:
        """Do what a key asked for."""
        match request:
            case "next pack":
                self.wardrobe.next_pack()
            case "next skin":
                self.wardrobe.next_skin()
            case "reload pack":
                self.wardrobe.reload()
            case "calibrate":
                self.neutral.calibrate()
            case "forget":
                self.neutral.forget()
            case "next to practise" if self.practice is not None:
                self.practice.next()


def run(
    source: Source,
    pipeline: Pipeline,
    sink: Sink,
    report: Callable[[Frame, list[Reading]], None] | None = None,
    max_seconds: float | None = None,
) -> None:
    """Cover frame after frame until the source ends, the time is over or the user quits.

    With a veil in the pipeline privacy is strict: a guard stands before the sink, which gets the privacy picture when a
    frame fails or none comes in time. While the user pauses, nobody watches or the source is lost, those who watch are
    shown a card. report: told of every frame and its readings. max_seconds: of the source's own
    time.
    """
    controls, figures = pipeline.controls, pipeline.figures
    pace = _Pace(wanted=sink.paced and not source.paced)
    live = source.paced or sink.paced
    interlude = _Interlude(pipeline, sink)
    lost_s = max(_LOST_S, _LOST_FRAMES / source.fps)
    first: Frame | None = None
    shown_s = got_s = time.monotonic()
    with ExitStack() as held:
        guard = None
        if pipeline.veil is not None:
            # A file that is worked through without anybody waiting can't stall.
            guard = Guard(pipeline.process, STALL_S if live else None)
            held.callback(guard.close)

        def show(frame: Frame) -> bool:
            sink.write(frame)
            _press(sink, controls, 0.0)
            return not controls.quit

        while True:
            _press(sink, controls, 0.0)
            if controls.quit:
                break
            if controls.paused and first is not None and not source.paced:
                interlude.show("paused", first)
                before_s = time.monotonic()
                _press(sink, controls, _IDLE_S)
                pace.shift(time.monotonic() - before_s)
                continue
            frame = source.read()
            figures.dropped = source.dropped
            if frame is None:
                if source.ended:
                    break
                now_s = time.monotonic()
                if first is not None and max_seconds is not None and now_s - first.time_s >= max_seconds:
                    break
                if controls.paused or controls.idle:
                    interlude.show("paused", first)
                elif now_s - got_s > lost_s:
                    interlude.show("lost", first)
                elif guard and first is not None and now_s - shown_s > STALL_S:
                    show(guard.withheld(replace(first, time_s=now_s)))
                continue
            got_s = time.monotonic()
            if first is None:
                first = frame
            elif controls.paused:  # a device goes on while nobody looks
                interlude.show("paused", first)
                continue
            interlude.over()
            if max_seconds is not None and frame.time_s - first.time_s >= max_seconds:
                break
            pace.wait_for(frame, sink, controls)
            begun_s = time.perf_counter()
            with figures.timed("total"):
                covered, readings = guard.process(frame, show) if guard else pipeline.process(frame)
                with figures.timed("write"):
                    sink.write(covered)
            shown_s = time.monotonic()
            if live:
                pipeline.effort.spent(time.perf_counter() - begun_s, 1 / source.fps)
            if report is not None:
                report(frame, readings)
            figures.finish_frame(sum(reading.raw is not None for reading in readings))
        while source.stills and sink.paced and first is not None and not controls.quit:
            _press(sink, controls, _IDLE_S)


def _press(sink: Sink, controls: Controls, wait_s: float) -> None:
    for key in sink.keys(wait_s):
        controls.press(key)


class _Interlude:
    """Shows a card to those who watch, once, until it is over."""

    def __init__(self, pipeline: Pipeline, sink: Sink) -> None:
        self._pipeline, self._sink = pipeline, sink
        self._shown = ""

    def show(self, name: str, last: Frame | None) -> None:
        """Show a card of the pack in use, "paused" or "lost", in the size of a frame."""
        if name == self._shown:
            return
        self._shown = name
        size_wh = _CARD_SIZE_WH if last is None else (last.image.shape[1], last.image.shape[0])
        card = self._pipeline.wardrobe.current.card(name, size_wh)
        image = privacy_picture(size_wh) if card is None else card
        self._sink.hold(Frame(image, 0, time.monotonic(), name))

    def over(self) -> None:
        """Say that pictures come again."""
        self._shown = ""


class _Pace:
    """Shows recorded frames when they are due."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._start_s: float | None = None

    def shift(self, seconds: float) -> None:
        """Let everything that is to come be due later."""
        if self._start_s is not None:
            self._start_s += seconds

    def wait_for(self, frame: Frame, sink: Sink, controls: Controls) -> None:
        """Wait until the frame is due, serving the sink meanwhile."""
        if not self._wanted:
            return
        now = time.monotonic()
        if self._start_s is None:
            self._start_s = now - frame.time_s
        due = self._start_s + frame.time_s
        # A machine that can't keep up shows every frame late rather than rushing after the lost time.
        self._start_s += max(now - due - 0.5, 0.0)
        while not controls.quit and (left := due - time.monotonic()) > 0:
            _press(sink, controls, min(left, _IDLE_S))
