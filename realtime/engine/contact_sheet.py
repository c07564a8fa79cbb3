"""The contact sheet of a covered video: small pictures of where somebody came, was lost, or is doubtful."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from realtime.engine.file_report import bridged_gaps, doubtful_stretches
from realtime.engine.plan import Plan

# No more pictures than this are on a sheet; of people, of gaps and of what is doubtful so many at most.
_MOST, _PEOPLE, _GAPS, _DOUBTFUL = 24, 8, 6, 6
# A video with nobody in it is shown by this many.
_OF_NOBODY = 6
_ACROSS, _WIDTH, _LINE, _MARGIN = 4, 320, 22, 8
_PAPER, _INK = (255, 255, 255), (50, 50, 50)


class ContactSheet:
    """Collects the pictures while a video is drawn; what it keeps is covered."""

    def __init__(self, plan: Plan) -> None:
        """Choose the frames."""
        self._frames = plan.analysis.frames
        self._wanted = _chosen(plan)
        self._pictures: dict[int, np.ndarray] = {}

    def wants(self, at: int) -> bool:
        """Return whether the frame of a position is shown."""
        return at in self._wanted

    def watch(self, image: np.ndarray, at: int) -> None:
        """Take in a covered picture, uint8 (H, W, 3) BGR, and its position."""
        if at in self._wanted:
            height = max(round(image.shape[0] * _WIDTH / image.shape[1]), 1)
            self._pictures[at] = cv2.resize(image, (_WIDTH, min(height, 4 * _WIDTH)), interpolation=cv2.INTER_AREA)

    def picture(self) -> np.ndarray | None:
        """Return the sheet, uint8 (H, W, 3) BGR; None where no frame was drawn."""
        if not self._pictures:
            return None
        tile = max(image.shape[0] for image in self._pictures.values()) + _LINE + _MARGIN
        rows, columns = math.ceil(len(self._pictures) / _ACROSS), min(len(self._pictures), _ACROSS)
        size = (rows * tile + _MARGIN, columns * (_WIDTH + _MARGIN) + _MARGIN, 3)
        sheet = np.full(size, _PAPER, np.uint8)
        for number, at in enumerate(sorted(self._pictures)):
            row, column = divmod(number, _ACROSS)
            left, top = _MARGIN + column * (_WIDTH + _MARGIN), _MARGIN + row * tile
            image = self._pictures[at]
            sheet[top : top + image.shape[0], left : left + _WIDTH] = image
            text = f"{_clock(self._frames[at].time_s)}  {', '.join(self._wanted[at])}"
            place = (left, top + image.shape[0] + _LINE - 7)
            cv2.putText(sheet, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)
        return sheet


def _chosen(plan: Plan) -> dict[int, list[str]]:
    """Return the positions of the frames to be shown, and what each shows."""
    chosen: dict[int, list[str]] = {}

    def choose(at: int, what: str) -> None:
        if at in chosen or len(chosen) < _MOST:
            chosen.setdefault(at, []).append(what)

    for stretch in doubtful_stretches(plan)[:_DOUBTFUL]:
        choose((stretch.first + stretch.last) // 2, f"{stretch.id}?")
    longest = sorted(plan.people, key=lambda person: -len(person.track.seen))[:_PEOPLE]
    for person in longest:
        seen, number = person.track.seen, person.track.id
        choose(seen[0].at, f"{number} comes")
        choose(seen[-1].at, f"{number} goes")
    gaps = sorted((gap for person in plan.people for gap in bridged_gaps(person)), key=lambda gap: gap.first - gap.last)
    for gap in gaps[:_GAPS]:
        choose((gap.first + gap.last) // 2, f"{gap.id} not found")
    for person in longest:
        seen = person.track.seen
        choose(seen[len(seen) // 2].at, f"{person.track.id}")
    count = len(plan.analysis.frames)
    if not chosen:
        for at in _evenly(count):
            choose(at, "nobody")
    return chosen


def _evenly(count: int) -> Sequence[int]:
    return np.unique(np.linspace(0, count - 1, _OF_NOBODY).astype(int)).tolist()


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(time_s, 60)
    return f"{int(minutes)}:{seconds:04.1f}"
