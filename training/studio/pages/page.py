"""The page: its head, and the steps one after the other."""

from __future__ import annotations

import inspect
from html import escape
from typing import Any

from nicegui import ui

from realtime.cli.parse import progress_path
from realtime.pages.practice_page import add_practice
from realtime.web import widgets
from realtime.web.documents import add_documents
from realtime.web.server import Site
from training.studio.pages.accuracy import AccuracyStep
from training.studio.pages.camera import CameraStep
from training.studio.pages.dataset import DatasetStep
from training.studio.pages.predict import PredictStep
from training.studio.pages.preparation import PreparationStep
from training.studio.pages.training import TrainingStep
from training.studio.work import adoptions, models
from training.studio.work.studio import Studio

_STEPS: dict[str, Any] = {
    "Dataset": DatasetStep,
    "Preprocess": PreparationStep,
    "Train": TrainingStep,
    "Accuracy": AccuracyStep,
    "Predict": PredictStep,
    "Camera": CameraStep,
}
_LOOK_EVERY_S = 1.0
_LIGHTS = {None: "system", False: "light", True: "dark"}


def add_page(studio: Studio, site: Site) -> None:
    """Add the page to the application, the documents it leads to, and the page for practice."""
    add_documents(site)
    camera = [f"--model={studio.places.model}", "--language=en"]
    add_practice(studio.camera, site, lambda: camera, lambda: progress_path("default"))

    @ui.page("/")
    def page(step: str = "") -> None:
        site.head()
        with widgets.block("frame"):
            _head(studio)
            _steps(studio, step if step in _STEPS else "Dataset")


def _head(studio: Studio) -> None:
    ui.html('<a class="skip" href="#steps">Skip to the steps</a>', sanitize=False)
    with ui.element("header").classes("masthead"):
        widgets.text("Emoji camera studio", "h1")
        dark = ui.dark_mode(studio.dark)

        def change() -> None:
            order = list(_LIGHTS)
            dark.value = order[(order.index(dark.value) + 1) % len(order)]
            studio.dark = dark.value
            switch.set_text(f"Colours: {_LIGHTS[dark.value]}")

        switch = widgets.button(f"Colours: {_LIGHTS[dark.value]}", change)
    _model_in_use(studio)


def _model_in_use(studio: Studio) -> None:
    """Show which model the app uses on every step, whoever changes it."""
    shown = widgets.text("", classes="quiet in-use")
    known = ["?"]

    def look() -> None:
        digest = adoptions.digest(studio.places.model)
        if digest != known[0]:
            shown.set_content(escape(f"Model in use: {models.told(studio.places)}"))
            known[0] = digest

    look()
    ui.timer(_LOOK_EVERY_S, look)


def _steps(studio: Studio, first: str) -> None:
    looks = "align=left outside-arrows mobile-arrows no-caps inline-label"
    with ui.tabs().classes("steps").props(looks) as tabs:
        for number, name in enumerate(_STEPS, start=1):
            ui.tab(name, f"{number} {name}")
    tabs.on("update:model-value", js_handler="(name) => Page.stepped(name)")
    made: dict[str, Any] = {}
    with (
        # NiceGUI's own page is the main landmark already.
        widgets.block("").props("id=steps tabindex=-1"),
        ui.tab_panels(tabs, value=first, animated=False).props("keep-alive"),
    ):
        for name, step in _STEPS.items():
            with ui.tab_panel(name):
                made[name] = step(studio)

    async def opened(name: str) -> None:
        opening = getattr(made[name], "opened", None)
        if opening is not None and inspect.isawaitable(waiting := opening()):
            await waiting

    tabs.on_value_change(lambda event: opened(event.value))
    if first != "Dataset":
        ui.timer(0.1, lambda: opened(first), once=True)
