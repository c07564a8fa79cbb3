"""The page of a review: the video as it will be covered, everybody in it, zones, and the way to the finished file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from nicegui import app, context, ui

from realtime.cli import passes
from realtime.cli.review import Review
from realtime.engine.analysis import Edits
from realtime.engine.review_cards import clock, looks_of
from realtime.pages.review_people import PeopleList
from realtime.pages.review_zones import ZoneEditor
from realtime.web import widgets
from realtime.web.server import Site

# More places than this are not listed at once: the worst are first, and the list gets shorter as they are dealt with.
_MOST_LOOKS = 12
_LOOK_EVERY_S = 0.5
_HEAD = '<link rel="stylesheet" href="/review/review.css"><script src="/review/review.js"></script>'


def add_page(review: Review, site: Site) -> None:
    """Add the page to the application."""

    @ui.page("/")
    def page() -> None:
        site.head()
        ui.add_head_html(_HEAD)
        ui.dark_mode(None)
        with widgets.block("frame"):
            ReviewPage(review)


class ReviewPage:
    """One page; several may be open at a time and show the same."""

    def __init__(self, review: Review) -> None:
        self._review = review
        self._shown = review.version
        # What is pressed may be gone from the page before its work is done.
        self._client = context.client
        ui.html('<a class="skip" href="#people">Skip to the people</a>', sanitize=False)
        with ui.element("header").classes("masthead"):
            widgets.text(f"Review of {Path(review.options.source).name}", "h1")
        self._tools()
        self._picture()
        with widgets.sheet():
            widgets.text("Where to look", "h2")
            self._looks = widgets.block("stack")
        self._people = PeopleList(review, self._edit, self._go)
        self._zones = ZoneEditor(review, self._edit, self._screen)
        self._refresh()
        ui.timer(_LOOK_EVERY_S, self._follow)
        times = json.dumps([round(frame.time_s, 3) for frame in review.plan.analysis.frames])
        width, height = review.size_wh
        begin = f"Review.begin({times}, {width}, {height}, {review.version})"
        ui.timer(0.05, lambda: ui.run_javascript(begin), once=True)

    def _tools(self) -> None:
        with widgets.block("tools stack"):
            with widgets.block("actions"):
                self._render = widgets.button("Write the video", self._write, "main")
                self._undo = widgets.button("Undo", lambda: self._change(self._review.undo, "Taken back."))
                self._redo = widgets.button("Redo", lambda: self._change(self._review.redo, "Done again."))
                widgets.button("Save", self._save)
                widgets.button("Finish", self._finish)
            self._said = widgets.text("", "div", "quiet").props("role=status")
            self._notice = widgets.Notice()
            self._waiting = widgets.Waiting("the video is written")

    def _picture(self) -> None:
        last = len(self._review.plan.analysis.frames) - 1
        with widgets.sheet():
            widgets.text("The video as it will be", "h2")
            self._screen = widgets.block("screen").props("id=screen")
            with self._screen:
                ui.element("img").props('id=frame alt="The video, covered as it will be" draggable=false')
                ui.element("div").props("id=drawn hidden")
            # As an element of NiceGUI's, it would go back to its first value whenever anything else changes.
            slider = f'<input id="scrub" type="range" min="0" max="{last}" value="0" aria-label="Time in the video">'
            ui.html(slider, sanitize=False)
            widgets.text("", "div", "quiet").props("id=clock")
            with widgets.block("actions"):
                for label, frames, seconds in (
                    ("Back 1 s", 0, -1),
                    ("Frame before", -1, 0),
                    ("Next frame", 1, 0),
                    ("On 1 s", 0, 1),
                ):
                    made = ui.button(label, color=None).classes("side").props("unelevated no-caps")
                    made.on("click", js_handler=f"() => Review.step({frames}, {seconds})")
                _check("numbers", "Show numbers", checked=True)
                _check("drawing", "Draw a box", checked=False)

    def _refresh(self) -> None:
        """Show what has changed."""
        review = self._review
        self._undo.set_enabled(review.can_undo)
        self._redo.set_enabled(review.can_redo)
        looks = looks_of(review.plan)
        frames = review.plan.analysis.frames
        self._looks.clear()
        with self._looks:
            needs = review.report()["needs_look"]
            told = ("Some places want a look; the first are the worst." if needs else "Nothing here needs a look.") + (
                " With --require-clean the program ends with code 7 while there are any." if needs else ""
            )
            widgets.text(told)
            with widgets.block("actions"):
                for look in looks[:_MOST_LOOKS]:
                    _jump(f"{clock(frames[look.at].time_s)}: {look.what}", look.at)
            if len(looks) > _MOST_LOOKS:
                widgets.text(f"And {len(looks) - _MOST_LOOKS} more.", classes="quiet")
        self._people.refresh()
        self._zones.refresh()

    def _follow(self) -> None:
        """Show what another page has changed."""
        if self._shown != self._review.version:
            self._rebuilt("")

    def _rebuilt(self, focus: str) -> None:
        self._shown = self._review.version
        self._refresh()
        self._client.run_javascript(f"setTimeout(() => Review.changed({self._shown}, {json.dumps(focus)}), 60)")

    async def _edit(self, wish: Callable[[Edits], Edits], said: str, focus: str = "") -> None:
        await self._change(lambda: self._review.change(wish), said, focus)

    async def _change(self, change: Callable[[], Any], said: str, focus: str = "") -> None:
        with self._notice.telling():
            await asyncio.to_thread(change)
            self._say(said)
            self._rebuilt(focus)

    async def _save(self) -> None:
        with self._notice.telling():
            path = await asyncio.to_thread(self._review.save)
            self._say(f"Saved: {path}. --from-analysis takes it.")

    async def _write(self) -> None:
        if self._waiting.busy:
            return
        with self._notice.telling():
            self._say("")
            self._render.set_enabled(False)
            try:
                done = await self._waiting.follow(self._review.render())
            finally:
                self._render.set_enabled(True)
            self._tell(done)

    def _tell(self, done: dict[str, Any]) -> None:
        options = self._review.options
        names = ", ".join(options.output)
        if not done["whole"]:
            self._notice.say(f"Stopped. {names} holds what was covered until then.", "bad")
        elif done["look"]:
            code = " The program will end with code 7, as --require-clean asks." if options.require_clean else ""
            self._notice.say(f"Written: {names}. {done['look'].capitalize()}.{code}")
        else:
            self._notice.say(f"Written: {names}{_beside(options.output)}.", "good")

    async def _finish(self) -> None:
        if self._waiting.busy:
            self._notice.say("The video is being written. Wait for it, or cancel it first.", "bad")
            return
        written = self._review.exit_code is not None
        if written or await widgets.asked("No video was written. End the review?", "End it", "Go on with it"):
            self._notice.say("The review has ended. This page can be closed.", "good")
            await asyncio.sleep(0.5)
            app.shutdown()

    def _say(self, sentence: str) -> None:
        self._said.set_content(escape(sentence))

    def _go(self, at: int) -> None:
        self._client.run_javascript(f"Review.go({at})")


def _beside(outputs: tuple[str, ...]) -> str:
    reports = [str(passes.beside(Path(one))[0]) for one in outputs if Path(one).suffix]
    return f", with {reports[0]}" if reports else ""


def _jump(label: str, at: int) -> None:
    made = ui.button(label, color=None).classes("side small").props("unelevated no-caps")
    made.on("click", js_handler=f"() => Review.go({at})")


def _check(name: str, label: str, checked: bool) -> None:
    state = " checked" if checked else ""
    ui.html(f'<label class="check"><input type="checkbox" id="{name}"{state}>{label}</label>', sanitize=False)
