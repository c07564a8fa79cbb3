"""Drawing what somebody who practises is shown: a panel beside their picture, with the drawing, gauges and words.

Symbols stand beside every colour: an arrow for which way to go, a tick for what is there.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from realtime.drawing.guide import Gauge, Guide
from realtime.drawing.signs import draw_sign
from realtime.lettering import width_of, wrapped, write
from realtime.packs.pack import Pack
from realtime.packs.sprite import Sprite
from realtime.records import EMOTIONS

# How wide the panel is, and the scale of its letters, as shares of its height; for large letters the second ones.
_WIDE, _SCALE = (0.72, 1.0), (1 / 640, 1 / 440)
# Letters get smaller by this much until all of it has room, down to the least.
_SHRINK, _LEAST = 0.93, 0.3
# A drawing has no more than this share of the height, and no less than the second as long as letters can shrink.
_DRAWING, _LEAST_DRAWING = 0.36, 0.2
# So many are drawn of what was shown today; of more, the number says it.
_MOST_LEAVES = 12
# Colours, BGR. On the ground, letters have a contrast of 13, there and coming of more than 6.
_GROUND, _TRACK, _INK, _QUIET = (46, 38, 32), (96, 84, 74), (255, 255, 255), (205, 198, 190)
_COMING, _THERE, _GOAL = (90, 190, 250), (120, 215, 130), (255, 255, 255)


@dataclass(frozen=True)
class _Page:
    """The measures of a panel: its size, and those that follow from the scale of its letters, in pixels."""

    height: int
    width: int
    scale: float

    @property
    def margin(self) -> int:
        return max(round(0.045 * self.width), 4)

    @property
    def inner(self) -> int:
        return self.width - 2 * self.margin

    @property
    def line(self) -> int:
        return round(38 * self.scale)

    @property
    def bar(self) -> int:
        return max(round(16 * self.scale), 3)

    @property
    def sign(self) -> int:
        return round(30 * self.scale)


class GuidePanel:
    """Draws guides, and draws again only what has changed."""

    def __init__(self) -> None:
        """Begin with nothing drawn."""
        self._drawn: tuple[object, np.ndarray] | None = None

    def draw(self, guide: Guide, sentence: str, height_px: int, pack: Pack, faces: Pack | None = None) -> np.ndarray:
        """Return the panel, uint8 (height_px, W, 3) BGR; it is not to be written to.

        Args:
            guide: what is shown.
            sentence: what is said at the top.
            height_px: how high it is.
            pack: whose drawings are shown.
            faces: whose drawings are asked about in the game; pack's without it.
        """
        shown = (guide, sentence, height_px, pack, faces)
        if self._drawn is None or self._drawn[0] != shown:
            self._drawn = shown, _panel(guide, sentence, height_px, pack, faces or pack)
        return self._drawn[1]


def _panel(guide: Guide, sentence: str, height_px: int, pack: Pack, faces: Pack) -> np.ndarray:
    height = max(height_px, 60)
    scale = height * _SCALE[guide.large]
    page = _Page(height, round(height * _WIDE[guide.large]), scale)
    # The drawing gets what the words leave, and they shrink where it would get too little.
    while (left := _left(page, guide, sentence)) < _LEAST_DRAWING * height and page.scale > _LEAST:
        page = _Page(page.height, page.width, page.scale * _SHRINK)
    image = np.full((page.height, page.width, 3), _GROUND, np.uint8)
    y = page.margin
    if guide.emotion:
        side = min(round(_DRAWING * height), left - page.margin)
        if side > 8:
            _drawing(image, guide, pack if guide.mode != "game" else faces, (page.width // 2, y + side // 2), side)
            y += side + page.margin
    y = _lines(image, page, y, wrapped(sentence, page.scale, page.inner), _INK) + page.bar
    for gauge in guide.gauges:
        y = _gauge(image, page, y, gauge)
    for told in guide.told:
        y = _lines(image, page, y, wrapped(told, page.scale, page.inner), _QUIET)
    if guide.choices:
        y = _choices(image, page, y, guide, pack)
    _leaves(image, page, y, guide.progress, pack)
    return image[:height_px] if height_px < height else image


# ---- how much room each needs


def _left(page: _Page, guide: Guide, sentence: str) -> int:
    """Return how many pixels of the height nothing but the drawing would use."""
    label = page.inner - 2 * page.sign
    used = 2 * page.margin + page.bar + page.line * len(wrapped(sentence, page.scale, page.inner))
    used += sum(page.line * len(wrapped(one.label, page.scale, label)) + 2 * page.bar for one in guide.gauges)
    used += sum(page.line * len(wrapped(told, page.scale, page.inner)) for told in guide.told)
    used += _choice_height(page, guide) if guide.choices else 0
    used += (page.line + page.bar) * len(guide.progress)
    return page.height - used


def _choice_height(page: _Page, guide: Guide) -> int:
    return page.inner // len(guide.choices) + page.line + page.bar


# ---- the parts


def _lines(image: np.ndarray, page: _Page, y: int, lines: Sequence[str], colour: tuple[int, int, int]) -> int:
    """Write lines; return where the next begins."""
    for line in lines:
        _word(image, line, page.margin, y + round(0.74 * page.line), page, colour)
        y += page.line
    return y


def _word(image: np.ndarray, word: str, x: int, base: int, page: _Page, colour: tuple[int, int, int]) -> None:
    """Write a word above a base line, in the rows that it needs alone."""
    top = max(base - page.line, 0)
    write(image[top : base + page.line // 2], word, (x, base - top), page.scale, colour)


def _gauge(image: np.ndarray, page: _Page, y: int, gauge: Gauge) -> int:
    """Draw a gauge: which way, what, and how far."""
    colour = _THERE if gauge.reached else _COMING
    draw_sign(image, (page.margin + page.sign // 2, y + page.line // 2), page.sign, _name(gauge), colour)
    for line in wrapped(gauge.label, page.scale, page.inner - 2 * page.sign):
        _word(image, line, page.margin + 2 * page.sign, y + round(0.74 * page.line), page, _INK)
        y += page.line
    left, right = page.margin, page.margin + page.inner
    end = left + round(page.inner * min(gauge.value, 1.0))
    cv2.rectangle(image, (left, y), (right, y + page.bar), _TRACK, cv2.FILLED)
    if end > left:
        cv2.rectangle(image, (left, y), (end, y + page.bar), colour, cv2.FILLED)
    if gauge.goal > 0:
        x = left + round(page.inner * gauge.goal)
        cv2.line(image, (x, y - page.bar // 3), (x, y + page.bar + page.bar // 3), _GOAL, max(page.bar // 5, 2))
    return y + 2 * page.bar


def _name(gauge: Gauge) -> str:
    return "there" if gauge.reached else gauge.arrow


def _drawing(image: np.ndarray, guide: Guide, pack: Pack, centre: tuple[int, int], side: int) -> None:
    """Draw the expression in a ring that fills while it is shown."""
    sprite = pack.sprite(guide.emotion, "neutral", guide.strong)
    drawn = _sized(sprite, round(0.84 * side))
    if guide.drawn < 1:
        rest = _sized(pack.sprite("neutral", "neutral"), round(0.84 * side))
        drawn = cv2.addWeighted(drawn, guide.drawn, rest, 1 - guide.drawn, 0)
    if guide.mode == "parts" and guide.gauges:
        thick = max(side // 26, 2)
        radius = side // 2 - thick
        cv2.circle(image, centre, radius, _TRACK, thick, cv2.LINE_AA)
        if guide.held > 0:
            cv2.ellipse(image, centre, (radius, radius), -90, 0, 360 * guide.held, _THERE, thick, cv2.LINE_AA)
    _lay(image, drawn, centre)


def _choices(image: np.ndarray, page: _Page, y: int, guide: Guide, pack: Pack) -> int:
    """Draw what there is to choose from, each with the number of its key."""
    cell = page.inner // len(guide.choices)
    for number, emotion in enumerate(guide.choices):
        left = page.margin + number * cell
        _lay(image, _sized(pack.sprite(emotion, "neutral"), round(0.8 * cell)), (left + cell // 2, y + cell // 2))
        told = str(EMOTIONS.index(emotion) + 1)
        right = bool(guide.chosen) and emotion == guide.emotion
        colour = _THERE if right else _INK
        _word(image, told, left + (cell - width_of(told, page.scale)) // 2, y + cell + page.line * 3 // 4, page, colour)
        if right:
            place = (left + cell // 2 + page.sign, y + cell + page.line // 2)
            draw_sign(image, place, page.sign, "there", _THERE)
        if emotion == guide.chosen:
            cv2.rectangle(image, (left + 2, y + 2), (left + cell - 3, y + cell - 3), _INK, max(page.bar // 6, 2))
    return y + _choice_height(page, guide)


def _leaves(image: np.ndarray, page: _Page, y: int, progress: Sequence[tuple[str, int]], pack: Pack) -> None:
    """Draw how often expressions were shown today: a small drawing, and a leaf for each time."""
    for emotion, count in progress:
        side, middle = page.line, y + page.line // 2
        _lay(image, _sized(pack.sprite(emotion, "neutral"), side), (page.margin + side // 2, middle))
        x, step = page.margin + 3 * side // 2, page.sign * 3 // 4
        shown = min(count, _MOST_LEAVES, max((page.inner - 3 * side) // step, 0))
        for _ in range(shown):
            cv2.ellipse(image, (x, middle), (step // 2, step // 4), -40, 0, 360, _THERE, cv2.FILLED, cv2.LINE_AA)
            x += step
        if shown < count:
            _word(image, str(count), x, y + round(0.74 * page.line), page, _QUIET)
        y += page.line + page.bar


@functools.lru_cache(maxsize=32)
def _sized(sprite: Sprite, side: int) -> np.ndarray:
    """Return a drawing scaled into a square: uint8 (H, W, 4) BGRA, colours multiplied by alpha."""
    levels = [level for level in range(len(sprite.levels)) if min(sprite.size_wh) >> level >= side] or [0]
    drawing = sprite.levels[levels[-1]]
    factor = max(side, 1) / max(drawing.shape[:2])
    size = max(round(drawing.shape[1] * factor), 1), max(round(drawing.shape[0] * factor), 1)
    return cv2.resize(drawing, size, interpolation=cv2.INTER_AREA)


def _lay(image: np.ndarray, drawing: np.ndarray, centre: tuple[int, int]) -> None:
    """Lay a drawing over a picture around a point, cut at its borders."""
    height, width = drawing.shape[:2]
    left, top = centre[0] - width // 2, centre[1] - height // 2
    cut = drawing[max(-top, 0) : image.shape[0] - top, max(-left, 0) : image.shape[1] - left]
    under = image[max(top, 0) : max(top, 0) + cut.shape[0], max(left, 0) : max(left, 0) + cut.shape[1]]
    if cut.size:
        through = cv2.merge([cv2.bitwise_not(cut[:, :, 3])] * 3)
        cv2.add(cut[:, :, :3], cv2.multiply(under, through, scale=1 / 255), dst=under)
