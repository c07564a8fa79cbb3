"""Step 3: starting runs, and watching them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from html import escape
from typing import Any

from nicegui import ui

from realtime.errors import UsageError
from realtime.web import widgets
from training.labels import LABELS, MODELS
from training.studio.pages.charts import Line, chart, curves
from training.studio.pages.finished_run import FinishedRun
from training.studio.pages.run_table import RunTable
from training.studio.pages.run_words import STATES, progress_bar, told_of
from training.studio.work import adoptions, corrections, kept_runs, runs
from training.studio.work.runs import PRESETS, Run, Settings
from training.studio.work.studio import Studio

_READ_EVERY_S = 1.0
_ONCE_S = 2.0


class TrainingStep:
    """The page of the training."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._shown: tuple[Any, ...] = ()
        self._taken_over = ("", "", "")
        self._started_s = -_ONCE_S
        self._starting = False
        self._finished_run: FinishedRun | None = None
        self._model_in_use = ""
        widgets.text("Train", "h2")
        widgets.text(
            "A run goes on when you close this page, or the studio, and is found here again.",
            classes="lead",
        )
        with widgets.sheet():
            widgets.text("A new run", "h3")
            self._form()
        with widgets.sheet():
            widgets.text("Runs", "h3")
            self._table = RunTable(studio, self._show, self._again)
            self._view()
        self.opened()
        ui.timer(_READ_EVERY_S, self._refresh)

    def opened(self) -> None:
        """Take over the data set that was looked at; called whenever the step is opened."""
        looked_at = (self._studio.data, self._studio.gender_data, self._studio.ferplus)
        if looked_at != self._taken_over:  # what was looked at since counts, not what stood here before
            for made, value in zip((self._data, self._gender, self._votes), looked_at, strict=True):
                made.set_value(value)
            self._taken_over = looked_at
        finished = [run for run in runs.all_runs(self._studio.places) if run.state == "finished"]
        options = {str(run.model): run.name for run in finished}
        self._teachers.set_options(options, value=[model for model in self._teachers.value if model in options])
        self._list_runs()
        self._refresh()

    # ---- a new run

    def _form(self) -> None:
        kinds = {"quick": "Quick: small model, about 5 minutes", "full": "Full: medium model, an hour or more"}
        self._preset = ui.radio(kinds, value="quick", on_change=self._set_preset).props('aria-label="Kind of run"')
        with widgets.block("fields"):
            self._name = widgets.field("Name", runs.free_name(self._studio.places))
            self._data = widgets.field("Data set")
        with widgets.folded("All settings"):
            with widgets.block("fields"):
                quick = PRESETS["quick"]
                self._model = widgets.choice("Model size", {m: m for m in MODELS}, quick.model)
                self._epochs = widgets.number("Epochs", quick.epochs, 1, 1000)
                self._batch = widgets.number("Batch size", quick.batch_size, 1, 4096)
                self._seed = widgets.number("Seed", quick.seed, 0, 2**31 - 1)
                self._labels = widgets.choice("Labels", {label: label for label in LABELS}, quick.labels)
                self._gender = widgets.field("Gender set")
                self._votes = widgets.field("FER+ votes")
            self._teachers = ui.select({}, label="Teachers: finished runs to learn from", multiple=True, value=[])
            self._teachers.props("outlined dense use-chips")
        with widgets.block("actions"):
            widgets.button("Start", self._start, "main")
        self._form_notice = widgets.Notice()

    def _set_preset(self) -> None:
        chosen = PRESETS[self._preset.value]
        self._model.set_value(chosen.model)
        self._epochs.set_value(chosen.epochs)
        self._batch.set_value(chosen.batch_size)

    def _settings(self) -> Settings:
        numbers = {"epochs": self._epochs, "batch_size": self._batch, "seed": self._seed}
        values = {}
        for name, made in numbers.items():
            if made.value is None:
                raise UsageError(f"The field '{made.props['label']}' is empty.", "Write a whole number into it.")
            values[name] = int(made.value)
        return Settings(
            data=(self._data.value or "").strip(),
            gender_data=(self._gender.value or "").strip(),
            ferplus=(self._votes.value or "").strip(),
            corrections=corrections.used(self._studio.places, (self._data.value or "").strip()),
            model=self._model.value,
            labels=self._labels.value,
            teachers=tuple(self._teachers.value),
            **values,
        )

    async def _start(self) -> None:
        if self._starting or time.monotonic() - self._started_s < _ONCE_S:  # a double click
            return
        self._starting = True
        with self._form_notice.telling():
            settings, name = self._settings(), self._name.value or ""
            # Telling a set's kind means listing its pictures.
            run = await asyncio.to_thread(runs.start, self._studio.places, name, settings)
            self._started_s = time.monotonic()
            self._form_notice.say(f"{run.name} has begun. It is shown below.", "good")
            self._name.set_value(runs.free_name(self._studio.places))
            self._list_runs(run.name)
        self._starting = False

    def _again(self, run: Run) -> None:
        """Fill the form with the settings of a run."""
        chosen = kept_runs.settings_of(run)
        self._data.set_value(chosen.data)
        self._gender.set_value(chosen.gender_data)
        self._votes.set_value(chosen.ferplus)
        self._model.set_value(chosen.model)
        self._epochs.set_value(chosen.epochs)
        self._batch.set_value(chosen.batch_size)
        self._seed.set_value(chosen.seed)
        self._labels.set_value(chosen.labels)
        self._teachers.set_value([path for path in chosen.teachers if path in self._teachers.options])
        self._name.set_value(runs.free_name(self._studio.places))
        self._form_notice.say(f"The form has the settings of {run.name}. Change what you like, and start it.", "good")

    # ---- the run that is shown

    def _show(self, run: Run) -> None:
        self._list_runs(run.name)
        self._refresh()

    def _view(self) -> None:
        self._which = widgets.choice("Run", {}, None, self._refresh)
        with widgets.block("actions"):
            self._badge = widgets.text("", "span", "badge")
            self._told = widgets.text("", "span", "quiet")
        self._bar = ui.html("", sanitize=False)
        with widgets.block("actions"):
            self._pause = widgets.button("Pause", lambda: self._do(runs.pause))
            self._go_on = widgets.button("Go on", lambda: self._do(runs.go_on))
            self._stop = widgets.button("Stop", self._end, "side danger")
        self._notice = widgets.Notice()
        self._charts = ui.html("", sanitize=False).classes("two")
        self._finished = widgets.block("stack")
        with widgets.folded("Log"):
            self._log = widgets.text("", "pre", "log").props('tabindex=0 role=group aria-label="log"')

    def _list_runs(self, chosen: str | None = None) -> None:
        found = runs.all_runs(self._studio.places)
        options = {run.name: f"{run.name} ({STATES[run.state]})" for run in found}
        now = chosen or (self._which.value if self._which.value in options else None)
        going = next((run.name for run in found if run.alive), next(iter(options), None))
        self._which.set_options(options, value=now or going)
        self._table.refresh(found)

    def _run(self) -> Run | None:
        folder = self._studio.places.existing(self._which.value or "")
        return None if folder is None else runs.read(folder)

    def _do(self, action: Callable[[Run], Run]) -> None:
        with self._notice.telling():
            if (run := self._run()) is not None:
                action(run)
            self._list_runs()
            self._refresh()

    async def _end(self) -> None:
        """Stop the run that is shown; ask first where that would lose what it has learned."""
        run = self._run()
        lost = run is not None and run.progress is not None and not run.saved and not run.started.get("stopping")
        if lost and not await widgets.asked(
            "Nothing of this run is saved yet: that happens after each epoch, and every five minutes. Stop it, and "
            "lose what it has learned so far?",
            "Stop and lose it",
            "Let it run",
        ):
            return
        self._do(runs.stop)

    def _refresh(self) -> None:
        in_use = adoptions.digest(self._studio.places.model)
        if in_use != self._model_in_use and self._finished_run is not None:
            self._finished_run.refresh()
        self._model_in_use = in_use
        run = self._run()
        told = told_of(run) if run else ""
        shown = (run.name, run.state, told, run.progress, len(run.metrics), run.log, run.started) if run else ()
        if shown == self._shown:
            return
        changed = shown[:2] != self._shown[:2]
        self._shown = shown
        self._pause.set_visibility(run is not None and run.state == "running")
        self._stop.set_visibility(run is not None and run.alive)
        self._stop.set_text("End at once" if run is not None and run.started.get("stopping") else "Stop")
        self._go_on.set_visibility(run is not None and run.state in ("paused", "stopped", "failed"))
        self._badge.set_content(escape(STATES[run.state]) if run else "No runs yet")
        if run is None:
            return
        self._go_on.set_text("Go on" if run.saved or run.state == "paused" else "Begin again")
        self._told.set_content(escape(told))
        self._bar.set_content(progress_bar(run))
        by_epoch = curves({run.name: run.metrics}) if run.metrics else ""
        by_step = chart("Loss by step", "", [Line("training", run.losses)]) if len(run.losses) > 1 else ""
        self._charts.set_content(by_epoch + by_step)
        self._log.set_content(escape(run.log[-6000:]))
        if changed:
            self._notice.clear()
            if run.state == "failed":
                self._notice.say(run.problem, "bad")
            self._finished.clear()
            self._finished_run = None
            if run.state == "finished":
                with self._finished:
                    self._finished_run = FinishedRun(self._studio, run)
            self._list_runs(run.name)
