"""By what a file is known again."""

from __future__ import annotations

import functools
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from realtime.errors import unreadable


@dataclass(frozen=True)
class Fingerprint:
    """By what a file is known again: its bytes, when it was changed (ns), and its SHA-256 in hexadecimal digits."""

    size: int
    mtime_ns: int
    sha256: str


def fingerprint(path: Path) -> Fingerprint:
    """Return by what a file is known again; one that nothing has changed since is not read again. Raises InputError."""
    try:
        status = path.stat()
    except OSError as error:
        raise unreadable(path, error) from error
    return _read(path, status.st_dev, status.st_ino, status.st_size, status.st_ctime_ns)


# A run asks for its source, its result and little else, several times each.
@functools.lru_cache(maxsize=8)
def _read(path: Path, *_unchanged: int) -> Fingerprint:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            while data := file.read(1 << 20):
                digest.update(data)
    except OSError as error:
        raise unreadable(path, error) from error
    return Fingerprint(status.st_size, status.st_mtime_ns, digest.hexdigest())
