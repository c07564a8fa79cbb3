"""Data files that come inside packages, of which nothing else is used, and that must be the ones that were checked."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from realtime.errors import AssetError


@dataclass(frozen=True)
class PackagedFile:
    """A data file in a package that is not imported.

    what: it is, as a sentence begins. package: by the name it is imported by. place: of the file within the package.
    sha256: of the file, in hexadecimal digits. install, reinstall: the commands that bring it.
    """

    what: str
    package: str
    place: str
    sha256: str
    install: str
    reinstall: str

    def path(self) -> Path:
        """Return where the file is. Raises AssetError where the package is missing."""
        spec = importlib.util.find_spec(self.package)
        if spec is None or spec.origin is None:
            raise AssetError(
                f"{self.what} comes with the package {self.package}, which is missing.", f"Run '{self.install}'."
            )
        return Path(spec.origin).parent / self.place

    def checked(self, data: bytes) -> bytes:
        """Return what was read from the file. Raises AssetError if it is not the one that was checked."""
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise AssetError(f"{self.path()} is not the file that was checked.", f"Run '{self.reinstall}'.")
        return data
