"""What is shown of one face of a picture: its emoji, how likely each expression is, and what the answer rests on."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from concurrent.futures import Future
from html import escape

import numpy as np
from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from realtime.controls import GENDER_CHOICES
from realtime.records import GENDERS, UNSURE
from realtime.web import widgets
from training.studio.work import faces


class FaceCard:
    """The card of a face."""

    def __init__(
        self,
        face: faces.Told,
        presentation: str,
        choose: Callable[[str], bytes],
        explain: Callable[[], Future[np.ndarray]],
        notice: widgets.Notice,
    ) -> None:
        """Show the card.

        Args:
            face: What is told of the face.
            presentation: What was chosen for it, or "auto".
            choose: Takes another choice; returns the emoji that it gives, as a PNG.
            explain: Draws what the answer rests on, uint8 (H, W, 3) BGR.
            notice: Tells what goes wrong.
        """
        self._face = face
        self._choose, self._explain, self._notice = choose, explain, notice
        with widgets.sheet():
            left, top, right, bottom = face.box
            widgets.text(f"Face {face.number}: {face.emotion}", "h3")
            with widgets.block("face"):
                self._drawing = widgets.picture(_address(face.drawing), f"The emoji of face {face.number}", "")
                ui.html(_bars(face.emotions), sanitize=False)
            if face.emotion == UNSURE:
                widgets.text(f"It can't be read well{': ' + face.hint if face.hint else ''}.", classes="quiet")
            likely = max(GENDERS, key=lambda name: face.genders[name])
            widgets.text(
                f"Perceived presentation: {likely} {face.genders[likely]:.0%}. "
                f"Box: {left}, {top} to {right}, {bottom} pixels.",
                classes="quiet",
            )
            options = {name: name for name in GENDER_CHOICES} | {"auto": f"automatic ({face.presentation})"}
            widgets.choice(f"Drawing of face {face.number}", options, presentation, self._chosen)
            if face.emotion != UNSURE:
                self._reason = widgets.block("stack")
                widgets.button(f"What the answer rests on: face {face.number}", self._show_reason)

    def _chosen(self, event: ValueChangeEventArguments[str]) -> None:
        drawing = _address(self._choose(event.value))
        self._drawing.set_content(f'<img src="{drawing}" alt="The emoji of face {self._face.number}">')

    async def _show_reason(self) -> None:
        with self._notice.telling():
            image = await asyncio.wrap_future(self._explain())
            if self._reason.is_deleted:
                return
            self._reason.clear()
            with self._reason:
                told = f"Face {self._face.number}; what the answer {self._face.emotion} rests on is yellow"
                widgets.picture(_address(faces.as_png(image)), told, "")
                widgets.text(
                    f"Yellow: with this part hidden, '{self._face.emotion}' is less likely. It tells of the model, not "
                    "of the person.",
                    classes="quiet",
                )


def _address(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _bars(shares: dict[str, float]) -> str:
    """Return shares, 0 to 1, as bars with their percentages."""
    rows = "".join(
        f'<dt>{escape(name)}</dt><i aria-hidden="true"><b style="width:{100 * share:.1f}%"></b></i><dd>{share:.0%}</dd>'
        for name, share in shares.items()
    )
    return f'<dl class="bars">{rows}</dl>'
