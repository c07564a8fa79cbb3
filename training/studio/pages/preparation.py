"""Step 2: how faces are prepared for training."""

from __future__ import annotations

from html import escape
from typing import Any

from nicegui import ui

from realtime.web import widgets
from training.studio.work.studio import Studio


class PreparationStep:
    """The page of the preprocessing."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        widgets.text("Preprocess", "h2")
        widgets.text(
            "Every face is cut as the emoji camera cuts it. For each step of training it is varied at random, as a "
            "webcam would, and the network gives it zero mean and unit deviation, so that the light matters little.",
            classes="lead",
        )
        with widgets.sheet():
            self._which = widgets.text("", classes="quiet")
            with widgets.block("actions"):
                widgets.button("Preprocess", self._prepare, "main")
            self._waiting = widgets.Waiting("preparing the faces")
            self._notice = widgets.Notice()
        self._found = widgets.block("stack")
        self.opened()
        if studio.prepared:  # by a page that was loaded again
            self._show(studio.prepared)

    def opened(self) -> None:
        """Show which data set is meant; called whenever the step is opened."""
        where = self._studio.data
        self._which.set_content(
            escape(f"Data set: {where}" if where else "No data set yet. Look at one under Dataset.")
        )

    async def _prepare(self) -> None:
        if self._waiting.busy:
            return
        with self._notice.telling():
            self._found.clear()
            self._studio.prepared = {}
            paths = {"path": self._studio.data, "ferplus": self._studio.ferplus}
            job = self._studio.job("prepare", **paths, uploads=str(self._studio.places.uploads))
            found = await self._waiting.follow(job)
            self._studio.prepared = found
            if self._found.is_deleted:
                return
            self._show(found)
            self._notice.say("Ready. Go on with Train.", "good")

    def _show(self, found: dict[str, Any]) -> None:
        with self._found, widgets.sheet():
            widgets.text("What was cut", "h3")
            widgets.table("Faces by split", ["split", "faces"], list(found["cut"].items()))
            widgets.text("What was skipped, and why", "h3")
            widgets.points(found["remarks"] or ["Nothing was skipped."])
        with self._found, widgets.sheet():
            widgets.text("Raw and prepared", "h3")
            ui.html("".join(_row(face) for face in found["faces"]), sanitize=False).classes("stages")


def _row(face: dict[str, Any]) -> str:
    stages = "".join(
        f'<figure class="stage"><img src="{escape(stage["picture"], True)}" '
        f'alt="{escape(face["class"], True)}, {escape(stage["name"], True)}"><figcaption>{escape(stage["name"])}<br>'
        f"{escape(stage['size'])}</figcaption></figure>"
        for stage in face["stages"]
    )
    return f'<div class="stage-row"><b>{escape(face["class"])}</b>{stages}</div>'
