"""A confusion matrix whose cells open the pictures that lie in them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from nicegui import ui

from realtime.records import EMOTIONS
from realtime.web import widgets
from training import run_record
from training.corrections import LEFT_OUT
from training.studio.work import corrections
from training.studio.work.answers import MOST, SIDE_PX
from training.studio.work.studio import Studio

# How much of a cell's colour is the accent, at most, so that its number can still be read on it.
_DEEPEST = 45


class ConfusionMatrix:
    """The part of the accuracy's page that shows which pictures a finished run's model got wrong."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._answers: dict[str, Any] = {}
        self._sheet = ""
        self._run, self._output, self._data = "", "", ""
        self._cell = (0, 0)
        with widgets.block("actions"):
            widgets.button("Open the pictures behind the matrix", self._open)
        self._waiting = widgets.Waiting("sorting the pictures")
        self._notice = widgets.Notice()
        self._matrix = (
            ui.html("", sanitize=False)
            .classes("scroll-x")
            .props('tabindex=0 role=group aria-label="pictures by label and answer"')
        )
        self._matrix.on("click", lambda event: self._show(event.args), js_handler=_CLICKED)
        self._pictures = widgets.block("stack")
        self.choose("", "")

    def choose(self, run: str, output: str) -> None:
        """Take a run and an output; what was shown of others goes."""
        if (run, output) != (self._run, self._output) or not run:
            self._run, self._output = run, output
            self._matrix.set_visibility(False)
            self._pictures.clear()

    async def _open(self) -> None:
        places = self._studio.places
        folder = places.existing(self._run)
        if self._waiting.busy or folder is None:
            return
        with self._notice.telling():
            sprite = places.shown / f"answers-{secrets.token_hex(4)}.png"
            data = _data(folder)
            self._data = data["data"] if self._output != "gender" else ""
            job = self._studio.job(
                "answers",
                data=data,
                corrections=corrections.used(places, self._data),
                model=str(folder / "face_expression.onnx"),
                output=self._output,
                sprite=str(sprite),
            )
            asked = (self._run, self._output)
            found = await self._waiting.follow(job)
            if self._matrix.is_deleted or asked != (self._run, self._output):
                return
            self._answers, self._sheet = found, places.address(sprite)
            self._matrix.set_content(matrix(found["classes"], found["cells"]))
            self._matrix.set_visibility(True)
            self._pictures.clear()
            self._notice.say("Choose a number to see its pictures.", "good")

    def _show(self, cell: Sequence[int]) -> None:
        """Show the pictures of a cell. cell: its label and its answer, by their numbers."""
        label, answer = self._cell = int(cell[0]), int(cell[1])
        found = self._answers
        told = f"{found['classes'][label]} read as {found['classes'][answer]}"
        pictures, count = found["pictures"][label][answer], found["cells"][label][answer]
        self._notice.clear()
        self._pictures.clear()
        with self._pictures:
            more = f" The {MOST} boldest are shown." if count > MOST else " The boldest come first."
            widgets.text(f"{count} pictures: {told}", "h3")
            widgets.text(f"With the model's confidence.{more}", classes="quiet")
            shown = "".join(self._picture(place, told) for place in range(len(pictures)))
            crops = ui.html(shown, sanitize=False).classes("crops")
            if self._data:
                crops.on("click", lambda event: self._pick(int(event.args)), js_handler=_PICKED)
                widgets.text("Choose a picture to give it another label, or to leave it out of training.", "p", "quiet")
                self._correction = widgets.block("stack").props("role=status")
                self._tell_corrections()

    def _pick(self, place: int) -> None:
        """Offer what can be done with a picture of the cell."""
        label, answer = self._cell
        name = self._answers["pictures"][label][answer][place][2]
        classes = self._answers["classes"]
        self._correction.clear()
        with self._correction:
            widgets.text(f"{name}, labelled {classes[label]}", "h4")
            with widgets.block("actions"):
                for new in (one for one in EMOTIONS if one != classes[label]):
                    widgets.button(new, partial(self._correct, name, new)).props(f'aria-label="Label it {new}"')
                widgets.button("Leave it out", partial(self._correct, name, LEFT_OUT), "side danger")
                widgets.button("Cancel", self._tell_corrections)

    def _correct(self, name: str, label: str) -> None:
        with self._notice.telling():
            corrections.correct(self._studio.places, self._data, name, label)
            self._notice.say(f"{name} is {f'labelled {label}' if label else 'left out'} in runs from now on.", "good")
            self._tell_corrections()

    def _forget(self) -> None:
        with self._notice.telling():
            corrections.forget(self._studio.places, self._data)
            self._tell_corrections()
            self._notice.say("The set is as it was.", "good")

    def _tell_corrections(self) -> None:
        """Say how many pictures of the set are corrected."""
        self._correction.clear()
        with self._correction:
            if count := len(corrections.known(self._studio.places, self._data)):
                widgets.text(
                    f"Corrected pictures of this set: {count}. Runs that are started from now on use that; the set "
                    "itself is not changed."
                )
                widgets.button("Take all corrections back", self._forget, "side danger")

    def _picture(self, place: int, told: str) -> str:
        label, answer = self._cell
        number, percent, name = self._answers["pictures"][label][answer][place]
        columns, rows = self._answers["columns"], self._answers["rows"]
        left, top = number % columns * SIDE_PX, number // columns * SIDE_PX
        style = (
            f"background-image:url('{self._sheet}');background-position:-{left}px -{top}px;"
            f"background-size:{columns * SIDE_PX}px {rows * SIDE_PX}px"
        )
        return (
            f'<figure><button type="button" class="crop" data-place="{place}" style="{escape(style, True)}" '
            f'aria-label="{escape(f"{name}: {told}", True)}"></button><figcaption>{percent}%</figcaption></figure>'
        )


_PICKED = """(event) => {
  const crop = event.target.closest("[data-place]");
  if (crop) emit(Number(crop.dataset.place));
}"""
_CLICKED = """(event) => {
  const cell = event.target.closest("[data-cell]");
  if (cell) emit(cell.dataset.cell.split(",").map(Number));
}"""


def matrix(classes: Sequence[str], cells: Sequence[Sequence[int]]) -> str:
    """Return a confusion matrix as HTML, each cell with pictures a button."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in classes)
    rows = ""
    for label, counts in enumerate(cells):
        total = max(sum(counts), 1)
        row = ""
        for answer, count in enumerate(counts):
            shade = round(_DEEPEST * count / total)
            told = f"{count} pictures: {classes[label]} read as {classes[answer]}"
            place = f'data-cell="{label},{answer}" aria-label="{escape(told, True)}"'
            cell = f'<button type="button" {place}>{count}</button>'
            right = ' class="right"' if label == answer else ""
            row += f'<td{right} style="--shade:{shade}%">{cell if count else "0"}</td>'
        rows += f'<tr><th scope="row">{escape(classes[label])}</th>{row}</tr>'
    caption = "Pictures by label (rows) and answer (columns)"
    return f'<table class="data confusion"><caption>{caption}</caption><tr><td></td>{head}</tr>{rows}</table>'


def _data(folder: Path) -> dict[str, str]:
    """Return where the data of a run lies, as its record says."""
    record = run_record.read(folder)
    told = record.settings if record else {}
    return {name: str(told.get(name) or "") for name in ("data", "gender_data", "ferplus")}
