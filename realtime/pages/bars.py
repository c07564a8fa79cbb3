"""Bars of the seven probabilities, which move with the readings of the largest face; `bars.js` moves them."""

from __future__ import annotations

from html import escape

from nicegui import ui

from realtime.records import EMOTIONS
from realtime.words import said


def show_bars() -> ui.html:
    """Show them. They are a table with numbers, so that whoever can't see the bars can read it."""
    rows = "".join(
        f'<tr data-emotion="{name}"><th scope="row">{escape(said(name))}</th>'
        '<td class="moving" aria-hidden="true"><i><b></b></i></td><td class="share">\N{EN DASH}</td></tr>'
        for name in EMOTIONS
    )
    caption = escape(said("What the largest face shows, in percent"))
    return ui.html(
        f'<table class="data moving-bars" data-bars><caption>{caption}</caption>{rows}</table>', sanitize=False
    )
