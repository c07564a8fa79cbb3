"""Step 5: reading the faces of a picture."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import numpy as np
from nicegui import ui

from realtime.packs.manifest import DEFAULT_PACK
from realtime.packs.pack import find_packs
from realtime.web import widgets
from realtime.web.documents import meaning_link
from realtime.web.widgets import Told as Message
from training.studio.pages.face_card import FaceCard
from training.studio.pages.folder import Folder
from training.studio.web import uploads
from training.studio.work import adoptions, faces, models, runs
from training.studio.work.faces import Seen
from training.studio.work.studio import Predicted, Studio

_ACCEPTED = "image/jpeg,image/png,image/webp,image/bmp,image/gif"
_APP = "the app's model"
_LOOK_EVERY_S = 1.0


class PredictStep:
    """The page of one picture."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._seen: Seen | None = None
        self._chosen: dict[int, str] = {}
        self._image: np.ndarray | None = None
        self._keys: list[str] = []
        widgets.text("Predict", "h2")
        widgets.text(
            "Every face of a picture, with what its expression looks like to the model, which is not what somebody "
            "feels. The picture stays in memory and is forgotten.",
            classes="lead",
        )
        with widgets.sheet():
            limit = uploads.MAX_PICTURE_BYTES
            widgets.files("Choose a picture, or drop it here", _ACCEPTED, "/upload/picture", limit, self._told)
            self._camera()
            with widgets.block("fields"):
                self._model = widgets.choice("Model", {"": _APP}, "", self._again)
                packs = {path.name: path.name for path in find_packs()}
                self._pack = widgets.choice("Drawings", packs, DEFAULT_PACK, self._show)
            self._notice = widgets.Notice()
        self._found = widgets.block("stack")
        with widgets.folded("A folder of pictures"):
            Folder(studio, self._model_file, lambda: self._pack.value or DEFAULT_PACK)
        ui.context.client.on_delete(self._left)
        self._in_use = ""
        self.opened()
        self._take_over()
        ui.timer(_LOOK_EVERY_S, self._look)

    def opened(self) -> None:
        """List the models there are; called whenever the step is opened."""
        finished = [run for run in runs.all_runs(self._studio.places) if run.state == "finished"]
        now = models.name_of(self._studio.places.model, self._studio.places)
        self._in_use = adoptions.digest(self._studio.places.model)
        options = {"": f"{_APP} ({now})"} | {run.name: run.name for run in finished}
        self._model.set_options(options, value=self._model.value if self._model.value in options else "")

    def _look(self) -> None:
        """Name the app's model anew when another has taken its place."""
        if adoptions.digest(self._studio.places.model) != self._in_use:
            self.opened()

    def _take_over(self) -> None:
        """Show what a page has read that was loaded again."""
        kept = self._studio.predicted
        if kept is None:
            return
        self._image, self._seen, self._chosen = kept.image, kept.seen, dict(kept.chosen)
        self._model.set_value(kept.model if kept.model in self._model.options else "")
        self._pack.set_value(kept.pack)
        self._keep()
        self._show()

    def _keep(self) -> None:
        """Keep what was read for the page that comes after this one, if it is loaded again."""
        if self._image is not None and self._seen is not None:
            self._studio.predicted = Predicted(
                self, self._image, self._seen, dict(self._chosen), self._model.value or "", self._pack.value
            )

    def _left(self) -> None:
        """Forget the picture once the page is gone, unless another page has taken it over."""
        self._forget(self._keys)
        if self._studio.predicted is not None and self._studio.predicted.page is self:
            self._studio.predicted = None

    def _camera(self) -> None:
        """Make the camera's box; the page itself shows what belongs to a camera that is on, and to one that is off."""
        with widgets.block("webcam") as box:
            ui.element("video").classes("camera while-open").props('playsinline muted aria-label="camera"')
            find = f"document.getElementById('{box.html_id}')"
            with widgets.block("actions"):
                begin = widgets.button("Use the camera", lambda: None).classes("while-closed")
                begin.on(
                    "click", lambda event: self._opened(event.args), js_handler=f"() => Page.openCamera({find}, emit)"
                )
                take = widgets.button("Take the picture", lambda: None, "main").classes("while-open")
                take.on(
                    "click", lambda event: self._told(event.args), js_handler=f"() => Page.takePicture({find}, emit)"
                )
                end = widgets.button("Close the camera", lambda: None).classes("while-open")
                end.on("click", js_handler="() => Page.closeCamera()")

    def _opened(self, told: Message) -> None:
        if "error" in told:
            self._notice.say(str(told["error"]), "bad")
        else:
            self._notice.clear()

    async def _told(self, told: Message) -> None:
        if "share" in told:
            return
        if "error" in told:
            self._found.clear()
            self._notice.say(str(told["error"]), "bad")
            return
        with self._notice.telling():
            key = str(told.get("picture"))
            self._image = self._studio.picture(key)
            self._forget([*self._keys, key])
            await self._again()

    def _model_file(self) -> Path:
        """Return the file of the model that is chosen."""
        run = self._studio.places.existing(self._model.value or "")
        return run / "face_expression.onnx" if run is not None else self._studio.places.model

    async def _again(self) -> None:
        """Read the picture, with the model that is chosen."""
        if self._image is None:
            return
        with self._notice.telling():
            self._found.clear()
            self._notice.say("Reading the picture ...")
            self._seen = await asyncio.wrap_future(self._studio.reader.submit(self._image, self._model_file()))
            self._chosen = {}
            self._keep()
            self._show()
            if count := len(self._seen.readings):
                self._notice.say("One face was found." if count == 1 else f"{count} faces were found.", "good")
            else:
                self._notice.say(
                    "No face was found. It may be too small, turned far to the side, covered or dark. Try a picture in "
                    "which a face looks at the camera and is at least 30 pixels wide.",
                )

    def _show(self) -> None:
        self._found.clear()
        seen = self._seen
        if seen is None or not seen.readings:
            return
        with self._found:
            with widgets.block("two"):
                with widgets.sheet():
                    widgets.text("Covered", "h3")
                    self._covered = widgets.block("stack")
                with widgets.sheet():
                    widgets.text("What was found", "h3")
                    self._forget(self._keys)
                    self._keys = [self._studio.keep_picture(faces.marked(seen))]
                    widgets.picture(
                        f"/picture/{self._keys[0]}.jpg", "The picture, with a box around every face and its number"
                    )
            told = self._studio.reader.told(seen, self._chosen, self._pack.value)
            widgets.text(
                "The perceived presentation chooses a drawing, and nothing else. It says nothing about who somebody "
                "is, knows two values and is wrong for many people: choose another drawing where it is.",
                classes="lead",
            )
            meaning_link("What the labels mean, and what they do not")
            with widgets.block("two"):
                for face in told:
                    FaceCard(
                        face,
                        self._chosen.get(face.number, "auto"),
                        partial(self._choose, face.number),
                        partial(self._studio.reader.explain, seen, face.number, self._model_file()),
                        self._notice,
                    )
            if len(seen.readings) > len(told):
                widgets.text(f"{len(seen.readings) - len(told)} smaller faces are covered, but not listed.")
        self._draw()

    def _choose(self, number: int, presentation: str) -> bytes:
        """Give a face another drawing; return it, as a PNG."""
        assert self._seen is not None
        self._chosen[number] = presentation
        self._draw()
        self._keep()
        return self._studio.reader.told(self._seen, self._chosen, self._pack.value)[number - 1].drawing

    def _draw(self) -> None:
        """Cover the picture again."""
        assert self._seen is not None
        self._forget(self._keys[1:])
        key = self._studio.keep_picture(self._studio.reader.covered(self._seen, self._chosen, self._pack.value))
        self._keys[1:] = [key]
        self._covered.clear()
        with self._covered:
            widgets.picture(f"/picture/{key}.jpg", "The picture, every face covered by an emoji")
            widgets.link("Download the covered picture", f"/picture/{key}.png", "covered.png")

    def _forget(self, keys: list[str]) -> None:
        self._studio.drop_pictures(keys)
