"""Choosing a folder or file of this computer in a window of the page."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path

from nicegui import ui

from realtime.web import widgets

# A folder of pictures has thousands of files; of folders and tables, this many are listed.
_MOST = 300


class Browse:
    """A button that opens a window with the folders of this computer, from which one is taken."""

    def __init__(
        self, what: str, suffixes: tuple[str, ...], start: Callable[[], str], take: Callable[[str], object]
    ) -> None:
        """Make the button.

        Args:
            what: What is chosen, such as "data set".
            suffixes: The endings of files that may be chosen.
            start: Gives the path to begin at; the user's own folder where there is none.
            take: Takes what was chosen.
        """
        self._what = what
        self._suffixes = suffixes
        self._start = start
        self._take = take
        self._folder = Path.home()
        with widgets.block("actions"):
            widgets.button("Browse ...", self._open).props(f'aria-label="Browse for the {what}"')
        with ui.dialog().props(f'aria-label="Choose the {what}"') as self._window, widgets.block("sheet stack browse"):
            self._place = widgets.text("", classes="quiet").props("role=status")
            with widgets.block("actions"):
                widgets.button("Up", lambda: self._show(self._folder.parent))
                widgets.button("Home", lambda: self._show(Path.home()))
            self._list = widgets.block("stack listed").props(f'tabindex=0 role=group aria-label="{what}: folders"')
            with widgets.block("actions"):
                widgets.button("Use this folder", lambda: self._chosen(self._folder), "main")
                widgets.button("Cancel", self._window.close)

    def _open(self) -> None:
        given = self._start().strip()
        path = Path(given).expanduser() if given else Path.home()
        self._show(next((folder for folder in (path, *path.parents) if folder.is_dir()), Path.home()))
        self._window.open()

    def _show(self, folder: Path) -> None:
        """List what a folder holds."""
        try:
            folders, files = listed(folder, self._suffixes)
        except OSError as error:
            self._place.set_content(escape(f"{folder} can't be opened: {error.strerror}."))
            return
        self._folder = folder
        more = "" if len(folders) + len(files) < _MOST else f" The first {_MOST} are listed."
        self._place.set_content(escape(f"{folder}{'.' + more if more else ''}"))
        self._list.clear()
        with self._list:
            for path in folders:
                widgets.button(f"{path.name}/", partial(self._show, path))
            for path in files:
                widgets.button(path.name, partial(self._chosen, path))
            if not folders and not files:
                widgets.text("It holds no folder.", classes="quiet")

    def _chosen(self, path: Path) -> None:
        self._window.close()
        self._take(str(path))


def listed(folder: Path, suffixes: tuple[str, ...]) -> tuple[list[Path], list[Path]]:
    """Return the folders in a folder, and the files with some endings; hidden ones are left out. Raises OSError."""
    folders: list[Path] = []
    files: list[Path] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                folders.append(Path(entry.path))
            elif entry.name.lower().endswith(suffixes):
                files.append(Path(entry.path))
    folders.sort(key=lambda path: path.name.lower())
    return folders[:_MOST], sorted(files)[: max(_MOST - len(folders), 0)]
