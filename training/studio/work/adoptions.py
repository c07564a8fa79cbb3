"""Which models the app has used: a list beside its model, and telling models apart by what they hold."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from realtime.errors import OutputError
from training.studio.work.places import read_json, write_json

# The name of the list, in the folder of the app's model.
NAME = "adoptions.json"
_KEPT = 100


@dataclass(frozen=True)
class Adoption:
    """A model that became the app's. name: of its run, or what else it is called. digest: SHA-256. at_s: Unix time."""

    name: str
    digest: str
    at_s: float


def read(folder: Path) -> list[Adoption]:
    """Return the list, the newest last; empty where there is none, or it is broken."""
    try:
        rows = read_json(folder / NAME).get("adopted", [])
        return [Adoption(str(row["name"]), str(row["digest"]), float(row["at_s"])) for row in rows]
    except (LookupError, TypeError, ValueError, AttributeError):
        return []


def note(folder: Path, name: str, model: Path) -> None:
    """Add a model to the end of the list. Raises OutputError."""
    rows = [*read(folder), Adoption(name, digest(model), time.time())][-_KEPT:]
    try:
        write_json(folder / NAME, {"adopted": [asdict(row) for row in rows]})
    except OSError as error:
        raise OutputError(
            f"{folder / NAME} can't be written: {error.strerror}.", "Check the folder's permissions."
        ) from error


def digest(model: Path) -> str:
    """Return the SHA-256 of a file; empty if it can't be read."""
    try:
        about = model.stat()
        return _digest(model, about.st_size, about.st_mtime_ns)
    except OSError:
        return ""


def same(one: Path, other: Path) -> bool:
    """Return whether two files that are there hold the same."""
    try:
        if one.stat().st_size != other.stat().st_size:
            return False
    except OSError:
        return False
    return digest(one) == digest(other) != ""


@lru_cache(maxsize=64)
def _digest(model: Path, size: int, changed_ns: int) -> str:
    """Return the digest of a file as it was at a time; asked for again, it is not read again."""
    return hashlib.sha256(model.read_bytes()).hexdigest()
