"""The configuration file as a table. Whoever shares one is not trusted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from realtime.errors import InputError, UsageError
from realtime.limits import check_file, one_line

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# All options take 2 kB; tomllib takes a second for the worst of this size, and minutes for one of ten times as much.
_MAX_BYTES = 20_000
# What TOML promises of whole numbers; Python can't even show those of 5000 digits.
_MAX_NUMBER = 2**63
_MAX_TEXT = 1000
# A key of thousands of parts, which dots separate, takes tomllib seconds.
_MAX_DOTS = 200


def read_config(path: Path) -> dict[str, Any]:
    """Return what a configuration file says; keys and values are not looked at.

    Raises:
        UsageError: It can't be read, or is no TOML within the limits.
    """
    try:
        check_file(path)
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise UsageError(
                f"The configuration {path} is larger than {_MAX_BYTES // 1000} kB.",
                "Leave out what is the default, or give another file: --config config.toml.",
            )
        if any(line.count(b".") > _MAX_DOTS for line in data.splitlines()):
            raise ValueError("a key has too many parts")
        table = tomllib.loads(data.decode("utf-8"))
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
    except RecursionError as error:
        raise UsageError(
            f"The configuration {path} is nested too deeply.", 'Write options in it like this: gender = "neutral".'
        ) from error
    except ValueError as error:  # of TOML, of UTF-8, and of numbers that are too long
        raise UsageError(
            f"The configuration {path} is no valid TOML: {one_line(error)}.",
            'Write options in it like this: gender = "neutral".',
        ) from error
    return table


def _check_values(value: Any) -> None:
    """Raise ValueError for numbers and texts that no option could mean, and no error could show."""
    if isinstance(value, int) and not -_MAX_NUMBER <= value < _MAX_NUMBER:
        raise ValueError("a number in it is too large")
    if isinstance(value, str) and len(value) > _MAX_TEXT:
        raise ValueError(f"a text in it has more than {_MAX_TEXT} characters")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _check_values(item)
