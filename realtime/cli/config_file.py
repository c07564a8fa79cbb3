"""The configuration file as a table. Whoever shares one is not trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from realtime.errors import InputError, UsageError
from realtime.limits import check_file, one_line
from realtime.toml import MAX_BYTES, strict_toml

# What TOML promises of whole numbers; Python can't even show those of 5000 digits.
_MAX_NUMBER = 2**63
_MAX_TEXT = 1000


def read_config(path: Path) -> dict[str, Any]:
    """Return what a configuration file says; keys and values are not looked at.

    Raises:
        UsageError: It can't be read, or is no TOML within the limits.
    """
    try:
        check_file(path)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise UsageError(
                f"The configuration {path} is larger than {MAX_BYTES // 1000} kB.",
                "Leave out what is the default, or give another file: --config config.toml.",
            )
        table = strict_toml(data)
        _check_values(table)
    except InputError as error:
        raise UsageError(
            f"The configuration: {error.what}", "Check --config. It takes a text file: --config config.toml."
        ) from error
    except OSError as error:
        raise UsageError(
            f"The configuration {path} can't be read: {error.strerror}.",
            "Check --config. It takes a file that you may read: --config config.toml.",
        ) from error
    except ValueError as error:  # of TOML, of UTF-8, and of numbers that are too long
        raise UsageError(
            f"The configuration {path} is no valid TOML: {one_line(error)}.",
            'Write options in it like this: gender = "neutral".',
        ) from error
    return table


def _check_values(table: dict[str, Any]) -> None:
    """Raise ValueError for numbers and texts that no option could mean, and no error could show."""
    left: list[Any] = [table]
    while left:  # without recursion: dotted keys nest deeper than Python lets functions
        value = left.pop()
        if isinstance(value, int) and not -_MAX_NUMBER <= value < _MAX_NUMBER:
            raise ValueError("a number in it is too large")
        if isinstance(value, str) and len(value) > _MAX_TEXT:
            raise ValueError(f"a text in it has more than {_MAX_TEXT} characters")
        if isinstance(value, dict):
            left += value.values()
        if isinstance(value, list):
            left += value
