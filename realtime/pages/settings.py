"""The user's configuration file, as the panel reads and writes it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from realtime.cli.config_file import read_config
from realtime.cli.options import Options, flag, specs
from realtime.cli.parse import checked
from realtime.errors import OutputError, UsageError
from realtime.images import make_parent, write_file

_DEFAULTS = {member.name: member.default for member in fields(Options)}


class Settings:
    """What the user wants of the camera: what the configuration file says, and the defaults.

    problem: why the file can't be used, in which case it is left alone; empty if it can.
    """

    def __init__(self, path: Path) -> None:
        """path: of the file, which need not be there."""
        self.path = path
        self.problem = ""
        self._values: dict[str, Any] = {}
        self.read()

    def read(self) -> None:
        """Read the file again."""
        self.problem, self._values = "", {}
        if self.path.exists():
            try:
                self._values = checked(read_config(self.path), f"The configuration {self.path}")
            except UsageError as error:
                self.problem = str(error)

    def __getitem__(self, name: str) -> Any:
        """Return the value of an option."""
        return self._values.get(name, _DEFAULTS[name])

    def change(self, name: str, value: Any) -> Any:
        """Give an option another value, and write the file; return the value, as it was understood.

        Args:
            name: Of the option's field.
            value: As the file would have it; None for the default.

        Raises:
            UsageError: It can't be used, and nothing is changed.
            OutputError: The file can't be written, and stays as it was; the value holds until the panel ends.
        """
        taken = checked({name: value}, "The panel")[name]
        self._values[name] = taken
        if self.problem:
            raise OutputError("This was not saved: the configuration is broken.", "Set it aside first.")
        plain = taken if isinstance(taken, (bool, int, float, str)) else value
        self._write(name, None if taken == _DEFAULTS[name] else plain)
        return taken

    def set_aside(self) -> Path:
        """Give a broken file another name, and begin anew; return the name. Raises OutputError."""
        aside = self.path.with_name(time.strftime(f"{self.path.name}.broken-%Y%m%d-%H%M%S"))
        try:
            self.path.replace(aside)
        except OSError as error:
            raise OutputError(f"{self.path} can't be moved: {error.strerror}.", "Move it yourself.") from error
        self.read()
        return aside

    def changed(self) -> Mapping[str, Any]:
        """Return the options that differ from their defaults."""
        return {name: value for name, value in self._values.items() if name in specs() and value != _DEFAULTS[name]}

    def _write(self, name: str, value: Any) -> None:
        """Write one option, None to leave it out; everything else in the file, remarks too, stays."""
        try:
            document = tomlkit.parse(self.path.read_text("utf-8")) if self.path.exists() else tomlkit.document()
        except (OSError, ValueError, TOMLKitError) as error:
            raise OutputError(f"{self.path} can't be read any more.", "Look what has become of it.") from error
        key = name if name in document else flag(name)[2:]
        if value is None:
            document.pop(key, None)
        else:
            document[key] = value
        make_parent(self.path)
        write_file(self.path, tomlkit.dumps(document).encode())
