"""Teaching from the running camera: examples of each expression, recorded and removed, with effect at once."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from html import escape
from typing import Any

from nicegui import ui

from realtime.control.process import CameraProcess
from realtime.web import widgets
from realtime.words import said


class TeachCard:
    """A button for each expression, with how many examples of it there are."""

    def __init__(self, camera: CameraProcess, notice: widgets.Notice) -> None:
        """Show nothing to press until `show` is told of a running camera. notice: says what can't be done."""
        self._camera, self._notice = camera, notice
        self._names: list[str] = []
        self._counts: dict[str, ui.html] = {}
        self._removers: dict[str, ui.button] = {}
        with widgets.folded(said("Teach it your face")):
            widgets.text(
                said(
                    "Make an expression, press its button and hold it for two seconds: then your face is read by it at "
                    "once. Numbers are kept, no picture."
                )
            )
            self._off = widgets.text(said("Start the camera for this."), classes="quiet")
            self._rows = widgets.block("taught")
            self._status = widgets.text("", "div", "quiet").props("role=status")
            self._bar = ui.html("", sanitize=False)
            with widgets.block("actions"):
                self._all = widgets.button(said("Remove all that was taught"), self._remove_all, "side danger")

    def show(self, teaching: Mapping[str, Any] | None) -> None:
        """Show how things are. teaching: what the camera's state tells of it; None while it does not run."""
        counts: dict[str, int] = teaching["examples"] if teaching else {}
        names = [*teaching["expressions"], *(n for n in counts if n not in teaching["expressions"])] if teaching else []
        if names != self._names:
            self._build(names)
        self._off.set_visibility(teaching is None)
        for name in names:
            count = counts.get(name, 0)
            self._counts[name].set_content(escape(said("examples: {count}", count=count)))
            self._removers[name].set_visibility(count > 0)
        self._all.set_visibility(bool(counts))
        recording = teaching["recording"] if teaching else ""
        self._bar.set_visibility(bool(recording))
        self._bar.set_content(_bar(teaching["held"] if teaching else 0.0))
        problem = teaching["problem"] if teaching else ""
        self._status.set_content(escape(said("Hold it: {emotion}", emotion=said(recording)) if recording else problem))

    def _build(self, names: list[str]) -> None:
        self._names = names
        self._rows.clear()
        for name in names:
            record, forget = (functools.partial(self._teach, doing, name) for doing in ("record", "forget"))
            with self._rows, widgets.block("taught-row"):
                widgets.button(said(name), record, "side small")
                self._counts[name] = widgets.text("", "span", "quiet")
                self._removers[name] = widgets.button(said("Remove"), forget, "side danger small")
            told = escape(said("Remove what was taught: {emotion}", emotion=said(name)), True)
            self._removers[name].props(f'aria-label="{told}"')

    async def _teach(self, doing: str, name: str) -> None:
        with self._notice.telling():
            await asyncio.to_thread(self._camera.teach, doing, name)

    async def _remove_all(self) -> None:
        if await widgets.asked(
            said("Remove all that was taught of your expressions?"), said("Remove"), said("Keep it")
        ):
            await self._teach("forget", "all")


def _bar(share: float) -> str:
    told = escape(said("How much of it was seen"), True)
    return f'<progress class="bar" max="1" value="{share}" aria-label="{told}"></progress>'
