"""A folder of pictures: all covered and read at once."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from realtime.web import widgets
from training.studio.pages.browse import Browse
from training.studio.work.studio import Studio


class Folder:
    """The part of the Predict page that covers a folder, with the model and the drawings chosen there."""

    def __init__(self, studio: Studio, model: Callable[[], Path], pack: Callable[[], str]) -> None:
        self._studio = studio
        self._model, self._pack = model, pack
        self._folder = widgets.field("Folder of pictures")
        Browse("folder of pictures", (), lambda: self._folder.value or "", self._folder.set_value)
        with widgets.block("actions"):
            widgets.button("Cover the folder", self._cover)
        self._waiting = widgets.Waiting("covering the folder")
        self._notice = widgets.Notice()
        self._found = widgets.block("stack")

    async def _cover(self) -> None:
        if self._waiting.busy:
            return
        with self._notice.telling():
            self._found.clear()
            places = self._studio.places
            name = f"folder-{secrets.token_hex(4)}"
            covered, table = places.shown / f"{name}.zip", places.shown / f"{name}.csv"
            job = self._studio.job(
                "cover_folder",
                path=(self._folder.value or "").strip(),
                model=str(self._model()),
                pack=self._pack(),
                covered=str(covered),
                table=str(table),
            )
            found = await self._waiting.follow(job)
            if self._found.is_deleted:
                return
            self._notice.say(f"{found['pictures']} pictures with {found['faces']} faces are covered.", "good")
            with self._found:
                widgets.link("Download the covered pictures (.zip)", places.address(covered), "covered.zip")
                widgets.link("Download what was read (.csv)", places.address(table), "faces.csv")
                widgets.text("Both are kept by the studio for a day.", classes="quiet")
                if found["bad"]:
                    widgets.text(f"{len(found['bad'])} could not be read:")
                    widgets.points(found["bad"])
