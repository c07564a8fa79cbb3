"""The running camera on a page: what others see of it, its figures, and what can be asked of it meanwhile."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncIterator, Awaitable, Callable
from html import escape
from typing import Any

import aiohttp
from nicegui import app, ui
from starlette.responses import Response, StreamingResponse

from realtime.control.process import CameraProcess
from realtime.pages.bars import show_bars
from realtime.pages.teach import TeachCard
from realtime.web import widgets
from realtime.web.documents import meaning_link
from realtime.web.server import is_ending
from realtime.words import said

_LOOK_EVERY_S = 0.5
# Ctrl-C is an end like any other.
_ENDED_WELL = (0, 130, None)


def add_streams(camera: CameraProcess) -> None:
    """Add the addresses of what the camera shows and reads to the application, handed through while somebody looks."""

    async def stream(path: str, kind: str) -> Response:
        if not (camera.running and camera.address):
            return Response(status_code=404)
        return handed_through(camera.address + path, camera.token, kind)

    @app.get("/preview")
    async def preview() -> Response:
        return await stream("/preview.mjpeg", "multipart/x-mixed-replace; boundary=picture")

    @app.get("/readings")
    async def readings() -> Response:
        return await stream("/readings", "text/event-stream")


def handed_through(address: str, token: str, kind: str) -> Response:
    """Return a response of that media type that is what the address streams to who has the token."""
    return StreamingResponse(_pieces(address, {"authorization": f"Bearer {token}"}), media_type=kind)


async def _pieces(address: str, headers: dict[str, str]) -> AsyncIterator[bytes]:
    # Nothing in it may be an asynchronous generator too: the program closes all of them at once when it ends.
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=5)) as client,
            client.get(address, headers=headers) as answer,
        ):
            async for piece in answer.content.iter_any():
                if is_ending():
                    return
                yield piece
    except aiohttp.ClientError:  # the camera has ended, and the preview with it
        return


class LiveView:
    """Start and stop, the preview, and what the camera tells, for one page."""

    def __init__(self, camera: CameraProcess, begin: Callable[[], object], over: Callable[[], object]) -> None:
        """Show a camera.

        Args:
            camera: Which.
            begin: Starts it.
            over: Called when it has ended, to show what it has left.
        """
        self._camera, self._begin, self._over = camera, begin, over
        self._shown: tuple[bool, str] | None = None
        self._ran = False
        self.notice = widgets.Notice()
        with widgets.block("actions"):
            self._start = widgets.button(said("Start"), self._started, "main")
            self._stop = widgets.button(said("Stop"), self._stopped, "side danger")
            self._pause = widgets.button(said("Pause"), lambda: self.send("pause"))
        self._status = widgets.text("", "div", "quiet").props("role=status")
        meaning_link(said("What a label means, and what it does not"))
        told = escape(said("Preview: what others see of you"), True)
        picture = f'<img class="preview" data-live alt="{told}" hidden>'
        self._picture = ui.html(picture, sanitize=False)
        self._asked = widgets.text("", "div", "asked").props("role=status")
        self._bars = show_bars()
        self._teach = TeachCard(camera, self.notice)
        with widgets.block("actions") as self._marks:
            self._word = widgets.field(said("A word for this moment")).on("keydown.enter", self._mark)
            widgets.button(said("Mark it in the report"), self._mark)
        self._marks.set_visibility(False)
        self._figures = widgets.text("", "pre", "log")
        self._figures.props(f'tabindex=0 role=group aria-label="{escape(said("Figures"), True)}"')
        with widgets.folded(said("What it says")):
            self._words = widgets.text("", "pre", "log")
            self._words.props(f'tabindex=0 role=group aria-label="{escape(said("What it says"), True)}"')
        ui.timer(_LOOK_EVERY_S, self.look)

    async def send(self, command: str) -> None:
        """Ask the camera for something."""
        with self.notice.telling():
            await asyncio.to_thread(self._camera.send, command)
            await self.look()

    async def _mark(self) -> None:
        with self.notice.telling():
            await asyncio.to_thread(self._camera.send, "mark", word=self._word.value)
            self.notice.say(said("Marked: {word}", word=self._word.value or said("a moment")))
            self._word.set_value("")

    async def look(self) -> None:
        """Show how things are now."""
        camera = self._camera
        running = camera.running
        state = await asyncio.to_thread(camera.state) if running else {}
        self._start.set_visibility(not running)
        self._stop.set_visibility(running)
        self._pause.set_visibility(bool(state))
        self._pause.set_text(said("Go on") if state.get("paused") else said("Pause"))
        self._status.set_content(escape(self._told(running, state)))
        self._asked.set_content(escape(state.get("notice", "")))
        self._figures.set_content(escape(_figures(state)))
        self._figures.set_visibility(bool(state))
        self._bars.set_visibility(bool(state))
        self._teach.show(state.get("teaching"))
        self._marks.set_visibility(state.get("options", {}).get("report") is not None)
        self._words.set_content(escape("\n".join([shlex.join(camera.command), *camera.words])))
        self._show_preview(running and bool(state), camera.address)
        ended, self._ran = self._ran and not running, running
        if ended:
            self._ended()
        if problem := state.get("problem"):
            self.notice.say(problem, "bad")

    def _show_preview(self, on: bool, address: str) -> None:
        before, now = self._shown, (on, address)
        self._shown = now
        if before != now:
            ui.run_javascript(f"Page.preview({str(on).lower()}); Bars.follow({str(on).lower()})")

    def _ended(self) -> None:
        camera = self._camera
        lines = [line for line in camera.words if line]
        if camera.code is not None and camera.code < 0:
            self.notice.say(said("The camera was ended from outside. Start it again."), "bad")
        elif camera.code not in _ENDED_WELL:
            self.notice.say(lines[-1] if lines else f"The emoji camera ended with code {camera.code}.", "bad")
        self._over()

    def _told(self, running: bool, state: dict[str, Any]) -> str:
        if not running:
            return said("The camera is off.")
        if not state.get("opened"):
            return said("The camera is starting.")
        if state.get("paused"):
            return said("Paused: others see a card.")
        faces = [
            said(
                "{emotion}, {drawing} drawing",
                emotion=said(face["own"] or face["emotion"]),
                drawing=said(face["drawing"]),
            )
            for face in state["faces"]
        ]
        return said("Live. Faces: {faces}", faces="; ".join(faces) or said("none"))

    async def _started(self) -> None:
        with self.notice.telling():
            waiting = self._begin()
            if isinstance(waiting, Awaitable):
                await waiting
            await self.look()

    async def _stopped(self) -> None:
        with self.notice.telling():
            self._status.set_content(escape(said("Stopping, and finishing files.")))
            await asyncio.to_thread(self._camera.stop)
            await self.look()


def _figures(state: dict[str, Any]) -> str:
    return "\n".join(state.get("figures", []))
