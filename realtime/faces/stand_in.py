"""Import a package without something that it imports but that is not used."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from types import ModuleType


@contextlib.contextmanager
def standing_in(*names: str) -> Iterator[None]:
    """Let empty modules stand in for others that are not imported yet, and remove them afterwards.

    Args:
        names: Of modules, parents before their children. Those that are imported already stay what they are.
    """
    if any(name in sys.modules for name in names):
        yield
        return
    for name in names:
        sys.modules[name] = ModuleType(name)
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, sys.modules[name])
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
