"""TOML from outside, read within limits. Who made it is not trusted."""

from __future__ import annotations

import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# All options take 2 kB, a shipped pack's manifest 3 kB. The reader takes a second for the worst of this size, and
# minutes for one of ten times as much.
MAX_BYTES = 20_000
# A key of thousands of parts, which dots separate, takes tomllib seconds; tomli, its stand-in, refuses it.
_MAX_DOTS = 200


def strict_toml(data: bytes) -> dict[str, Any]:
    """Return what a TOML file of up to `MAX_BYTES` says.

    Raises:
        ValueError: It is no TOML in UTF-8, or such as only hostile hands write: nested too deeply, or slow to be read.
    """
    if any(line.count(b".") > _MAX_DOTS for line in data.splitlines()):
        raise ValueError("a line has too many dots")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
