"""Step 4: how well runs did, by epoch and by class."""

from __future__ import annotations

import csv
import io
import secrets
from pathlib import Path

from nicegui import ui

from realtime.web import widgets
from training.metrics import SCORE_COLUMNS
from training.studio.pages.charts import curves
from training.studio.pages.comparison import show_comparison
from training.studio.pages.confusion import ConfusionMatrix
from training.studio.pages.own_test import OwnTest
from training.studio.work import models, runs
from training.studio.work.runs import Run
from training.studio.work.studio import Studio

_OUTPUTS = {
    "fer": "expression, FER labels",
    "emotion": "what the app shows, FER labels",
    "ferplus": "expression, FER+ votes",
    "ferplus_agreed": "expression, FER+ votes that agree",
    "emotion_sure": "what the app shows, FER and FER+ agree",
    "emotion_ferplus": "what the app shows, FER+ votes",
    "gender": "perceived gender presentation",
}
_KINDS = {
    "confusion": "Confusion matrix",
    "recall": "Recall by class",
    "reliability": "Reliability",
    "mistakes": "The boldest mistakes",
    "slices": "Accuracy by slices",
}


class AccuracyStep:
    """The page of the accuracy comparison."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._proposed: list[str] = []
        widgets.text("Accuracy comparison", "h2")
        widgets.text("One run, or several over each other. The numbers are of the validation split.", classes="lead")
        with widgets.sheet():
            self._which = ui.select([], label="Runs", multiple=True, on_change=self._show)
            self._which.props("outlined dense use-chips")
            self._charts = ui.html("", sanitize=False).classes("two")
            self._table = widgets.block("stack")
            with widgets.block("actions"):
                widgets.button("Download as PNG", self._png)
                widgets.button("Download as CSV", self._csv)
            self._waiting = widgets.Waiting("drawing the graph")
            self._notice = widgets.Notice()
        with widgets.sheet():
            widgets.text("A finished run in detail", "h3")
            with widgets.block("fields"):
                self._run = widgets.choice("Finished run", {}, None, self._show_detail)
                self._output = widgets.choice("Output", _OUTPUTS, "fer", self._show_detail)
            self._matrix = ConfusionMatrix(studio)
            self._detail = widgets.block("stack")
        with widgets.sheet():
            widgets.text("A test of your own", "h3")
            OwnTest(studio)
        show_comparison()
        self.opened()

    def opened(self) -> None:
        """List the runs there are; called whenever the step is opened."""
        found = runs.all_runs(self._studio.places)
        names = [run.name for run in found if run.metrics]
        chosen = [name for name in self._which.value or () if name in names]
        if not chosen or chosen == self._proposed:  # the newest, as long as the user has not chosen otherwise
            chosen = self._proposed = names[:1]
        self._which.set_options(names, value=chosen)
        finished = [run.name for run in found if run.state == "finished"]
        now = next((name for name in (self._run.value, *chosen, *finished) if name in finished), None)
        self._run.set_options(finished, value=now)
        self._show()
        self._show_detail()

    def _chosen(self) -> list[Run]:
        folders = [self._studio.places.existing(name) for name in self._which.value or ()]
        return [run for folder in folders if folder is not None and (run := runs.read(folder)).metrics]

    def _show(self) -> None:
        chosen = self._chosen()
        self._charts.set_content(curves({run.name: run.metrics for run in chosen}) if chosen else "")
        self._table.clear()
        with self._table:
            if not chosen:
                widgets.text("There is no run with an epoch behind it yet. Start one under Train.", classes="quiet")
                return
            with widgets.folded("The numbers as a table"):
                for run in chosen:
                    head = list(run.metrics[0])
                    rows = [[f"{row[key]:.4g}" for key in head] for row in run.metrics]
                    widgets.table(run.name, [key.replace("_", " ") for key in head], rows)

    def _show_detail(self) -> None:
        self._detail.clear()
        with self._detail:
            run = self._studio.places.existing(self._run.value or "")
            self._matrix.choose(run.name if run else "", self._output.value)
            if run is None:
                widgets.text("No run has come to its end yet.", classes="quiet")
                return
            folder, output = run / "pictures", self._output.value
            drawn = {kind: folder / f"{output}_{kind}.png" for kind in _KINDS}
            drawn = {kind: path for kind, path in drawn.items() if path.is_file()}
            if not drawn:
                widgets.text("This run has no pictures of that output: its data had no such labels.", classes="quiet")
            with widgets.block("two pictures"):
                for kind, path in drawn.items():
                    with widgets.block("stack"):
                        title = f"{_KINDS[kind]}: {_OUTPUTS[output]}"
                        widgets.picture(self._studio.places.address(path), f"{title}, of {self._run.value}")
                        name = f"{self._run.value}-{path.name}"
                        widgets.link(f"{_KINDS[kind]} as PNG", self._studio.places.address(path), name)
            with widgets.folded("Scores and recall as a table"):
                self._show_scores(folder.parent)

    def _show_scores(self, folder: Path) -> None:
        """Show the scores of a run, and offer them."""
        rows_of = models.score_rows(folder)
        scores = {row.title: row.cells() for row in rows_of}
        recalls = {row.title: {name: round(100 * s) for name, s in row.recalls.items()} for row in rows_of}
        widgets.table("Validation scores", ["output, labels", *SCORE_COLUMNS], [[t, *f] for t, f in scores.items()])
        for title, shares in recalls.items():
            widgets.table(f"Recall by class, %: {title}", ["class", *shares], [["recall", *shares.values()]])
        rows: list[tuple[object, ...]] = [
            (title, name, share) for title, shares in recalls.items() for name, share in shares.items()
        ]
        rows += [(t, c, cell) for t, cells in scores.items() for c, cell in zip(SCORE_COLUMNS, cells, strict=True)]
        with widgets.block("actions"):
            label = "Download scores and recall as CSV"
            widgets.button(label, lambda: ui.download.content(_table(rows), f"{folder.name}-scores.csv", "text/csv"))

    async def _png(self) -> None:
        with self._notice.telling():
            if self._waiting.busy or not (chosen := self._chosen()):
                return
            path = self._studio.places.shown / f"accuracy-{secrets.token_hex(4)}.png"
            histories = {run.name: run.metrics for run in chosen}
            await self._waiting.follow(self._studio.job("graph", histories=histories, picture=str(path)))
            ui.download.from_url(self._studio.places.address(path), "accuracy.png")

    def _csv(self) -> None:
        with self._notice.telling():
            if chosen := self._chosen():
                ui.download.content(as_csv(chosen), "accuracy.csv", "text/csv")


def _table(rows: list[tuple[object, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([("output, labels", "class or figure", "value"), *rows])
    return out.getvalue()


def as_csv(chosen: list[Run]) -> str:
    """Return the metrics of runs as one table, with the name of the run in front."""
    keys = list(dict.fromkeys(key for run in chosen for key in run.metrics[0]))
    out = io.StringIO()
    writer = csv.DictWriter(out, ["run", *keys])
    writer.writeheader()
    writer.writerows({"run": run.name} | row for run in chosen for row in run.metrics)
    return out.getvalue()
