"""A labelled collection of the user's own, on which all models are scored side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nicegui import ui

from realtime.web import widgets
from training.metrics import SCORE_COLUMNS, ScoreRow
from training.studio.pages.browse import Browse
from training.studio.work import models, runs
from training.studio.work.studio import Studio


class OwnTest:
    """The part of the accuracy's page that scores every model on pictures of the user's."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        widgets.text(
            "Pictures of your own, in a folder for each class (happy, sad ...) or with labels.csv (file, emotion). "
            "Faces are found in them as the camera finds them. Nothing is trained on them.",
            classes="quiet",
        )
        self._folder = widgets.field("Folder of labelled pictures")
        Browse("labelled pictures", (), lambda: self._folder.value or studio.data, self._folder.set_value)
        self._as_is = ui.checkbox("The pictures are faces cut as those of FER-2013 are; take them as they are")
        with widgets.block("actions"):
            widgets.button("Test all models on them", self._test)
        self._waiting = widgets.Waiting("testing the models")
        self._notice = widgets.Notice()
        self._found = widgets.block("stack")

    async def _test(self) -> None:
        if self._waiting.busy:
            return
        with self._notice.telling():
            self._found.clear()
            folder = (self._folder.value or "").strip()
            job = self._studio.job("own_test", path=folder, as_is=self._as_is.value, models=self._models())
            found = await self._waiting.follow(job)
            if self._found.is_deleted:
                return
            with self._found:
                _show(found)
            self._notice.say(f"{found['faces']} faces were tested.", "good")

    def _models(self) -> dict[str, str]:
        """Return all models there are, by their names: the app's, then finished runs', the newest first."""
        places = self._studio.places
        found = {f"in use: {models.name_of(places.model, places)}": str(places.model)}
        kept = models.shipped(places)
        if kept.is_file():
            found["the shipped model"] = str(kept)
        finished = [run for run in runs.all_runs(places) if run.state == "finished"]
        return found | {run.name: str(run.model) for run in finished}


def _show(found: dict[str, Any]) -> None:
    rows = {name: ScoreRow(**row) for name, row in found["scores"].items()}
    caption = "Models on your pictures, 95 % intervals in brackets"
    widgets.table(caption, ["model", *SCORE_COLUMNS], [[name, *row.cells()] for name, row in rows.items()])
    classes = list(next(iter(rows.values())).recalls)
    recalls = [[name, *(f"{100 * row.recalls[one]:.0f}" for one in classes)] for name, row in rows.items()]
    widgets.table("Recall by class, %", ["model", *classes], recalls)
    if missing := found["missing"]:
        with widgets.folded(f"{len(missing)} pictures in which no face was found"):
            widgets.points([Path(name).as_posix() for name in missing])
