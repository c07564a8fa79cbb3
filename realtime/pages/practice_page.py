"""The page for practising expressions: the same engine and words as in the window, with the webcam of the app."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nicegui import events, ui

from realtime.control.process import CameraProcess
from realtime.errors import InputError
from realtime.pages.live import LiveView
from realtime.pages.practice_form import Wishes, practice_form
from realtime.pages.practice_view import GuideView, add_drawings, progress_picture
from realtime.practice.progress import forget_progress, read_progress
from realtime.records import EMOTIONS
from realtime.web import widgets
from realtime.web.server import Site
from realtime.words import said

ADDRESS = "/practice"
_LOOK_EVERY_S = 0.3
ABOUT = (
    "For whoever wants to try how expressions are made, part by part, against their own resting face. No face is "
    "wrong, nobody needs these expressions to be understood, and nobody is told how it went. Stop whenever you like."
)


def add_practice(
    camera: CameraProcess, site: Site, options: Callable[[], Sequence[str]], progress: Callable[[], Path]
) -> None:
    """Add the page and the drawings it shows to the application.

    Args:
        camera: Is started and asked.
        site: Whose page it is.
        options: Give what the camera is started with besides, as on its command line.
        progress: Gives the file in which it is kept how often expressions were shown.
    """
    add_drawings()

    @ui.page(ADDRESS)
    def page() -> None:
        site.head()
        ui.dark_mode(None)
        with widgets.block("frame practice"):
            _PracticePage(camera, options, progress)


class _PracticePage:
    """The page, for one browser."""

    def __init__(
        self, camera: CameraProcess, options: Callable[[], Sequence[str]], progress: Callable[[], Path]
    ) -> None:
        self._camera, self._options, self._progress = camera, options, progress
        self._wishes = Wishes.of(camera.state().get("options", {}) if camera.running else {})
        with ui.element("header").classes("masthead"):
            widgets.text(said("Practise expressions"), "h1")
            ui.html(f'<a href="/">{said("Back")}</a>', sanitize=False)
        widgets.text(said(ABOUT), classes="lead")
        with widgets.block("two"):
            with widgets.sheet():
                widgets.text(said("Camera"), "h2")
                self._live = LiveView(camera, self._begin, self._tell_progress)
            with widgets.sheet():
                widgets.text(said("How it is made"), "h2")
                self._guide = GuideView(self._live)
                with widgets.block("actions"):
                    widgets.button(said("Next"), lambda: self._live.send("next-expression"))
                    widgets.button(said("Learn my resting face again"), lambda: self._live.send("calibrate"))
        with widgets.sheet():
            widgets.text(said("What to practise"), "h2")
            self._notice = widgets.Notice()
            practice_form(self._wishes, self._changed)
        with widgets.sheet():
            widgets.text(said("My progress"), "h2")
            self._kept = widgets.block("stack")
            self._tell_progress()
        ui.keyboard(self._pressed, ignore=["input", "select", "textarea"])
        ui.timer(_LOOK_EVERY_S, self._look)

    def _begin(self) -> None:
        """Start the camera for practice: its picture goes to this page and nowhere else."""
        settings = self._wishes.settings()
        wanted = [f"--practise={self._wishes.practised()}", *([f"--practise-with={settings}"] if settings else [])]
        self._camera.start([*self._options(), *wanted, "--output=none", f"--placement={self._wishes.placement}"])

    async def _changed(self) -> None:
        """Let a running camera practise what is chosen now."""
        with self._notice.telling():
            wanted: dict[str, Any] = {"practise": self._wishes.practised(), "practise-with": self._wishes.settings()}
            if self._camera.running and self._camera.address:
                if (await asyncio.to_thread(self._camera.state)).get("outputs") == ["none"]:  # or others would see it
                    wanted["placement"] = self._wishes.placement
                await asyncio.to_thread(self._camera.change, wanted)
                self._notice.say(said("The camera is opened anew for this; it takes a moment."))

    async def _look(self) -> None:
        state = await asyncio.to_thread(self._camera.state) if self._camera.running else {}
        self._guide.show(state.get("guide"))

    async def _pressed(self, event: events.KeyEventArguments) -> None:
        if not event.action.keydown or event.action.repeat:
            return
        if event.key == "t":
            await self._live.send("next-expression")
        elif (number := event.key.number) is not None and 1 <= number <= len(EMOTIONS):
            await self._guide.answer(number)

    def _tell_progress(self) -> None:
        """Show what is kept, if anything is."""
        self._kept.clear()
        with self._kept:
            try:
                days = read_progress(self._progress())
            except InputError as error:
                widgets.Notice().say(str(error), "bad")
            else:
                if not days:
                    widgets.text(said("Nothing is kept."), classes="quiet")
                    return
                ui.html(progress_picture(days), sanitize=False)
            with widgets.block("actions"):
                widgets.button(said("Delete my progress"), self._delete, "side danger")

    async def _delete(self) -> None:
        with self._notice.telling():
            await asyncio.to_thread(forget_progress, self._progress())
            self._tell_progress()
