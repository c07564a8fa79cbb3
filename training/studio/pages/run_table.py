"""All runs in one table: sorted by any column, with notes, and buttons to take settings again and to remove runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from typing import Any

from nicegui import ui

from realtime.web import widgets
from training.studio.pages.run_words import STATES
from training.studio.work import kept_runs
from training.studio.work.runs import Run, Settings
from training.studio.work.studio import Studio

# Gives of a run and its settings what a cell shows, and what it is sorted by.
_Column = Callable[[Run, Settings], tuple[str, Any]]


def _setting(name: str) -> _Column:
    def cell(run: Run, settings: Settings) -> tuple[str, Any]:
        value = getattr(settings, name)
        return str(value), value

    return cell


def _best(run: Run, _: Settings) -> tuple[str, Any]:
    return (f"{run.best:.1%}" if run.best is not None else "", -1.0 if run.best is None else run.best)


def _begun(run: Run, _: Settings) -> tuple[str, Any]:
    since_s = run.started.get("started_s", 0.0)
    known = isinstance(since_s, float) and since_s > 0
    return (time.strftime("%Y-%m-%d %H:%M", time.localtime(since_s)), since_s) if known else ("", 0.0)


_COLUMNS: dict[str, _Column] = {
    "run": lambda run, _: (run.name, run.name.lower()),
    "state": lambda run, _: (STATES[run.state], STATES[run.state]),
    "begun": _begun,
    "model": _setting("model"),
    "epochs": _setting("epochs"),
    "labels": _setting("labels"),
    "best accuracy": _best,
}


class RunTable:
    """The table of all runs, folded up until it is wanted."""

    def __init__(self, studio: Studio, show: Callable[[Run], None], again: Callable[[Run], None]) -> None:
        """Make an empty table.

        Args:
            studio: What the pages share.
            show: Shows a run.
            again: Takes the settings of a run for a new one.
        """
        self._studio = studio
        self._show = show
        self._again = again
        self._runs: list[Run] = []
        self._by, self._down = "begun", True
        with widgets.folded("All runs as a table"):
            self._place = widgets.block("scroll-x").props('tabindex=0 role=group aria-label="all runs"')
            self._notice = widgets.Notice()

    def refresh(self, found: Sequence[Run]) -> None:
        """Show these runs."""
        self._runs = list(found)
        settings = {run.name: kept_runs.settings_of(run) for run in self._runs}

        def order(run: Run) -> Any:
            return _COLUMNS[self._by](run, settings[run.name])[1]

        self._place.clear()
        with self._place, ui.element("table").classes("data"):
            with ui.element("tr"):
                for name in _COLUMNS:
                    self._head(name)
                for name in ("note", "do"):
                    widgets.text(name, "th").props("scope=col").classes("word")
            for run in sorted(self._runs, key=order, reverse=self._down):
                with ui.element("tr"):
                    self._row(run, settings[run.name])

    def _head(self, name: str) -> None:
        order = ("descending" if self._down else "ascending") if name == self._by else "none"
        with ui.element("th").props(f"scope=col aria-sort={order}").classes("word"):
            mark = {"none": "", "ascending": " \u25b4", "descending": " \u25be"}[order]
            widgets.button(f"{name}{mark}", partial(self._sort, name)).classes("small")

    def _sort(self, name: str) -> None:
        self._down = not self._down if name == self._by else False
        self._by = name
        self.refresh(self._runs)

    def _row(self, run: Run, settings: Settings) -> None:
        for name, cell in _COLUMNS.items():
            shown = widgets.text(cell(run, settings)[0], "th" if name == "run" else "td").classes("word")
            if name == "run":
                shown.props("scope=row")
        with ui.element("td").classes("word"):
            note = ui.input(value=kept_runs.note(run), placeholder="a note").props(
                f'outlined dense aria-label="Note on {escape(run.name, True)}"'
            )
            note.classes("note")
            note.on("blur", lambda: self._note(run, note.value or ""))
            note.on("keydown.enter", lambda: self._note(run, note.value or ""))
        with ui.element("td").classes("word"), widgets.block("run-actions"):
            for label, told, do, kind in (
                ("Show", "Show", partial(self._show, run), "side"),
                ("Again", "Again with these settings", partial(self._again, run), "side"),
                ("Delete", "Delete", partial(self._delete, run), "side danger"),
            ):
                made = widgets.button(label, do, kind).classes("small")
                made.props(f'aria-label="{told}: {escape(run.name, True)}"')

    def _note(self, run: Run, words: str) -> None:
        with self._notice.telling():
            if words.strip() != kept_runs.note(run):
                kept_runs.set_note(run, words)
                self._notice.say(f"The note on {run.name} is kept.", "good")

    async def _delete(self, run: Run) -> None:
        with self._notice.telling():
            question = f"Delete {run.name} with its model, pictures and log? It can't be brought back."
            if run.alive or await widgets.asked(question, f"Delete {run.name}", "Keep it"):
                kept_runs.delete(run)
                self.refresh([one for one in self._runs if one.name != run.name])
                self._notice.say(f"{run.name} is deleted.")
