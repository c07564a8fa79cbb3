"""Packs and their skins as pictures to choose from."""

from __future__ import annotations

import asyncio
import functools
from html import escape

import cv2
import numpy as np
from nicegui import app, ui
from starlette.responses import Response

from realtime.errors import EmojiCameraError
from realtime.packs.archive import open_archive
from realtime.packs.manifest import read_manifest
from realtime.packs.pack import find_packs, load_pack
from realtime.pages.option_fields import Set
from realtime.web import widgets
from realtime.words import said

_SIDE_PX = 160


def add_looks() -> None:
    """Add the addresses of the pictures to the application."""

    @app.get("/look/{number}/{skin}")
    async def look(number: int, skin: int) -> Response:
        try:
            picture = await asyncio.to_thread(_picture, number, skin)
        except (EmojiCameraError, IndexError):
            return Response(status_code=404)
        return Response(picture, media_type="image/png", headers={"cache-control": "max-age=3600"})


@functools.lru_cache(maxsize=64)
def _picture(number: int, skin: int) -> bytes:
    """Return a small picture of a shipped pack in a skin, as a PNG file. Raises AssetError, IndexError."""
    path = find_packs()[number]
    skins = list(read_manifest(open_archive(path)).skins)
    sprite = load_pack(path, skins[skin] if skins else None).sprite("happy", "neutral")
    drawing = cv2.resize(sprite.levels[0], (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
    alpha = np.maximum(drawing[..., 3:], 1).astype(np.float32) / 255
    drawing[..., :3] = np.clip(drawing[..., :3] / alpha, 0, 255)  # a file's colours are not multiplied by it
    return bytes(cv2.imencode(".png", drawing)[1].tobytes())


class Looks:
    """Lets a pack and a skin be chosen."""

    def __init__(self, pack: str, skin: str | None, put: Set) -> None:
        """pack, skin: in use. put: told of another one."""
        self._pack, self._skin, self._put = pack, skin, put
        self._packs = find_packs()
        widgets.text(said("Pack"), "h3")
        self._choices = widgets.block("looks").props(f'role=radiogroup aria-label="{escape(said("Pack"), True)}"')
        self._skin_title = widgets.text(said("Skin"), "h3")
        self._skins = widgets.block("looks").props(f'role=radiogroup aria-label="{escape(said("Skin"), True)}"')
        self._draw()

    def _draw(self) -> None:
        names = [path.name for path in self._packs]
        self._choices.clear()
        with self._choices:
            for number, name in enumerate(names):
                _look(name, f"/look/{number}/0", name == self._pack, lambda n=name: self._choose("pack", n))
        number = names.index(self._pack) if self._pack in names else -1
        skins = list(read_manifest(open_archive(self._packs[number])).skins) if number >= 0 else []
        self._skin_title.set_visibility(bool(skins))
        self._skins.set_visibility(bool(skins))
        self._skins.clear()
        worn = self._skin if self._skin in skins else next(iter(skins), None)
        with self._skins:
            for at, name in enumerate(skins):
                _look(name, f"/look/{number}/{at}", name == worn, lambda n=name: self._choose("skin", n))

    async def _choose(self, what: str, name: str) -> None:
        if what == "pack":
            self._pack, self._skin = name, None
        else:
            self._skin = name
        self._draw()
        await self._put(what, name)


def _look(name: str, address: str, chosen: bool, on_click: object) -> None:
    with ui.element("button").classes("look").on("click", on_click) as made:  # type: ignore[arg-type]
        made.props(f"type=button role=radio aria-checked={str(chosen).lower()} tabindex={0 if chosen else -1}")
        ui.html(f'<img src="{address}" alt="">', sanitize=False)
        widgets.text(name, "span")
