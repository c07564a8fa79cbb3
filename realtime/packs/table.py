"""What a pack's pack.toml holds, checked value by value: who wrote it is not trusted."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from pathlib import PurePath
from typing import Any

from realtime.errors import AssetError
from realtime.packs.archive import Archive, printable
from realtime.toml import MAX_BYTES, strict_toml

MANIFEST = "pack.toml"

# No drawing is kept larger, so no part of one is.
_MAX_WINDOW_PX = 513

# A window of a drawing: left, top, width, height, in pixels.
Window = tuple[int, int, int, int]


class Table:
    """A table of the manifest, whose values are checked as they are asked for."""

    def __init__(self, files: Archive, values: Any, name: str = "") -> None:
        self._files = files
        self._name = name
        if not isinstance(values, dict):
            raise self.wrong(f"has a '{name}' that is no table", f"Write it as [{name}].")
        self.values: dict[str, Any] = values

    def wrong(self, what: str, remedy: str) -> AssetError:
        return AssetError(f"{self._files.path / MANIFEST} {what}.", f"{remedy}")

    def sub(self, key: str) -> Table:
        name = f"{self._name}.{key}" if self._name else key
        return Table(self._files, self.values.get(key, {}), printable(name))

    def text(self, key: str) -> str:
        value = self.values.get(key, "")
        if not isinstance(value, str):
            raise self.wrong(f"has a {key} that is no text", f'Write it as {key} = "...".')
        return printable(value)

    def names(self, key: str, known: Collection[str]) -> list[str]:
        values = self.values.get(key, [])
        if not isinstance(values, list) or not set(map(str, values)) <= set(known):
            raise self.wrong(f"has a wrong '{key}' in [{self._name}]", f"It may name {', '.join(known)}.")
        return values

    def window(self, key: str) -> Window:
        values = self.values.get(key)
        if not isinstance(values, list) or len(values) != 4 or not all(type(n) is int for n in values):
            raise self.wrong(f"has no valid '{key}' in [{self._name}]", "Write [left, top, width, height], in pixels.")
        left, top, width, height = values
        if min(left, top) < 0 or not all(0 < n < _MAX_WINDOW_PX for n in (width, height, left + width, top + height)):
            raise self.wrong(f"has a '{key}' in [{self._name}] that no drawing has", "Correct it.")
        return left, top, width, height

    def known(self, names: Collection[str]) -> None:
        for key in self.values:
            if key not in names:
                raise self.wrong(
                    f"has an unknown '{printable(key)}' in [{self._name}]", f"Known are: {', '.join(names)}."
                )

    def files(self, known: Collection[str] | None = None) -> dict[str, str]:
        if known is not None:
            self.known(known)
        return {printable(key): self._file(key, value) for key, value in self.values.items()}

    def _file(self, key: str, value: Any) -> str:
        where = f"{printable(key)} in [{self._name}]"
        if not isinstance(value, str):
            raise self.wrong(f"has a {where} that is no file's name", 'Write it as "file.png".')
        if PurePath(value).name != value or "\\" in value or ":" in value:
            raise self.wrong(
                f"names '{printable(value)}', which is outside the pack, for {where}", "Name files beside the manifest."
            )
        name = unicodedata.normalize("NFC", value)
        if name not in self._files.names:
            raise self.wrong(
                f"names '{printable(value)}' for {where}, a file that is not there",
                "Add the file, or correct its name.",
            )
        return name


def read_table(files: Archive) -> Table:
    """Return the table of a pack's pack.toml, an empty one where there is none. Raises AssetError."""
    if MANIFEST not in files.names:
        return Table(files, {})
    path = files.path / MANIFEST
    try:
        return Table(files, strict_toml(files.read(MANIFEST, MAX_BYTES)))
    except ValueError as error:
        raise AssetError(
            f"{path} is no valid TOML: {printable(error)}.", "Correct it, or choose another --pack."
        ) from error
