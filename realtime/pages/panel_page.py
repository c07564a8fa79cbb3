"""The panel: one page from which the camera is started, steered and set up."""

from __future__ import annotations

import asyncio
import functools
import json
import subprocess
from collections.abc import Sequence
from typing import Any

from nicegui import ui

from realtime.cli.options import SECTIONS, specs
from realtime.control.process import PROGRAM
from realtime.controls import KEYS, Command
from realtime.errors import InputError
from realtime.pages import practice_page
from realtime.pages.live import LiveView
from realtime.pages.looks import Looks
from realtime.pages.option_fields import option_field, settable
from realtime.pages.panel import Panel
from realtime.shipped import ROOT
from realtime.sources.camera import list_cameras
from realtime.web import widgets
from realtime.web.documents import add_documents
from realtime.web.server import Site
from realtime.words import said

_SOURCES = {"auto": "the first camera that works, else the demo", "demo": "the built-in demo"}
_OUTPUTS = {"window": "Window", "virtual": "Virtual camera"}
_LIGHTS = {None: "as the system", False: "light", True: "dark"}
# What stands in a place of its own; everything else is under "All settings".
_LOOKS = ("gender", "cover", "placement", "motion", "mirror")
_PRIVACY = ("privacy", "crop", "pictures")
_READING = ("smooth", "far", "neutral")
_ELSEWHERE = {"source", "output", "pack", "skin", "control", *_LOOKS, *_PRIVACY, *_READING}
# Buttons of their own stand for these.
_NO_BUTTON = {Command.QUIT, Command.PAUSE}
HIDES = (
    "The emoji hides your face, from hair to chin. It does not hide your voice, your body, your clothes, the room "
    'behind you or how you move; for the room, choose "Crop: head", or the background of your meeting program.'
)


def add_page(panel: Panel, site: Site) -> None:
    """Add the page to the application."""
    add_documents(site)

    @ui.page("/")
    def page() -> None:
        site.head()
        with widgets.block("frame"):
            _PanelPage(panel)


