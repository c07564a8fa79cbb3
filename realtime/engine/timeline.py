"""How the expressions of a run went over time, as a picture or a table: numbers only, no picture of anybody."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from realtime.drawing import placement
from realtime.drawing.overlay import draw_sprite
from realtime.errors import OutputError, UsageError
from realtime.images import make_parent, new_part, write_file
from realtime.packs.pack import Pack
from realtime.records import EMOTIONS, UNSURE, Frame, Reading

SUFFIXES = (".png", ".csv")

# What is kept and written is averages over this long. Frames one by one are what --json is for.
_MOMENT_S = 0.25
# People seen for less than this are likely to be nobody, and are left out of the picture. The table has all.
_MIN_SEEN_S = 1.0
# The picture shows at most this many people: more would make it endless.
_MOST_SHOWN = 8

# The rows of the picture from above, with their colours (BGR): told apart also by people who see fewer colours, as far
# as seven can be, and by their place and their emoji by everybody.
_ROWS = {
    "happy": (0, 159, 230),
    "surprise": (167, 121, 204),
    "neutral": (120, 120, 120),
    "sad": (178, 114, 0),
    "angry": (20, 60, 200),
    "fear": (140, 60, 110),
    "disgust": (100, 140, 20),
}
_PAPER, _EMPTY, _INK, _FAINT = (255, 255, 255), (244, 244, 244), (50, 50, 50), (205, 205, 205)
_WIDTH, _LEFT, _RIGHT, _ROW, _STRIP, _MARGIN = 1280, 150, 90, 24, 48, 16
# An emoji stands this share of its size above the middle of its place.
_RISE = 0.071875
_PLOT = _WIDTH - _LEFT - _RIGHT
_TICKS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_MIN_TICK_PX = 70
_TEXT = 0.42


@dataclass
class _Moment:
    """What somebody showed within a quarter of a second.

    total: float64 (7,), the sum of the probabilities of the frames in which the face could be read.
    """

    total: np.ndarray = field(default_factory=lambda: np.zeros(len(EMOTIONS)))
    shown: Counter[str] = field(default_factory=Counter)

    @property
    def shares(self) -> np.ndarray:
        """Mean probabilities, float64 (7,), NaN where the face could not be read."""
        read = self.shown.total() - self.shown[UNSURE]
        return self.total / read if read else np.full(len(EMOTIONS), np.nan)

    @property
    def emotion(self) -> str:
        """What was shown the longest."""
        return self.shown.most_common(1)[0][0]


class Timeline:
    """Takes in what is read of every frame, and writes it at the end."""

    def __init__(self, paths: Sequence[Path], pack: Callable[[], Pack]) -> None:
        """paths: .png for a picture, .csv for a table. pack: gives the emoji to draw with.

        Raises UsageError for another suffix, OutputError for a place that can't be written, before anything is run.
        """
        self._paths = paths
        self._pack = pack
        self._people: dict[int, dict[int, _Moment]] = {}
        self._began_s: float | None = None
        self._moments = 0
        for path in paths:
            if path.suffix.lower() not in SUFFIXES:
                raise UsageError(
                    f"--timeline {path}: a timeline is a picture, .png, or a table, .csv.",
                    f"Give --timeline {path.stem}.png, or {path.stem}.csv.",
                )
            make_parent(path)
            _check_place(path)

    def __call__(self, frame: Frame, readings: Sequence[Reading]) -> None:
        """Take in a frame's readings; people who are covered but not seen in it are left out."""
        if self._began_s is None:
            self._began_s = frame.time_s
        at = max(int((frame.time_s - self._began_s) / _MOMENT_S), 0)
        self._moments = max(self._moments, at + 1)
        for reading in readings:
            if reading.raw is None:
                continue
            moment = self._people.setdefault(reading.track, {}).setdefault(at, _Moment())
            shown = reading.own or reading.emotion
            moment.shown[shown] += 1
            if shown != UNSURE:
                moment.total += reading.prediction.emotions

    def write(self) -> list[str]:
        """Write the files, and return where they are. Raises OutputError."""
        for path in self._paths:
            data = self._table().encode() if path.suffix.lower() == ".csv" else _png(self.picture())
            write_file(path, data)
        return [f"timeline {path}" for path in self._paths]

    def _table(self) -> str:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["time_s", "track", "frames", "shown", *EMOTIONS])
        moments = [(at, track, moment) for track, person in self._people.items() for at, moment in person.items()]
        for at, track, moment in sorted(moments, key=lambda row: row[:2]):
            shares = ["" if np.isnan(share) else f"{share:.4f}" for share in moment.shares]
            writer.writerow([f"{at * _MOMENT_S:.2f}", track, moment.shown.total(), moment.emotion, *shares])
        return text.getvalue()

    def picture(self) -> np.ndarray:
        """Draw a panel for each person: their emoji, and a row for each emotion; uint8 (H, W, 3) BGR."""
        people, others = self._drawn_people()
        panel = _STRIP + _ROW * len(_ROWS) + 2 * _MARGIN
        image = np.full((4 * _MARGIN + panel * max(len(people), 1) + 2 * _MARGIN, _WIDTH, 3), _PAPER, np.uint8)
        _write(image, "Expressions over time", (_MARGIN, 2 * _MARGIN), 0.6)
        top = 3 * _MARGIN
        if not people:
            _write(image, "No face was read.", (_LEFT, top + _STRIP))
        for track in people:
            self._draw_person(image, top, track)
            top += panel
        if people:
            _draw_axis(image, top - 2 * _MARGIN, self._moments * _MOMENT_S)
        notes = [f"{len(others)} more, seen for shorter, are in the table (.csv)."] * bool(others)
        notes.append(
            "Darker is more probable; at the right, how much of the time it was shown. "
            "What a face shows is not what a person feels."
        )
        for line, note in enumerate(reversed(notes)):
            _write(image, note, (_MARGIN, image.shape[0] - _MARGIN * (1 + line) + 2), 0.4)
        return image

    def _drawn_people(self) -> tuple[list[int], list[int]]:
        """Return the ids of those who get a panel, in the order in which they came, and of the others."""
        by_time = sorted(self._people, key=lambda track: -len(self._people[track]))
        seen = [track for track in by_time if len(self._people[track]) * _MOMENT_S >= _MIN_SEEN_S] or by_time
        chosen = sorted(seen[:_MOST_SHOWN], key=lambda track: min(self._people[track]))
        return chosen, [track for track in by_time if track not in chosen]

    def _draw_person(self, image: np.ndarray, top: int, track: int) -> None:
        person = self._people[track]
        drawn = self._columns(person)
        _write(image, f"face {track}", (_MARGIN, top + _STRIP // 2 + 4), 0.5)
        self._draw_strip(image, top, person)
        shown = sum((moment.shown for moment in person.values()), Counter[str]())
        for row, (emotion, colour) in enumerate(_ROWS.items()):
            y = top + _STRIP + row * _ROW
            strength = drawn[:, EMOTIONS.index(emotion)]
            band = image[y : y + _ROW - 2, _LEFT : _WIDTH - _RIGHT]
            band[:] = _heat(strength, colour)
            self._emoji(image, emotion, (_LEFT - _ROW, y + _ROW / 2 - 1), _ROW - 4)
            _write(image, emotion, (_MARGIN, y + _ROW - 8))
            _write(image, f"{shown[emotion] / shown.total():.0%}", (_WIDTH - _RIGHT + 10, y + _ROW - 8))

    def _draw_strip(self, image: np.ndarray, top: int, person: dict[int, _Moment]) -> None:
        """Draw the emoji that covered somebody, each once for as long as it was shown, where there is room."""
        free, shown, last = float(_LEFT), "", -2
        for at in sorted(person):
            emotion = person[at].emotion
            x = _LEFT + _PLOT * at / self._moments
            if (emotion != shown or at > last + 1) and x >= free:
                self._emoji(image, emotion, (x + _STRIP / 2 - 4, top + _STRIP / 2 - 2), _STRIP - 12)
                free, shown = x + _STRIP - 8, emotion
            last = at

    def _columns(self, person: dict[int, _Moment]) -> np.ndarray:
        """Return the mean probabilities of each column of pixels, float (W, 7), NaN where the face was not read."""
        total, count = np.zeros((_PLOT, len(EMOTIONS))), np.zeros((_PLOT, 1))
        for at, moment in person.items():
            if not np.isnan(moment.shares[0]):
                start, end = (edge * _PLOT // self._moments for edge in (at, at + 1))
                total[start : max(end, start + 1)] += moment.shares
                count[start : max(end, start + 1)] += 1
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def _emoji(self, image: np.ndarray, emotion: str, center: tuple[float, float], size_px: float) -> None:
        sprite = self._pack().sprite(emotion, "neutral")
        draw_sprite(image, sprite, placement.at((center[0], center[1] - _RISE * size_px), size_px))


def _check_place(path: Path) -> None:
    """Raise OutputError where no file can be made."""
    try:
        new_part(path).unlink()
    except OSError as error:
        raise OutputError(
            f"{path} can't be written: {error.strerror}.",
            "Choose another place for it, as in --timeline ~/timeline.png.",
        ) from error


def _heat(strength: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Return colours for strengths, float (N,), 0 to 1, NaN for nothing there: uint8 (N, 3)."""
    seen = ~np.isnan(strength)
    share = np.where(seen, strength, 0)[:, None]
    mixed = np.array(_EMPTY) * (1 - share) + np.array(colour) * share
    return np.where(seen[:, None], mixed, _PAPER).astype(np.uint8)


def _draw_axis(image: np.ndarray, y: int, length_s: float) -> None:
    step_s = next((t for t in _TICKS_S if t * _PLOT / length_s >= _MIN_TICK_PX), length_s)
    for tick in range(int(length_s / step_s) + 1):
        time_s = tick * step_s
        x = _LEFT + round(_PLOT * time_s / length_s)
        cv2.line(image, (x, 3 * _MARGIN), (x, y), _FAINT, 1)
        _write(image, _clock(time_s, step_s), (x + 3, y + _MARGIN - 3), 0.38)


def _clock(time_s: float, step_s: float) -> str:
    minutes, seconds = divmod(time_s, 60)
    hours, minutes = divmod(int(minutes), 60)
    start = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{start}:{seconds:04.1f}" if step_s < 1 else f"{start}:{int(seconds):02d}"


def _write(image: np.ndarray, text: str, at: tuple[int, int], scale: float = _TEXT) -> None:
    cv2.putText(image, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, _INK, 1, cv2.LINE_AA)


def _png(image: np.ndarray) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()
