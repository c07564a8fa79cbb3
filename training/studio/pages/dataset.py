"""Step 1: choosing a data set and looking at it."""

from __future__ import annotations

import secrets
from functools import partial
from pathlib import Path
from typing import Any

from nicegui import ui

from realtime.errors import InputError
from realtime.web import widgets
from realtime.web.widgets import Told
from training.studio.pages.browse import Browse
from training.studio.web import uploads
from training.studio.work import corrections as corrected
from training.studio.work.studio import Studio


class DatasetStep:
    """The page of the data set."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        widgets.text("Dataset", "h2")
        widgets.text(
            "Choose the faces to learn from: FER-2013 as fer2013.csv, as class folders (train/happy, test/happy ...), "
            "or as a .zip of either. Nothing of it leaves this computer.",
            classes="lead",
        )
        with widgets.sheet():
            self._data = widgets.field("Folder, CSV or zip", studio.data).on("keydown.enter", self._look)
            self._browse("data set", self._data)
            self._upload("... or upload a .zip or .csv (drop it, or a folder, here)", self._data)
            with widgets.folded("Gender set and FER+ votes (both may be left out)"):
                self._gender = widgets.field("Gender set: folder or zip (UTKFace)", studio.gender_data)
                self._browse("gender set", self._gender)
                self._upload("... or upload a .zip (drop it, or a folder, here)", self._gender)
                self._votes = widgets.field("FER+ votes: fer2013new.csv", studio.ferplus)
                self._browse("FER+ votes", self._votes)
                self._upload("... or upload the .csv", self._votes)
            with widgets.block("actions"):
                widgets.button("Look at it", self._look, "main")
            self._waiting = widgets.Waiting("reading the data set")
            self._notice = widgets.Notice()
        self._found = widgets.block("stack")
        with widgets.folded("What was uploaded"):
            self._kept = widgets.block("stack")
        self._list_kept()
        for found, contact_sheet in studio.looked:  # by a page that was loaded again
            self._show(found, contact_sheet)

    def _browse(self, what: str, target: ui.input) -> None:
        Browse(what, uploads.SET_SUFFIXES, lambda: target.value or self._studio.data, target.set_value)

    def _upload(self, label: str, target: ui.input) -> None:
        def told(what: Told) -> None:
            if "packed" in what:
                self._notice.say(f"Packing the folder: {what['packed']:,} of {what['of']:,} files.")
            elif "share" in what:
                self._notice.say(f"Uploading: {what['share']:.0%}.")
            elif "error" in what:
                self._notice.say(str(what["error"]), "bad")
            else:
                target.set_value(what["path"])
                self._notice.say(f"{what['name']} was uploaded. Now look at it.", "good")
                self._list_kept()

        widgets.files(label, ",".join(uploads.SET_SUFFIXES), "/upload/set", uploads.MAX_SET_BYTES, told, folders=True)

    async def _look(self) -> None:
        if self._waiting.busy:
            return
        with self._notice.telling():
            self._found.clear()
            self._studio.looked = []
            found = await self._looked(self._data.value or "", self._votes.value or "")
            gender = ""
            if (self._gender.value or "").strip():
                beside = await self._looked(self._gender.value, "")
                gender = beside["path"]
                if beside["kind"] != "gender":
                    raise InputError(
                        f"{gender} is a set of expressions, not of genders.", "Empty the field 'Gender set'."
                    )
            if found["kind"] == "gender":
                raise InputError(
                    "This is a gender set, from which no expression can be learned.",
                    "Give a set of expressions as data set, and this one as gender set.",
                )
            self._studio.data, self._studio.gender_data = found["path"], gender
            self._studio.ferplus = (self._votes.value or "").strip()
            self._notice.say("This can be used. Go on with Preprocess or Train.", "good")
        if not self._found.is_deleted:
            self._list_kept()

    async def _looked(self, path: str, votes: str) -> dict[str, Any]:
        places = self._studio.places
        contact_sheet = places.shown / f"contact-sheet-{secrets.token_hex(4)}.png"
        wanted = {"uploads": str(places.uploads), "contact_sheet": str(contact_sheet)}
        corrections = corrected.used(places, path)
        job = self._studio.job("look", path=path, ferplus=votes, corrections=corrections, **wanted)
        found = await self._waiting.follow(job)
        self._studio.looked.append((found, contact_sheet))
        if not self._found.is_deleted:
            self._show(found, contact_sheet)
        return found

    def _show(self, found: dict[str, Any], contact_sheet: Path) -> None:
        with self._found, widgets.sheet():
            self._show_set(found, contact_sheet)

    def _show_set(self, found: dict[str, Any], contact_sheet: Path) -> None:
        counts = found["counts"]
        classes = list(next(iter(counts.values())))
        widgets.text(Path(found["path"]).name, "h3")
        rows = [[split, *row.values(), sum(row.values())] for split, row in counts.items()]
        widgets.table("Pictures by split and class", ["split", *classes, "all"], rows)
        widgets.text("What was found", "h3")
        widgets.points(found["findings"])
        widgets.text("Examples", "h3")
        told = f"Some pictures of each class: {', '.join(classes)}"
        widgets.picture(self._studio.places.address(contact_sheet), told, "shown contact-sheet").classes("scroll-x")

    def _list_kept(self) -> None:
        self._kept.clear()
        with self._kept:
            kept = uploads.kept_sets(self._studio.places)
            if not kept:
                widgets.text("Nothing yet.", classes="quiet")
            for path in kept:
                with widgets.block("actions"):
                    widgets.text(path.name, "span")
                    widgets.button("Use", partial(self._data.set_value, str(path)))
                    widgets.button("Remove", partial(self._remove, path), "side danger")

    def _remove(self, path: Path) -> None:
        with self._notice.telling():
            uploads.remove_set(path.name, self._studio.places)
            self._notice.say(f"{path.name} is removed.")
        self._list_kept()
