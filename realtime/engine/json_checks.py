"""What a value of a JSON text may be: each check returns it, or raises ValueError with what is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from realtime.limits import one_line

_MAX_ITEMS = 1000
_MAX_TEXT = 4096
_MAX_COUNT = 2**53

Check = Callable[[Any], Any]


def of(row: dict[str, Any], key: str, check: Check) -> Any:
    """Return a value of an object, checked. Raises ValueError that names the key and the value."""
    if key not in row:
        raise ValueError(f"it has no '{key}'")
    try:
        return check(row[key])
    except ValueError as error:
        raise ValueError(f"'{key}' is {one_line(row[key], 60)}; wanted is {error}") from None


def mapping(value: Any) -> dict[str, Any]:
    """Return an object."""
    if not isinstance(value, dict):
        raise ValueError("an object")
    return value


def text(value: Any) -> str:
    """Return a text that can be a name or a path."""
    if not isinstance(value, str) or len(value) > _MAX_TEXT or "\0" in value:
        raise ValueError(f"a text of up to {_MAX_TEXT} characters")
    return value


def flag(value: Any) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def count(value: Any) -> int:
    """Return a whole number that counts something."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MAX_COUNT:
        raise ValueError(f"a whole number from 0 to {_MAX_COUNT}")
    return value


def number(least: float, most: float, above: bool = False) -> Check:
    """Make a check for numbers in a range, which `least` is not in if they are to be above it."""

    def check(value: Any) -> float:
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most
        if not fits or (above and value == least):
            raise ValueError(f"a number {'above' if above else 'from'} {least:g}, up to {most:g}")
        return float(value)

    return check


def choice(*choices: str) -> Check:
    """Make a check for texts of which there are only these."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return value

    return check


def list_of(check_item: Check, count: int | None = None) -> Check:
    """Make a check for lists: of so many items, or of any number within reason."""

    def check(value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > _MAX_ITEMS or (count is not None and len(value) != count):
            raise ValueError("a list" + (f" of up to {_MAX_ITEMS}" if count is None else f" of {count}"))
        return [check_item(item) for item in value]

    return check


def or_none(check_other: Check) -> Check:
    """Make a check for what may also be null."""
    return lambda value: None if value is None else check_other(value)
