"""The second pass over a video: it is read again and drawn as planned; faces are not looked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import cv2
import numpy as np

from realtime.engine.analysis import AnalysedFrame, Zone
from realtime.engine.analyst import check_sum
from realtime.engine.movements import Movements
from realtime.engine.painter import Library, Painter
from realtime.engine.plan import Plan
from realtime.errors import InputError
from realtime.images import coarse
from realtime.people.people import People
from realtime.planes import OfPlanes
from realtime.records import Coded, Frame, Reading, Suspect

# A covered zone is this many cells across and down, fewer where they would be larger than needed.
_ZONE_CELLS = 6
# Times of an analysis are rounded by nobody, so what differs by more is another frame.
_SAME_S = 1e-4


class PlannedReader:
    """Reads frames as a plan has them, one after the other."""

    def __init__(self, plan: Plan, sums: Sequence[int] | None = None, movements: Movements | None = None) -> None:
        """Begin with the first frame.

        Args:
            plan: what is drawn.
            sums: of the pictures when they were analysed; None where they are not known.
            movements: adds how faces move, where somebody wants to know.
        """
        # The loop asks a reader for the profile of its people; here it is nobody's.
        self.people = People()
        self._plan, self._sums, self._movements = plan, sums, movements
        self._next = 0
        self._error: InputError | None = None

    @property
    def position(self) -> int:
        """Which frame of the analysis was read last, -1 before the first."""
        return self._next - 1

    @property
    def ended(self) -> bool:
        """Whether every frame that was analysed was read."""
        return self._next == len(self._plan.analysis.frames)

    @property
    def suspects(self) -> Sequence[Suspect]:
        """Where something is in the last frame that may be a face."""
        return self._plan.suspects(self.position)

    def read(self, frame: Frame) -> list[Reading]:
        """Return a reading of everybody who is covered in a frame.

        Raises:
            InputError: it is not the frame that was analysed, so nobody knows who is in it.
        """
        frames = self._plan.analysis.frames
        if self.ended:
            self._error = _other(frame.source, f"it goes on after the {len(frames)} frames that were analysed")
            raise self._error
        at = self._next
        if not _is_same(frame, frames[at]) or (self._sums is not None and check_sum(frame) != self._sums[at]):
            self._error = self._error or _other(frame.source, f"its frame {frame.index} differs")
            raise self._error
        self._next += 1
        readings = self._plan.readings(at)
        return readings if self._movements is None else self._movements.added(frame, readings)

    def check_end(self, source: str) -> None:
        """Raise InputError where other frames came than were analysed, or fewer."""
        if self._error is not None:  # strict privacy has shown something else instead, and went on
            raise self._error
        if not self.ended:
            raise _other(source, f"it ends after {self._next} of {len(self._plan.analysis.frames)} frames")


class Watches(Protocol):
    """Is shown covered pictures; `realtime.engine.contact_sheet.ContactSheet` is."""

    def wants(self, at: int) -> bool:
        """Return whether it wants the picture of a position."""

    def watch(self, image: np.ndarray, at: int) -> None:
        """Take in a covered picture and its position; it is to keep nothing but copies."""


class PlannedPainter:
    """Covers faces as a painter does, and zones besides."""

    def __init__(
        self,
        painter: Painter,
        plan: Plan,
        reader: PlannedReader,
        sheet: Watches | None = None,
    ) -> None:
        """Paint what a plan has.

        Args:
            painter: covers the faces.
            plan: says which zones are covered.
            reader: says which frame it is.
            sheet: is shown the covered pictures that it wants.
        """
        self._painter, self._plan, self._reader, self._sheet = painter, plan, reader, sheet
        self._of_planes = OfPlanes()

    @property
    def library(self) -> Library:
        """Holds the emoji pack in use."""
        return self._painter.library

    def wear(self, cover: str = "", placement: str = "", crop: str = "") -> None:
        """Change what hides faces from the next frame on; "" leaves it."""
        self._painter.wear(cover, placement, crop)

    def keep_strict(self, strict: bool) -> None:
        """Blur whatever can't be trusted from the next frame on, or no longer."""
        self._painter.keep_strict(strict)

    def paint(
        self, frame: Frame, readings: Sequence[Reading], suspects: Sequence[Suspect] = (), gender: str = "auto"
    ) -> np.ndarray:
        """Return the frame's picture with every face and zone covered; uint8 (H, W, 3) BGR, new."""
        image = self._painter.paint(frame, readings, suspects, gender)
        _cover_zones(image, self._plan, self._reader.position)
        if self._sheet is not None:
            self._sheet.watch(image, self._reader.position)
        return image

    def covered(
        self, frame: Frame, readings: Sequence[Reading], suspects: Sequence[Suspect] = (), gender: str = "auto"
    ) -> Frame:
        """Return the frame with every face and zone covered.

        One that comes without colours is drawn on as it is coded, unless more is drawn than emoji, or it is on the
        contact sheet.
        """
        coded, at = frame.coded, self._reader.position
        if coded is None or not coded.stands_in:
            return replace(frame, image=self.paint(frame, readings, suspects, gender))
        shown = self._sheet is not None and self._sheet.wants(at)
        if shown or self._plan.zones(at) or not self._painter.draws_coded(suspects):
            whole = self._of_planes(coded.planes)
            image = self.paint(replace(frame, image=whole), readings, suspects, gender)
            return replace(frame, image=image, coded=Coded(coded.planes, whole))
        luma, blue, red = (plane.copy() for plane in coded.planes)
        self._painter.draw_coded((luma, blue, red), readings, gender, frame.time_s)
        return replace(frame, coded=replace(coded, planes=(luma, blue, red)))


def painted_at(painter: Painter, plan: Plan, frame: Frame, at: int, gender: str = "auto") -> np.ndarray:
    """Return one frame of a video as a plan has it, by its position; uint8 (H, W, 3) BGR, new."""
    image = painter.paint(frame, plan.readings(at), plan.suspects(at), gender)
    _cover_zones(image, plan, at)
    return image


def _cover_zones(image: np.ndarray, plan: Plan, at: int) -> None:
    for zone in plan.zones(at):
        cover_zone(image, zone)


def cover_zone(image: np.ndarray, zone: Zone) -> None:
    """Blur a rectangle beyond recognition, in place, cut at the borders. image: uint8 (H, W, 3) BGR."""
    left, top = max(math.floor(zone.x), 0), max(math.floor(zone.y), 0)
    right = min(math.ceil(zone.x + zone.width), image.shape[1])
    bottom = min(math.ceil(zone.y + zone.height), image.shape[0])
    if left < right and top < bottom:
        image[top:bottom, left:right] = coarse(image[top:bottom, left:right], (_ZONE_CELLS,) * 2, cv2.INTER_CUBIC)


def _is_same(frame: Frame, analysed: AnalysedFrame) -> bool:
    height, width = frame.image.shape[:2]
    same = frame.index == analysed.index and (width, height) == analysed.size_wh
    return same and abs(frame.time_s - analysed.time_s) < _SAME_S


def _other(source: str, why: str) -> InputError:
    return InputError(
        f"{source} is not what it was when its faces were looked for: {why}.",
        "Leave the file alone while it is worked on, and analyse it again; --passes 1 looks and draws at once.",
    )
