"""A finished run: its scores beside those of the app's model, whose place its model can take."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from html import escape

from realtime.web import widgets
from training.metrics import SCORE_COLUMNS
from training.studio.work import adoptions, models
from training.studio.work.runs import Run
from training.studio.work.studio import Studio

# Title of a score -> its cells, as the score tables have them.
Scores = Mapping[str, Sequence[object]]


class FinishedRun:
    """The part of the training's page that tells of one finished run."""

    def __init__(self, studio: Studio, run: Run) -> None:
        self._studio = studio
        self._run = run
        places = studio.places
        self._in_use = widgets.text("", classes="quiet")
        self._scores = widgets.block("stack")
        self._waiting = widgets.Waiting("scoring both models")
        with widgets.block("actions"):
            self._make = widgets.button("Make it the app's model", self._adopt, "main")
            if run.started.get("arguments"):
                widgets.button("Score both on the same pictures", self._compare)
            widgets.link("Download the model", places.address(run.model), f"{run.name}.onnx")
            widgets.link("Download its card", places.address(run.folder / "README.md"), f"{run.name}.md")
        with widgets.block("actions"):
            self._before = widgets.button("", lambda: self._change(models.bring_back))
            self._shipped = widgets.button(f"Use {models.SHIPPED} again", lambda: self._change(models.use_shipped))
        self._notice = widgets.Notice()
        with widgets.folded("Which models the app has used"):
            self._history = widgets.block("stack")
        self.refresh()

    def refresh(self) -> None:
        """Show which model the app uses now, wherever it was changed."""
        places, run = self._studio.places, self._run
        now = models.name_of(places.model, places)
        self._in_use.set_content(f"The app uses {escape(now)} now.")
        told = {f"{now}, in use": models.scores(places.models)}
        used = adoptions.same(run.model, places.model)
        if not used:
            told[run.name] = models.scores(run.folder)
        self._show_scores(told)
        self._make.set_visibility(not used)
        kept, shipped = models.previous(places), models.shipped(places)
        self._shipped.set_visibility(shipped.is_file() and not adoptions.same(shipped, places.model))
        before = models.name_of(kept, places) if kept.is_file() else ""
        # One button for the shipped model, one for the run itself, and one for another model.
        self._before.set_visibility(before not in ("", now, models.SHIPPED, run.name))
        self._before.set_text(f"Use {before} again")
        self._history.clear()
        with self._history:
            listed = reversed(adoptions.read(places.models))
            rows = [(time.strftime("%Y-%m-%d %H:%M", time.localtime(one.at_s)), one.name) for one in listed]
            widgets.table("The newest first", ["since", "model"], rows or [("the beginning", now)])

    def _show_scores(
        self, told: Mapping[str, Scores], caption: str = "Validation scores, as the model cards tell"
    ) -> None:
        self._scores.clear()
        rows: list[list[object]] = []
        for title in dict.fromkeys(title for scores in told.values() for title in scores):
            named = [(name, scores[title]) for name, scores in told.items() if title in scores]
            rows += [["" if n else title, name, *cells] for n, (name, cells) in enumerate(named)]
        with self._scores:
            head = ["output, labels", "model", *SCORE_COLUMNS]
            widgets.table(f"{caption} (95 % interval in brackets)", head, rows)

    async def _adopt(self) -> None:
        with self._notice.telling():
            places, run = self._studio.places, self._run
            worse = models.is_worse(models.score_rows(run.folder), models.score_rows(places.models))
            now = models.name_of(places.model, places)
            if worse and not await widgets.asked(
                f"{worse} Shall the app use {run.name} all the same?", f"Use {run.name}", f"Keep {now}"
            ):
                self._notice.say(f"The app still uses {now}.")
                return
            self._change(lambda places: models.adopt(run.folder, places))

    def _change(self, action: Callable[..., None]) -> None:
        with self._notice.telling():
            places = self._studio.places
            before = models.name_of(places.model, places)
            action(places)
            self.refresh()
            now = models.name_of(places.model, places)
            kept = "" if before == now else f" {before[:1].upper()}{before[1:]} is kept."
            self._notice.say(f"The app now uses {now}.{kept}", "good")

    async def _compare(self) -> None:
        if self._waiting.busy:
            return
        with self._notice.telling():
            run, places = self._run, self._studio.places
            # A run's own model, once it is in use, is compared with the one that came with the app.
            other = models.shipped(places) if adoptions.same(run.model, places.model) else places.model
            chosen = dict(a.lstrip("-").split("=", 1) for a in run.started["arguments"] if "=" in a)
            job = self._studio.job(
                "scores",
                path=chosen.get("data", ""),
                ferplus=chosen.get("ferplus", ""),
                gender=chosen.get("gender-data", ""),
                models={models.name_of(other, places): str(other), run.name: str(run.model)},
            )
            found = await self._waiting.follow(job)
            self._show_scores(found["scores"], "On the validation pictures of this run")
