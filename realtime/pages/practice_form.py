"""The form in which somebody says what they want to practise, and how, on a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nicegui import ui

from realtime.errors import UsageError
from realtime.practice.advice import ADVICE
from realtime.practice.plan import checked_practice
from realtime.web import widgets
from realtime.words import said

ALL = "all"
_MODES = {"parts": "Gauges for each part", "mirror": "A mirror in words", "game": "A game of drawn faces"}
_PARTS = {ALL: "all", "brows": "brows", "eyes": "eyes", "mouth": "mouth"}
# What has a number -> the name of its field, and what may be chosen, the usual first.
_NUMBERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "step": ("Size of a step", ("30", "10", "20", "50", "80", "100")),
    "hold": ("Show it for", ("1", "0.5", "2", "5", "10")),
    "seconds": ("Go on after", ("0", "10", "20", "30", "60")),
    "break": ("Break after each round", ("0", "10", "30", "60")),
}
_SWITCHES = {
    "calm": "Calm: nothing moves fast",
    "large": "Large letters",
    "shuffle": "Another order in each round",
    "progress": "Keep how often I showed each, as numbers, on this machine",
}


@dataclass
class Wishes:
    """What was said in the form, in the words of the command line."""

    mode: str = "parts"
    expression: str = ALL
    part: str = ALL
    numbers: dict[str, str] = field(default_factory=dict)
    switches: set[str] = field(default_factory=set)
    face: bool = True

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Wishes:
        """Return the wishes of a camera that runs. options: as it tells of them."""
        words, settings = options.get("practise") or [], options.get("practise_with") or []
        expressions = [word for word in words if word in ADVICE]
        return cls(
            mode=next((word for word in words if word in _MODES), cls.mode),
            expression=expressions[0] if len(expressions) == 1 else ALL,
            part=next((word for word in words if word in _PARTS), ALL),
            numbers=dict(setting.split("=") for setting in settings if "=" in setting),
            switches={setting for setting in settings if "=" not in setting},
            face=not words or options.get("placement") != "face",
        )

    def practised(self) -> str:
        """Return what `--practise` is to be. Raises UsageError for what the camera can't tell."""
        words = [word for word in (self.mode, self.expression, self.part) if word not in (ALL, "parts")]
        text = ",".join(words) or ALL
        try:
            checked_practice(text)
        except ValueError as error:
            raise UsageError(
                said("The camera can't tell this expression by that part."), said("Choose another part.")
            ) from error
        return text

    @property
    def placement(self) -> str:
        """What `--placement` is to be."""
        return "corner" if self.face else "face"

    def settings(self) -> str | None:
        """Return what `--practise-with` is to be; None for nothing."""
        numbers = [f"{name}={value}" for name, value in self.numbers.items() if value != _NUMBERS[name][1][0]]
        return ",".join([*sorted(self.switches), *numbers]) or None


def practice_form(wishes: Wishes, changed: Callable[[], Any]) -> None:
    """Make the fields. changed: told after each change, which is in `wishes` by then."""

    def put(name: str) -> Callable[[Any], Any]:
        def keep(event: Any) -> Any:
            setattr(wishes, name, event.value)
            return changed()

        return keep

    def put_number(name: str) -> Callable[[Any], Any]:
        def keep(event: Any) -> Any:
            wishes.numbers[name] = event.value
            return changed()

        return keep

    def put_switch(name: str) -> Callable[[Any], Any]:
        def keep(event: Any) -> Any:
            (wishes.switches.add if event.value else wishes.switches.discard)(name)
            return changed()

        return keep

    with widgets.block("fields"):
        widgets.choice(said("How"), _said(_MODES), wishes.mode, put("mode"))
        expressions = {ALL: said("all")} | {emotion: said(emotion) for emotion in ADVICE}
        widgets.choice(said("Expression"), expressions, wishes.expression, put("expression"))
        widgets.choice(said("Part of the face"), _said(_PARTS), wishes.part, put("part"))
        for name, (label, values) in _NUMBERS.items():
            chosen = wishes.numbers.get(name, values[0])
            choices = {value: _number(name, value) for value in sorted({*values, chosen}, key=float)}
            widgets.choice(said(label), choices, chosen, put_number(name))
    with widgets.block("actions"):
        for name, label in _SWITCHES.items():
            ui.checkbox(said(label), value=name in wishes.switches, on_change=put_switch(name))
        ui.checkbox(said("Show my face on this page, to me alone"), value=wishes.face, on_change=put("face"))


def _said(labels: Mapping[str, str]) -> dict[str, str]:
    return {value: said(label) for value, label in labels.items()}


def _number(name: str, value: str) -> str:
    if value == "0":
        return said("never") if name == "seconds" else said("no break")
    return f"{value} %" if name == "step" else f"{value} s"
