"""What somebody who practises sees on a page: the drawing, a gauge for each part, and what there is to choose from."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import cv2
import numpy as np
from nicegui import app, ui
from starlette.responses import Response

from realtime.errors import EmojiCameraError
from realtime.packs.pack import PACKS, load_pack
from realtime.pages.live import LiveView
from realtime.records import EMOTIONS
from realtime.web import widgets
from realtime.words import said

_SIDE_PX = 256
# Whose drawings are shown, and whose the game asks about.
_PACK, _FACES = "classic", "avatar"
# The signs of gauges that are not there yet: which way to go.
_SIGNS = {"up": "↑", "down": "↓", "open": "↕", "close": "→←", "rest": "="}
_THERE = "✓"
# The most leaves that are drawn of an expression.
_MOST_LEAVES = 20


def add_drawings() -> None:
    """Add the addresses of the drawings to the application."""

    @app.get("/drawing/{pack}/{emotion}/{strong}")
    async def drawing(pack: str, emotion: str, strong: str) -> Response:
        if pack not in (_PACK, _FACES) or emotion not in (*EMOTIONS, "unsure"):
            return Response(status_code=404)
        try:
            picture = await asyncio.to_thread(_picture, pack, emotion, strong == "strong")
        except EmojiCameraError:
            return Response(status_code=404)
        return Response(picture, media_type="image/png", headers={"cache-control": "max-age=3600"})


@functools.lru_cache(maxsize=64)
def _picture(pack: str, emotion: str, strong: bool) -> bytes:
    """Return a drawing as a PNG file. Raises AssetError."""
    sprite = load_pack(PACKS / pack).sprite(emotion, "neutral", strong)
    drawing = cv2.resize(sprite.levels[0], (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    alpha = np.maximum(drawing[..., 3:], 1).astype(np.float32) / 255
    drawing[..., :3] = np.clip(drawing[..., :3] / alpha, 0, 255)  # a file's colours are not multiplied by it
    return bytes(cv2.imencode(".png", drawing)[1].tobytes())


class GuideView:
    """Shows the guide that the camera tells of, and takes answers to it."""

    def __init__(self, live: LiveView) -> None:
        """live: the camera on the same page, which is told the answers."""
        self._live = live
        self._shown = ui.html("", sanitize=False)
        self._choices = widgets.block("looks")
        self._offered: tuple[object, ...] = ()

    def show(self, guide: Mapping[str, Any] | None) -> None:
        """Show a guide as `realtime.drawing.guide.Guide` has it; None for nothing."""
        self._shown.set_content("" if guide is None else _guide(guide))
        offered = () if guide is None else (tuple(guide["choices"]), guide["chosen"], guide["emotion"])
        if offered != self._offered:
            self._offered = offered
            self._choices.clear()
            if guide is not None and guide["choices"]:
                self._offer(guide["choices"], guide["chosen"], guide["emotion"])

    def answer(self, number: int) -> Any:
        """Choose the drawing with a number, as the key of the window does."""
        return self._live.send(f"hold-{EMOTIONS[number - 1]}")

    def _offer(self, choices: Sequence[str], chosen: str, drawn: str) -> None:
        with self._choices:
            for emotion in choices:
                number = EMOTIONS.index(emotion) + 1
                made = ui.element("button").classes("look").on("click", functools.partial(self.answer, number))
                made.props(f"type=button aria-pressed={str(emotion == chosen).lower()}")
                with made:
                    ui.html(f'<img src="/drawing/{_PACK}/{emotion}/strong" alt="">', sanitize=False)
                    sign = f" {_THERE}" if chosen and emotion == drawn else ""
                    widgets.text(f"{number} {said(emotion)}{sign}", "span")


def _guide(guide: Mapping[str, Any]) -> str:
    """Return a guide as HTML, without its sentence, which stands beside the picture."""
    parts = []
    if emotion := guide["emotion"]:
        pack, strong = (_FACES, guide["strong"]) if guide["mode"] == "game" else (_PACK, True)
        told = said("The drawn face") if guide["mode"] == "game" else said(emotion)
        address = f"/drawing/{pack}/{escape(emotion)}/{'strong' if strong else 'calm'}"
        parts.append(f'<img class="drawn" src="{address}" alt="{escape(told, True)}">')
    parts += [_gauge(gauge) for gauge in guide["gauges"]]
    parts += [f'<p class="quiet">{escape(told)}</p>' for told in guide["told"]]
    return f'<div class="guide{" large" if guide["large"] else ""}">{"".join(parts)}</div>'


def _gauge(gauge: Mapping[str, Any]) -> str:
    percent = round(100 * min(gauge["value"], 1.0))
    sign = _THERE if gauge["reached"] else _SIGNS[gauge["arrow"]]
    goal = f'<b style="left: {round(100 * gauge["goal"])}%"></b>' if gauge["goal"] > 0 else ""
    label = escape(gauge["label"], True)
    there = " there" if gauge["reached"] else ""
    return (
        f'<div class="gauge{there}"><span aria-hidden="true">{sign}</span><span>{label}</span>'
        f'<div class="track" role="meter" aria-label="{label}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent}"><i style="width: {percent}%"></i>{goal}</div></div>'
    )


def progress_picture(days: Mapping[str, Mapping[str, int]]) -> str:
    """Return how often each expression was shown, all days together, as HTML: a twig with a leaf for each time."""
    counts: dict[str, int] = {}
    for day in days.values():
        for emotion, count in day.items():
            counts[emotion] = counts.get(emotion, 0) + count
    rows = []
    for emotion, count in counts.items():
        leaves = "".join(
            f'<ellipse cx="{14 + 14 * n}" cy="{9 if n % 2 else 19}" rx="6" ry="3.2" '
            f'transform="rotate({-35 if n % 2 else 35} {14 + 14 * n} {9 if n % 2 else 19})"/>'
            for n in range(min(count, _MOST_LEAVES))
        )
        width = 20 + 14 * min(count, _MOST_LEAVES)
        twig = f'<line x1="2" y1="14" x2="{width - 6}" y2="14"/>'
        picture = f'<svg viewBox="0 0 {width} 28" width="{width}" height="28" aria-hidden="true">{twig}{leaves}</svg>'
        rows.append(f"<li><span>{escape(said(emotion))}: {count}</span>{picture}</li>")
    return f'<ul class="twigs">{"".join(rows)}</ul>'