class _PanelPage:
    """The page, for one browser."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._head()
        self._changes = widgets.Notice()
        with widgets.block("two"):
            with widgets.block("stack"):
                self._camera()
                self._recordings()
            with widgets.block("stack"):
                self._looks()
                self._privacy()
        self._reading()
        self._doctor()
        self._all_settings()

    def _head(self) -> None:
        panel = self._panel
        with ui.element("header").classes("masthead"):
            widgets.text(said("Emoji camera"), "h1")
            dark = ui.dark_mode(panel.dark)

            def change() -> None:
                order = list(_LIGHTS)
                panel.dark = dark.value = order[(order.index(dark.value) + 1) % len(order)]
                switch.set_text(_colours(panel.dark))

            switch = widgets.button(_colours(panel.dark), change)
        if panel.settings.problem:
            with widgets.sheet():
                broken = widgets.Notice()
                broken.say(panel.settings.problem, "bad")
                widgets.text(said("Until then the defaults are shown, and the camera does not start."))
                widgets.button(said("Set the file aside and begin anew"), self._set_aside)

    async def _put(self, name: str, value: Any) -> None:
        """Give an option another value, and say what has come of it."""
        with self._changes.telling():
            if await self._panel.change(name, value):
                self._changes.say(said("The camera is opened anew for this; it takes a moment."))

    def _field(self, name: str) -> None:
        option_field(name, self._panel.settings[name], self._put, with_help=False)

    # ---- sheets

    def _camera(self) -> None:
        panel = self._panel
        with widgets.sheet():
            widgets.text(said("Camera"), "h2")
            self._live = LiveView(panel.camera, panel.begin, self._ended)
            with widgets.block("fields"):
                chosen = str(panel.settings["source"])
                sources = {key: said(text) for key, text in _SOURCES.items()} | {
                    chosen: said(_SOURCES.get(chosen, chosen))
                }
                self._source = widgets.choice(said("Source"), sources, chosen, lambda e: self._put("source", e.value))
                widgets.button(said("Look for cameras"), self._look_for_cameras)
            widgets.text(said("Shown also in"), "h3")
            with widgets.block("actions"):
                for address, label in _OUTPUTS.items():
                    there = address in panel.outputs
                    ui.checkbox(said(label), value=there, on_change=lambda e, a=address: self._show_in(a, e.value))
                self._record = widgets.button(said("Record"), self._toggle_recording)

    async def _look_for_cameras(self) -> None:
        with self._changes.telling():
            cameras = await asyncio.to_thread(list_cameras)
            found = {str(one.device): one.name or str(one.device) for one in cameras if not one.virtual}
            self._source.set_options(self._source.options | found, value=self._source.value)
            self._changes.say(said("Cameras found: {names}", names=", ".join(found.values()) or said("none")))

    async def _show_in(self, address: str, wanted: bool) -> None:
        others = [where for where in self._panel.outputs if where not in ("none", address)]
        await self._put("output", [*others, *([address] if wanted else [])] or ["none"])

    async def _toggle_recording(self) -> None:
        with self._changes.telling():
            if self._panel.recording is None:
                await self._panel.record()
                self._changes.say(said("Recording."))
            else:
                video = await self._panel.finish_recording()
                self._changes.say(said("Recorded: {name}", name=video.name if video else ""), "good")
                self._list_recordings()
            self._record.set_text(said("Record") if self._panel.recording is None else said("Finish recording"))

    def _ended(self) -> None:
        self._panel.camera.video = None
        self._record.set_text(said("Record"))
        self._list_recordings()

    def _recordings(self) -> None:
        with widgets.sheet():
            widgets.text(said("Recordings"), "h2")
            widgets.text(str(self._panel.recordings), classes="quiet")
            self._recorded = widgets.block("stack")
            self._list_recordings()

    def _list_recordings(self) -> None:
        self._recorded.clear()
        with self._recorded:
            for path in self._panel.recorded()[:8]:
                widgets.link(path.name, f"/recording/{path.name}", path.name)

    def _looks(self) -> None:
        with widgets.sheet():
            widgets.text(said("Emoji"), "h2")
            Looks(str(self._panel.settings["pack"]), self._panel.settings["skin"], self._put)
            with widgets.block("fields"):
                self._fields(_LOOKS)

    def _privacy(self) -> None:
        with widgets.sheet():
            widgets.text(said("Privacy"), "h2")
            widgets.text(said(HIDES))
            with widgets.block("fields"):
                self._fields(_PRIVACY)

    def _reading(self) -> None:
        with widgets.sheet():
            widgets.text(said("Expressions"), "h2")
            with widgets.block("fields"):
                self._fields(_READING)
            with widgets.block("actions"):
                widgets.button(said("Practise"), lambda: ui.navigate.to(practice_page.ADDRESS))
                widgets.button(said("Stop practising"), lambda: self._put_once("practise", None))
                widgets.button(said("Teach my expressions"), lambda: self._put_once("teach", "all"))
            widgets.text(said("Ask the camera for"), "h3")
            meanings = dict(KEYS.values())
            with widgets.block("actions"):
                for command in Command:
                    if command not in _NO_BUTTON:
                        name = command.value.replace(" ", "-")
                        made = widgets.button(said(command.value), functools.partial(self._live.send, name))
                        made.tooltip(said(meanings.get(command, command.value)))

    async def _put_once(self, name: str, value: Any) -> None:
        """Give the running camera an option that is not kept for the next start."""
        with self._changes.telling():
            await asyncio.to_thread(self._panel.camera.change, {name: value})
            self._changes.say(said("The camera is opened anew for this; it takes a moment."))

    def _fields(self, names: Sequence[str]) -> None:
        for name in names:
            self._field(name)

    def _doctor(self) -> None:
        with widgets.sheet():
            widgets.text(said("Doctor"), "h2")
            widgets.text(said("Looks at packages, models, cameras and the virtual camera, and says what to do."))
            with widgets.block("actions"):
                widgets.button(said("Look"), self._examine)
            self._found = widgets.block("stack")

    async def _examine(self) -> None:
        with self._changes.telling():
            self._changes.say(said("The doctor looks; this takes some seconds."))
            checks = await asyncio.to_thread(_checks)
            self._changes.clear()
            self._found.clear()
            with self._found:
                rows = [(check["name"], said(check["state"]), f"{check['text']} {check['remedy']}") for check in checks]
                widgets.table(said("What the doctor found"), ("", "", ""), rows).classes("wrapped")

    def _all_settings(self) -> None:
        with widgets.sheet(), widgets.folded(said("All settings")):
            widgets.text(str(self._panel.settings.path), classes="quiet")
            for section in SECTIONS:
                names = [n for n in settable() if specs()[n].section == section and n not in _ELSEWHERE]
                widgets.text(section, "h3").props("lang=en")
                with widgets.block("fields"):
                    for name in names:
                        option_field(name, self._panel.settings[name], self._put)

    def _set_aside(self) -> None:
        with self._changes.telling():
            self._panel.settings.set_aside()
            ui.navigate.reload()


def _colours(dark: bool | None) -> str:
    return said("Colours: {which}", which=said(_LIGHTS[dark]))


def _checks() -> list[dict[str, str]]:
    """Ask the doctor, in a process of its own. Raises InputError."""
    done = subprocess.run([*PROGRAM, "--doctor", "--json"], capture_output=True, encoding="utf-8", cwd=ROOT)
    try:
        return list(json.loads(done.stdout)["checks"])
    except (ValueError, KeyError) as error:
        raise InputError("The doctor gave no answer.", "Run app.py --doctor in a terminal.") from error
