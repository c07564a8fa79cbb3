"""A finished run: its scores beside those of the app's model, whose place its model can take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from training.metrics import SCORE_COLUMNS
from training.studio.pages import widgets
from training.studio.work import models
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
        self._scores = widgets.block("stack")
        self._show_scores({"the app's model now": models.scores(places.models), run.name: models.scores(run.folder)})
        self._waiting = widgets.Waiting("scoring both models")
        with widgets.block("actions"):
            widgets.button("Make it the app's model", self._adopt, "main")
            if run.started.get("arguments"):
                widgets.button("Score both on the same pictures", self._compare)
            widgets.link("Download the model", places.address(run.model), f"{run.name}.onnx")
            widgets.link("Download its card", places.address(run.folder / "README.md"), f"{run.name}.md")
        self._notice = widgets.Notice()
        with widgets.block("actions"):
            self._back = widgets.button("Bring the old model back", self._bring_back)
        self._back.set_visibility(models.previous(places).is_file())

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

    def _adopt(self) -> None:
        with self._notice.telling():
            places, name = self._studio.places, self._run.name
            before = models.scores(places.models)
            models.adopt(self._run.folder, places)
            self._show_scores({"the old model": before, f"{name}, now the app's": models.scores(places.models)})
            kept = models.previous(places)
            self._notice.say(f"The app now uses {name}. The old model is kept as {kept.name}.", "good")
            self._back.set_visibility(kept.is_file())

    def _bring_back(self) -> None:
        with self._notice.telling():
            models.bring_back(self._studio.places)
            self._notice.say("The app uses the model from before again; the other is kept in its place.", "good")

    async def _compare(self) -> None:
        if self._waiting.busy:
            return
        with self._notice.telling():
            run = self._run
            chosen = dict(a.lstrip("-").split("=", 1) for a in run.started["arguments"] if "=" in a)
            job = self._studio.job(
                "scores",
                path=chosen.get("data", ""),
                ferplus=chosen.get("ferplus", ""),
                gender=chosen.get("gender-data", ""),
                models={"the app's model now": str(self._studio.places.model), run.name: str(run.model)},
            )
            found = await self._waiting.follow(job)
            self._show_scores(found["scores"], "On the validation pictures of this run")
