"""A review of a video: what was found, what its owner wants otherwise, and the video drawn as they want it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from realtime.cli import passes
from realtime.cli.build import cover_of
from realtime.cli.first_pass import analysis_of, check_strict
from realtime.cli.options import Options
from realtime.cli.paths import RunPaths
from realtime.cli.review_rendering import Rendering
from realtime.controls import Controls
from realtime.drawing.overlay import Overlay
from realtime.engine.analysis import Edits, edited
from realtime.engine.analysis_file import read_analysis, write_analysis
from realtime.engine.editing import History
from realtime.engine.file_report import report_of
from realtime.engine.painter import Painter
from realtime.engine.plan import Plan
from realtime.engine.privacy import StrictMask
from realtime.engine.rendering import painted_at
from realtime.errors import InputError, UsageError
from realtime.packs.library import PackLibrary
from realtime.sources.anywhere import Anywhere
from realtime.sources.open import open_source

log = logging.getLogger(__name__)

# Pictures for the page are no wider, and no better, than is needed to see what is covered.
_WIDTH_PX, _JPEG_QUALITY = 1280, 80
_FACE_PX, _AROUND_FACE = 128, 1.6
_NUMBER_INK, _NUMBER_PAPER = (255, 255, 255), (60, 40, 20)


def options_of_review(options: Options) -> Options:
    """Return the options of a review: where video and analysis go, also where nobody has said.

    Raises:
        UsageError: the source is no video file, or something else is asked for that a review can't do.
    """
    for name in ("json", "timeline"):
        if getattr(options, name):
            raise UsageError(f"--review can't go with --{name}.", "Review first; draw then, with --from-analysis.")
    if options.source == "auto" and options.from_analysis is not None:
        options = replace(options, source=read_analysis(options.from_analysis).about.source)
    video = Path(options.source).expanduser()
    if options.output in ((), ("auto",)):
        options = replace(options, output=(str(_free(video, ".covered", ".mp4")),))
    passes.two_passes_wanted(options)  # which says what is missing for them
    if options.analysis is None:
        options = replace(options, analysis=options.from_analysis or _free(video, ".analysis", ".jsonl"))
    return options


def _free(video: Path, what: str, suffix: str) -> Path:
    """Return a name beside a video that nothing has."""
    names = (
        video.with_name(f"{video.stem}{what}{number}{suffix}") for number in ("", *map("-{}".format, range(2, 999)))
    )
    return next((name for name in names if not name.exists()), video.with_name(f"{video.stem}{what}{suffix}"))


class Review:
    """What a page shows and changes. Pictures may be asked for, and edits come, from any thread."""

    def __init__(self, options: Options) -> None:
        """Look for the faces of the video, or read what was found.

        Args:
            options: as `options_of_review` returns them.

        Raises:
            EmojiCameraError: it can't be done.
            KeyboardInterrupt: it was stopped.
        """
        # The analysis is read first, and replaced by its edited self.
        RunPaths(replace(options, from_analysis=None) if options.analysis == options.from_analysis else options)
        cover_of(options)
        self.options = options
        self._library, self._painting = PackLibrary(options.pack, options.skin), threading.Lock()
        analysis = analysis_of(options, Controls())
        if not analysis.frames:
            raise InputError(f"{options.source} holds no picture.", "Give a video.")
        self._history = History(analysis)
        self._saved = analysis.edits if options.from_analysis == options.analysis else None
        self._steadiness = options.smoothing.scaled(options.smooth)
        self.plan = self._planned()
        self._changing = threading.Lock()
        self._rendering: Rendering | None = None
        # Goes up with every change, so that no page shows an old picture.
        self.version = 0
        self.exit_code: int | None = None
        self._frames = Anywhere(
            lambda: open_source(options.source, max_side_px=options.max_size),
            [frame.time_s for frame in analysis.frames],
        )

    @property
    def edits(self) -> Edits:
        """What is wanted otherwise than found."""
        return self._history.now.edits

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height of the first frame in pixels."""
        return self.plan.analysis.frames[0].size_wh

    @property
    def unsaved(self) -> bool:
        """Whether edits would be lost."""
        return self.edits != self._saved and (self._saved is not None or self.edits != Edits())

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether something was taken back."""
        return self._history.can_redo

    def change(self, wish: Callable[[Edits], Edits]) -> None:
        """Obey other edits: what a wish makes of those of now.

        Raises:
            UsageError: they don't fit; nothing is changed then.
        """
        with self._changing:
            edits = wish(self.edits)
            check_strict(self.options, edits)
            self._history.do(edited(self._history.now, edits))
            self._changed()

    def undo(self) -> None:
        """Take the last change back."""
        with self._changing:
            self._history.undo()
            self._changed()

    def redo(self) -> None:
        """Do again what was taken back."""
        with self._changing:
            self._history.redo()
            self._changed()

    def save(self) -> Path:
        """Write the analysis with its edits; return where. Raises OutputError."""
        assert self.options.analysis is not None
        write_analysis(self.options.analysis, self._history.now)
        self._saved = self.edits
        return self.options.analysis

    def report(self) -> dict[str, Any]:
        """Return what would be told of the video as it is covered now."""
        return report_of(self.plan)

    def picture(self, at: int, numbers: bool = False) -> bytes:
        """Return a frame as it is covered now, a JPEG.

        Args:
            at: its position.
            numbers: whether everybody's number stands beside them.

        Raises:
            InputError: there is no such frame.
        """
        plan = self.plan
        if not 0 <= at < len(plan.analysis.frames) or (frame := self._frames.frame(at)) is None:
            raise InputError(f"There is no frame {at}.", f"There are {len(plan.analysis.frames)}.")
        strict = StrictMask() if self.options.privacy == "strict" else None
        painter = Painter(
            self._library,
            cover_of(self.options),
            self.options.placement,
            overlay=Overlay(self.options.motion),
            strict_mask=strict,
        )
        with self._painting:
            image = painted_at(painter, plan, frame, at, self.options.gender)
        scale = min(1.0, _WIDTH_PX / image.shape[1])
        if scale < 1:
            image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if numbers:
            for number, center in _numbers(plan, at):
                _write_number(image, number, np.array(center) * scale)
        return _jpeg(image)

    def face(self, number: int) -> bytes:
        """Return a small picture of a face as it is, a JPEG. Raises InputError where nobody has that number."""
        track = next((track for track in self.plan.analysis.tracks if track.id == number), None)
        if track is None or not track.seen:
            raise InputError(f"There is no face {number}.", "Load the page again.")
        best = max(track.seen, key=lambda one: (not one.hint, one.face.score * one.face.region.size_px))
        frame = self._frames.frame(best.at)
        if frame is None:
            raise InputError("The video is not what it was.", "Start the review again.")
        region = best.face.region
        side = max(round(region.size_px * _AROUND_FACE), 2)
        patch = cv2.getRectSubPix(frame.image, (side, side), region.center)
        patch = cv2.resize(patch, (_FACE_PX, _FACE_PX), interpolation=cv2.INTER_AREA)
        return _jpeg(patch)

    def render(self) -> Rendering:
        """Begin to write the video as it is covered now. Raises UsageError while it is being written."""
        if self._rendering is not None and self._rendering.running:
            raise UsageError("The video is being written already.", "Wait for it, or cancel it.")

        def written(code: int) -> None:
            self.exit_code = code

        self._rendering = Rendering(self.options, self.plan, written)
        return self._rendering

    def close(self) -> None:
        """End what is being written, close the video, and save edits that would be lost. Raises OutputError."""
        if self._rendering is not None:
            self._rendering.cancel()
            self._rendering.wait()
        self._frames.close()
        if self.unsaved:
            print(f"Your edits are in {self.save()}; --from-analysis takes them.", flush=True)

    def _planned(self) -> Plan:
        return Plan(self._history.now, self._steadiness)

    def _changed(self) -> None:
        self.plan = self._planned()
        self.version += 1


def _jpeg(image: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY))[1].tobytes()


def _numbers(plan: Plan, at: int) -> list[tuple[int, tuple[float, float]]]:
    """Return whose number stands where: everybody who is covered, left visible or blurred in a frame."""
    there = {reading.track: reading.face.region for reading in plan.readings(at)}
    for track in (*plan.doubtful, *plan.kept):
        shown = (one for one in track.found if one.at == at and (one.likely or track.confirmed))
        there.update((track.id, one.face.region) for one in shown)
    # Above the head, where it hides nothing that is drawn.
    return [(number, (region.center[0], region.center[1] - region.size_px)) for number, region in there.items()]


def _write_number(image: np.ndarray, number: int, center: np.ndarray) -> None:
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, 0.7
    (width, height), _ = cv2.getTextSize(str(number), font, scale, 2)
    x = int(np.clip(center[0] - width / 2, 2, max(image.shape[1] - width - 4, 2)))
    y = int(np.clip(center[1] + height / 2, height + 4, max(image.shape[0] - 4, height + 4)))
    cv2.rectangle(image, (x - 4, y - height - 4), (x + width + 4, y + 5), _NUMBER_PAPER, cv2.FILLED)
    cv2.putText(image, str(number), (x, y), font, scale, _NUMBER_INK, 2, cv2.LINE_AA)
