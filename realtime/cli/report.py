"""What is told of each face: lines for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np

from realtime.cli.progress import Progress
from realtime.engine.timeline import Timeline
from realtime.errors import EmojiCameraError
from realtime.metrics import metrics_of
from realtime.records import EMOTIONS, GENDERS, Frame, Prediction, Reading

# Is told of every frame and its readings.
Watching = Callable[[Frame, Sequence[Reading]], None]


class SessionReport(Protocol):
    """What keeps a session; `realtime.report.report.Report` does."""

    def __call__(self, frame: Frame, readings: Sequence[Reading]) -> None: ...
    def finish(self) -> list[str]: ...


class Summarised(Protocol):
    """What knows how a run went."""

    processed: int

    def summary(self) -> str: ...


class Reporter:
    """Prints what is found: with `--json` objects alone to standard output, else lines for pictures.

    timeline, session: take it in too, and are written at the end. progress: is told of every frame, and closed at the
    end. watch: is told the same as the reporter. metrics: whether JSON has them.
    """

    def __init__(
        self,
        as_json: bool,
        stills: bool,
        timeline: Timeline | None = None,
        progress: Progress | None = None,
        watch: Watching | None = None,
        *,
        session: SessionReport | None = None,
        metrics: bool = False,
    ) -> None:
        self._session = session
        self._metrics = metrics
        self._as_json = as_json
        self._stills = stills
        self._timeline = timeline
        self._progress = progress
        self._watch = watch
        # With JSON nothing else may be on standard output.
        self._told = sys.stderr if as_json else sys.stdout

    def __call__(self, frame: Frame, readings: Sequence[Reading]) -> None:
        if self._timeline is not None:
            self._timeline(frame, readings)
        if self._session is not None:
            self._session(frame, readings)
        if self._watch is not None:
            self._watch(frame, readings)
        if self._progress is not None:
            self._progress(frame)
        for reading in readings:
            if reading.raw is None:  # covered, but not seen in this frame
                continue
            if self._as_json:
                print(as_json(frame, reading, self._metrics), flush=True)  # whoever reads it lives along
            elif self._stills:
                print(as_line(frame, reading))
        if self._stills and not readings:
            print(f"{frame.source}: no face found.", file=self._told)

    def finish(self, stats: Summarised, where: str, stopped: bool = False) -> None:
        """Print how the run went and where its output is, unless it ended before it began.

        Args:
            stats: Of the run.
            where: Its results are, in one line.
            stopped: Whether the user ended it before its source did.

        Raises:
            OutputError: The timeline or the report of the session can't be written.
        """
        if self._progress is not None:
            self._progress.close()
        reported, fault = self._finish_session()
        if stats.processed:
            # First, as it is not to be lost where nobody can be told any more.
            written = [where] * bool(where) + (self._timeline.write() if self._timeline else []) + reported
            print(stats.summary(), file=self._told)
            if stopped and where:
                print("Stopped: what is written ends here, and is whole.", file=self._told)
            print(f"Written: {', '.join(written) or 'nothing'}.", file=self._told)
        if fault is not None:
            raise fault

    def _finish_session(self) -> tuple[list[str], EmojiCameraError | None]:
        """Finish the session's report, before anything else can fail; return where it is, and what went wrong."""
        if self._session is None:
            return [], None
        try:
            return self._session.finish(), None
        except EmojiCameraError as error:
            return [], error


def as_json(frame: Frame, reading: Reading, metrics: bool = False) -> str:
    """Return one face of one frame as a JSON object on one line.

    Boxes are in pixels of the source frame. Probabilities are averages over time; "raw" holds this frame's own.
    metrics: whether to add those of docs/metrics.md.
    """
    more = {"metrics": _rounded(metrics_of(reading))} if metrics else {}
    return json.dumps(
        {
            "source": frame.source,
            "frame": frame.index,
            "time_s": round(frame.time_s, 4),
            "track": reading.track,
            "box": [round(edge, 1) for edge in _box(frame, reading)],
            "score": round(reading.face.score, 4),
            "emotion": reading.emotion,
            "own": reading.own,
            "intensity": round(reading.intensity, 4),
            "hint": reading.hint,
            **_probabilities(reading.prediction),
            "gender": reading.presentation,
            "raw": _probabilities(reading.raw or reading.prediction),
            **more,
        }
    )


def as_line(frame: Frame, reading: Reading) -> str:
    """Return one face of a picture as a line for a person to read."""
    emotion = reading.emotion
    if emotion in EMOTIONS:
        emotion += f" {reading.prediction.emotions[EMOTIONS.index(emotion)]:.0%}"
    elif reading.hint:
        emotion += f" ({reading.hint})"
    gender = f"{reading.presentation} drawing"
    if reading.presentation in GENDERS:
        share = reading.prediction.genders[GENDERS.index(reading.presentation)]
        gender = f"perceived as {reading.presentation} {share:.0%}"
    left, top, right, bottom = (round(edge) for edge in _box(frame, reading))
    return f"{frame.source}: face {reading.track}: {emotion}, {gender}, box {left},{top},{right},{bottom}"


def _box(frame: Frame, reading: Reading) -> list[float]:
    """Return the face's box, cut at the border of the picture."""
    height, width = frame.image.shape[:2]
    return [float(np.clip(edge, 0, limit)) for edge, limit in zip(reading.face.box, (width, height) * 2, strict=True)]


def _rounded(metrics: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 4) for name, value in metrics.items()}


def _probabilities(prediction: Prediction) -> dict[str, dict[str, float]]:
    return {
        "emotions": {name: round(float(p), 5) for name, p in zip(EMOTIONS, prediction.emotions, strict=True)},
        "genders": {name: round(float(p), 5) for name, p in zip(GENDERS, prediction.genders, strict=True)},
    }
