"""The documents that pages lead to, shown by the program itself, so that they open without a network."""

from __future__ import annotations

from html import escape

from nicegui import ui

from realtime.shipped import DOCUMENTS
from realtime.web import widgets
from realtime.web.server import Site

# What labels mean, and what links lead to from there; each has its name in its address, so that the links hold.
NAMES = ("expressions.md", "metrics.md", "report-format.md")
_ADDRESS = "/docs/{name}"
_MEANING = _ADDRESS.format(name=NAMES[0])


def add_documents(site: Site) -> None:
    """Add a page for each document to the application."""
    for name in NAMES:
        ui.page(_ADDRESS.format(name=name), title=site.title)(lambda name=name: _show(site, name))


def _show(site: Site, name: str) -> None:
    site.head()
    with widgets.block("frame"), widgets.sheet():
        ui.markdown((DOCUMENTS / name).read_text(encoding="utf-8"), sanitize=False).classes("document").props("lang=en")


def meaning_link(told: str) -> ui.html:
    """Lead to what the labels mean, in a window of its own, so that nothing on the page is lost; told: its words."""
    return ui.html(f'<a href="{_MEANING}" target="_blank" rel="noopener">{escape(told)}</a>', sanitize=False)
