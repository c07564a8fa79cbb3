"""Strict privacy: what leaves the program are covered heads and what is around them, all else beyond recognition.

Two parts: the mask lies behind the emoji and hides what can't be trusted; the guard stands at the very end and lets
nothing through that did not come out of the whole chain in time.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from realtime.records import Frame, Reading, Suspect
from realtime.slot import Slot

log = logging.getLogger(__name__)

# A blurred picture has this many cells across: a face that fills a third of it is five of them.
_CELLS_ACROSS = 16
# Movement is looked for in a picture reduced to this width, in pixels.
_WATCHED_ACROSS = 64
# Time constant of the average that a picture is compared with.
_MEMORY_S = 0.7
# A difference of more grey levels than this is movement, once the change of the whole picture's light is taken off.
_MOVED_LEVELS = 5.0
# What has moved stays blurred for this long.
_HELD_S = 1.0
# Around a covered head, this far from the middle of its face is shown, across and along, in sizes of the face.
_HEAD_REACH = (0.9, 1.0)
# The outline of a body: half its width at neck and shoulders, and how far below the face's middle these are, in sizes
# of the face; from the shoulders it goes straight down. It is narrow enough to leave out a head beside it, and one that
# looks over a shoulder from behind.
_BODY = ((0.5, 0.6), (1.4, 1.3))
# What is shown is drawn in cells, this many across the picture, and fades out over so many, all of them within it.
_OUTLINE_ACROSS = 160
_FADE_CELLS = 5
# Whose head is rolled by more lies down; their body is not shown.
_MAX_LEAN_RAD = 0.8
# A frame that takes longer is replaced.
STALL_S = 0.2
# How long closing waits for a stage that hangs.
_JOIN_S = 2.0

Result = tuple[Frame, list[Reading]]


class StrictMask:
    """Blurs what could be a bare face: everything but the surroundings of covered heads.

    Strict privacy can't rest on having found everybody, as somebody may sit still whom no detector sees. So only a head
    that is covered and what is around it, neck, shoulders and body, is shown sharp, and of that not what looks a little
    like a face, nor what has moved within the last second. While no face is detected, or a known one is not, all of the
    picture is blurred. The outline of a body ends where another head could be beside it. What remains is a face that is
    not found, does not move and lies within that outline.
    """

    def __init__(self) -> None:
        self._average: np.ndarray | None = None
        self._moved_s: np.ndarray = np.zeros(0)
        self._last_s = 0.0

    def over(self, frame: Frame, readings: Sequence[Reading], suspects: Sequence[Suspect] = ()) -> np.ndarray:
        """Return a new picture, uint8 (H, W, 3) BGR, to lay the emoji on.

        suspects: where something is that may be a face.
        """
        small = cv2.resize(frame.image, _cells(frame.image, _WATCHED_ACROSS), interpolation=cv2.INTER_AREA)
        moved = self._moving(small.mean(2, dtype=np.float32), frame.time_s)
        image = blurred(small, frame.image.shape[1::-1])
        if not readings or any(reading.raw is None for reading in readings):
            return image
        height, width = image.shape[:2]
        scale = min(_OUTLINE_ACROSS / width, 1.0)
        sharp = _surroundings(readings, (max(round(height * scale), 1), max(round(width * scale), 1)), scale)
        still = np.uint8(255) - cv2.dilate(moved.astype(np.uint8) * 255, np.ones((3, 3), np.uint8))
        sharp &= cv2.resize(still, sharp.shape[::-1], interpolation=cv2.INTER_NEAREST)
        for suspect in suspects:
            middle = tuple(int(c * scale) for c in suspect.region.center)
            cv2.circle(sharp, middle, math.ceil(suspect.region.size_px * scale), 0, cv2.FILLED)
        _lay(frame.image, sharp, image)
        return image

    def _moving(self, small: np.ndarray, time_s: float) -> np.ndarray:
        """Return which cells of the picture have moved of late, bool (h, w). small: the picture, grey, float (h, w)."""
        if self._average is None or self._average.shape != small.shape:
            self._average, self._last_s = small, time_s
            self._moved_s = np.full(small.shape, -np.inf)
        difference = small - self._average
        difference -= np.median(difference)
        self._moved_s[np.abs(difference) > _MOVED_LEVELS] = time_s
        elapsed_s, self._last_s = max(time_s - self._last_s, 0.0), time_s
        self._average = self._average + np.float32(1 - np.exp(-elapsed_s / _MEMORY_S)) * (small - self._average)
        return np.asarray(time_s - self._moved_s < _HELD_S)


def _surroundings(readings: Sequence[Reading], shape: tuple[int, int], scale: float) -> np.ndarray:
    """Return where heads and bodies are that belong to faces, uint8 of a shape (h, w): 255 there, 0 elsewhere.

    scale: from pixels of the faces to those of what is returned.
    """
    mask = np.zeros(shape, np.uint8)
    for reading in readings:
        region = reading.face.region
        size, roll = region.size_px * scale, region.roll_rad
        x, y = region.center[0] * scale, region.center[1] * scale
        axes = (_HEAD_REACH[0] * size * 2, _HEAD_REACH[1] * size * 2)
        cv2.ellipse(mask, ((x, y), axes, float(np.degrees(roll))), 255, cv2.FILLED)
        if abs(roll) < _MAX_LEAN_RAD:
            right = [(x + wide * size, y + down * size) for wide, down in _BODY]
            right.append((right[-1][0], float(shape[0])))
            outline = right + [(2 * x - corner, below) for corner, below in reversed(right)]
            cv2.fillPoly(mask, [np.array(outline, np.int32)], 255)
    return mask


def _lay(image: np.ndarray, where: np.ndarray, onto: np.ndarray) -> None:
    """Lay a picture onto another in place, uint8 (H, W, 3), fading out towards the edge of where it is to be seen.

    where: uint8 (h, w), coarser: 255 there. Nothing shows through elsewhere.
    """
    # A cell more is taken off at each side than the fading needs, as drawing the cells larger spreads them by one.
    margin = _FADE_CELLS // 2 + 1
    framed = cv2.copyMakeBorder(where, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    kernel = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    weight = cv2.blur(cv2.erode(framed, kernel), (_FADE_CELLS, _FADE_CELLS))[margin:-margin, margin:-margin]
    share = cv2.resize(weight, onto.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    left, top, width, height = cv2.boundingRect(share)
    if not width:
        return
    part = np.s_[top : top + height, left : left + width]
    share = cv2.cvtColor(share[part], cv2.COLOR_GRAY2BGR)
    onto[part] = cv2.multiply(onto[part], cv2.bitwise_not(share), scale=1 / 255)
    onto[part] += cv2.multiply(image[part], share, scale=1 / 255)


def blurred(image: np.ndarray, size_wh: tuple[int, int] | None = None) -> np.ndarray:
    """Return a picture, uint8 (H, W, 3), blurred beyond recognition, in its own size or another."""
    cells = cv2.resize(image, _cells(image, _CELLS_ACROSS), interpolation=cv2.INTER_AREA)
    return cv2.resize(cells, size_wh or image.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def _cells(image: np.ndarray, across: int) -> tuple[int, int]:
    """Return the size, width first, of a picture that is reduced to so many cells across, if it has as many."""
    height, width = image.shape[:2]
    across = min(across, width)
    return across, min(max(round(across * height / width), 1), height)


def privacy_picture(size_wh: tuple[int, int]) -> np.ndarray:
    """Return what is shown in place of a picture that can't be vouched for; uint8 (H, W, 3) BGR, from nothing else."""
    width, height = size_wh
    image = np.full((height, width, 3), (52, 44, 40), np.uint8)
    middle, unit = (width // 2, height // 2), max(min(width, height) // 12, 2)
    cv2.ellipse(image, middle, (3 * unit, 2 * unit), 0, 0, 180, (200, 200, 200), max(unit // 5, 1), cv2.LINE_AA)
    for number in range(-2, 3):  # lashes of a closed eye
        angle = np.radians(90 + 28 * number)
        x, y = 3 * unit * np.cos(angle), 2 * unit * np.sin(angle)
        start, end = ((middle[0] + int(r * x), middle[1] + int(r * y)) for r in (1, 1.35))
        cv2.line(image, start, end, (200, 200, 200), max(unit // 5, 1), cv2.LINE_AA)
    return image


class Guard:
    """Runs the work on frames in a thread, and gives a privacy picture in place of what fails or comes late."""

    def __init__(self, work: Callable[[Frame], Result], stall_s: float | None = STALL_S) -> None:
        """work: from a frame to its covered picture and readings. stall_s: how long it may take, None for any time."""
        self._work = work
        self._stall_s = stall_s
        self._given: Slot[Frame] = Slot()
        self._done: Slot[Result | Exception] = Slot()
        self._told: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="guarded work", daemon=True)
        self._thread.start()

    def process(self, frame: Frame, show: Callable[[Frame], bool]) -> Result:
        """Return the result of the work.

        show: given the privacy picture again and again while the work stalls; false ends the waiting.
        """
        self._given.put(frame)
        while (done := self._done.take(self._stall_s)) is None:
            self._tell("A frame takes too long.")
            if not show(self.withheld(frame)):
                return self.withheld(frame), []
        if isinstance(done, Exception):
            self._tell(f"{type(done).__name__}: {done}")
            return self.withheld(frame), []
        return done

    @staticmethod
    def withheld(frame: Frame) -> Frame:
        """Return the privacy picture in a frame's place."""
        return replace(frame, image=privacy_picture(frame.image.shape[1::-1]))

    def close(self) -> None:
        """End the thread; one that hangs in a stage is left behind."""
        self._given.close()
        self._thread.join(_JOIN_S)

    def _run(self) -> None:
        while not self._given.finished:
            frame = self._given.take(1.0)
            if frame is None:
                continue
            try:
                self._done.put(self._work(frame))
            except Exception as error:  # whatever went wrong, the camera's picture must not be shown
                self._done.put(error)

    def _tell(self, what: str) -> None:
        if what not in self._told:
            self._told.add(what)
            log.warning("%s The privacy picture is shown instead.", what)
