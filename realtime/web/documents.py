"""The documents that pages lead to, shown by the program itself, so that they open without a network."""

from __future__ import annotations

from html import escape

from nicegui import ui

from realtime.shipped import DOCUMENTS
from realtime.web import widgets
from realtime.web.server import Site

# What labels and metrics can mean; each is called by its name, so that the links between them hold.
_NAMES = ("expressions.md", "metrics.md")
_ADDRESS = "/docs/{name}"
MEANING = _ADDRESS.format(name=_NAMES[0])


def add_documents(site: Site) -> None:
    """Add a page for each document to the application."""
    for name in _NAMES:
        ui.page(_ADDRESS.format(name=name), title=site.title)(lambda name=name: _show(site, name))


def _show(site: Site, name: str) -> None:
    site.head()
    with widgets.block("frame"), widgets.sheet():
        ui.markdown((DOCUMENTS / name).read_text(encoding="utf-8"), sanitize=False).props("lang=en")


def meaning_link(told: str) -> ui.html:
    """Lead to what the labels mean, in a window of its own, so that nothing on the page is lost; told: its words."""
    return ui.html(f'<a href="{MEANING}" target="_blank" rel="noopener">{escape(told)}</a>', sanitize=False)
