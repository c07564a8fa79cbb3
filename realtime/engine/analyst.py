"""The first pass over a video: every frame is looked at, and what was found is kept; nothing is drawn."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from realtime.engine.analysis import About, AnalysedFrame, Analysis, Found, Track
from realtime.engine.between import Looks, filled
from realtime.engine.linking import linked
from realtime.engine.reader import FaceReader
from realtime.records import Face, Findings, Frame, Keypoints, Prediction, Reading, Region
from realtime.sources.base import Source

# Of a picture, every pixel of so many across and down goes into its check sum.
_SUMMED = 16
# What is kept is rounded, so that an analysis from its file gives the pictures of the one it was written from: places
# to hundredths of a pixel, angles and probabilities to so many digits.
_PX_DIGITS, _DIGITS = 2, 4


class Kept(Protocol):
    """Is told how far the first pass is."""

    def __call__(self, frame: Frame, people: int) -> None:
        """Take in a frame that was looked at, and the number of people found in it."""


class Collector:
    """Keeps what a reader finds, frame by frame; a recorder of it."""

    def __init__(self) -> None:
        self.frames: list[AnalysedFrame] = []
        # A check sum of each picture, by which the second reading is compared with the first.
        self.sums: list[int] = []
        self._found: dict[int, list[Found]] = {}
        self._confirmed: set[int] = set()
        self._findings = Findings(cut=False, faces=None)
        # Says which frames may be passed over, to a reader that asks; they are filled in at the end.
        self.looks = Looks()
        self._passed: set[int] = set()

    def record(self, frame: Frame, findings: Findings) -> None:
        """Take in what was found in a frame; `take` follows, once it was read."""
        self._findings = findings

    def take(self, frame: Frame, readings: Sequence[Reading], doubtful: dict[int, tuple[Face, bool]]) -> int:
        """Take in what a frame was read as; return how many people were found in it.

        Args:
            frame: whose picture is not kept.
            readings: of the people in it.
            doubtful: what is followed and not confirmed, by track, and whether it is likely to be a face.
        """
        at, findings = len(self.frames), self._findings
        height, width = frame.image.shape[:2]
        self.frames.append(AnalysedFrame(frame.index, frame.time_s, findings.cut, (width, height)))
        self.sums.append(check_sum(frame))
        if findings.faces is None:
            self._passed.add(at)
            return len(readings)
        read = {reading.track: reading for reading in readings if reading.raw is not None}
        seen = dict(zip(findings.tracks, findings.faces, strict=True))
        self.looks.see(seen, {reading.track for reading in readings} | doubtful.keys())
        for track, face in seen.items():
            if (reading := read.get(track)) is not None and reading.raw is not None:
                self._confirmed.add(track)
                self._keep(track, Found(at, face, True, False, reading.raw, reading.hint))
            else:
                self._keep(track, Found(at, face, True, doubtful.get(track, (face, False))[1]))
        for track, (face, likely) in doubtful.items():
            if track not in seen:
                self._keep(track, Found(at, face, False, likely))
        return len(read)

    def tracks(self) -> list[Track]:
        """Return what was found, by the ids of the tracker."""
        return [
            Track(track, track in self._confirmed, tuple(map(_rounded, filled(self.frames, found, self._passed))))
            for track, found in self._found.items()
        ]

    def _keep(self, track: int, found: Found) -> None:
        self._found.setdefault(track, []).append(found)


@dataclass(frozen=True)
class FirstPass:
    """The first pass: what it is made of, all of it open.

    reader: records into the collector. max_seconds: of the source's own time. quitting: says when to stop.
    """

    source: Source
    reader: FaceReader
    collector: Collector
    max_seconds: float | None = None
    quitting: Callable[[], bool] = lambda: False
    progress: Kept | None = None

    def __call__(self, about: About) -> Analysis:
        """Look at every frame; return what was found, with the tracks of each person made one.

        Raises:
            EmojiCameraError: the source or the model fails.
        """
        first_s: float | None = None
        while not self.quitting():
            frame = self.source.read()
            if frame is None:
                if self.source.ended:
                    break
                continue
            first_s = frame.time_s if first_s is None else first_s
            if self.max_seconds is not None and frame.time_s - first_s >= self.max_seconds:
                break
            self.collector.looks.begin(frame.time_s)
            readings = self.reader.read(frame)
            people = self.collector.take(frame, readings, self.reader.people.doubtful)
            if self.progress is not None:
                self.progress(frame, people)
        frames = tuple(self.collector.frames)
        return Analysis(about, frames, linked(frames, self.collector.tracks()))


def check_sum(frame: Frame) -> int:
    """Return a number that another picture has hardly ever."""
    picture = frame.image if frame.coded is None else frame.coded.planes[0]
    rows, columns = (max(side // _SUMMED, 1) for side in picture.shape[:2])
    return zlib.crc32(np.ascontiguousarray(picture[::rows, ::columns]).tobytes())


def rounded(face: Face) -> Face:
    """Return a face as it is kept."""
    region = face.region
    left, top, right, bottom = (round(float(edge), _PX_DIGITS) for edge in face.box)
    return replace(
        face,
        box=(left, top, right, bottom),
        score=round(float(face.score), _DIGITS),
        keypoints=Keypoints(np.round(face.keypoints.points.astype(np.float64), _PX_DIGITS).astype(np.float32)),
        region=Region(
            (round(float(region.center[0]), _PX_DIGITS), round(float(region.center[1]), _PX_DIGITS)),
            max(round(float(region.size_px), _PX_DIGITS), 10**-_PX_DIGITS),
            round(float(region.roll_rad), _DIGITS),
        ),
    )


def _rounded(found: Found) -> Found:
    read = found.prediction
    if read is not None:
        read = Prediction(
            np.round(read.emotions.astype(np.float64), _DIGITS).astype(np.float32),
            np.round(read.genders.astype(np.float64), _DIGITS).astype(np.float32),
        )
    return replace(found, face=rounded(found.face), prediction=read)
