"""Fields for options, made from the table of the command line: a switch, a list or a text, with its help."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from realtime.cli.options import Options, specs
from realtime.web import widgets
from realtime.words import said

# Takes the name of an option and its new value, as the configuration file would have it.
Set = Callable[[str, Any], Awaitable[None]]


def option_field(name: str, value: Any, put: Set, with_help: bool = True) -> Any:
    """Make the field of an option, and return it.

    Args:
        name: Of the option's field.
        value: What it has now.
        put: Told of another value.
        with_help: Show what the command line's help says of it, in English.
    """
    spec = specs()[name]
    label = said(name.replace("_", " ").capitalize())
    with widgets.block("setting"):
        made: Any
        if isinstance(getattr(Options, name), bool):
            made = ui.checkbox(label, value=bool(value), on_change=lambda event: put(name, event.value))
        elif spec.choices:
            choices = {choice: said(choice) for choice in spec.choices}
            made = widgets.choice(label, choices, value, lambda event: put(name, event.value))
            if getattr(Options, name) is None:
                made.props("clearable")
        else:
            made = widgets.field(label, text_of(value, spec.lists))
            made.on("change", lambda: put(name, value_of(name, made.value)))
        if with_help:
            widgets.text(spec.help, classes="quiet").props("lang=en dir=auto")
    return made


def text_of(value: Any, lists: bool = False) -> str:
    """Return a value as it would be typed. lists: whether several are options given several times."""
    if value is None or value is False:
        return ""
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, int) for part in value):
        return f"{value[0]}x{value[1]}"
    if isinstance(value, tuple):
        return (" " if lists else ",").join(str(part) for part in value)
    return str(value)


def value_of(name: str, text: str) -> Any:
    """Return what was typed as the configuration file would have it; None for nothing."""
    text = text.strip()
    if not text:
        return None
    return text.split() if specs()[name].lists else text


def settable() -> list[str]:
    """Return the options that a configuration can have, in the order of the help."""
    return [name for name, spec in specs().items() if not spec.action]
