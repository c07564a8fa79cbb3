"""Single pictures, and folders of them."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from realtime.errors import InputError, unreadable
from realtime.images import STILL_SUFFIXES, read_picture
from realtime.limits import check_file
from realtime.picture_size import check_picture
from realtime.records import Frame

log = logging.getLogger(__name__)


class Pictures:
    """The pictures of a folder and the folders in it, by name, or a single picture; each stands for one second."""

    fps = 1.0
    stills = True
    paced = False
    idle = False
    dropped = 0

    def __init__(self, path: str | Path) -> None:
        """Find the pictures.

        Args:
            path: A picture, or a folder, of which damaged pictures are skipped.

        Raises:
            InputError: The folder can't be listed, or holds no picture.
        """
        self.name = str(path)
        path = Path(path)
        self.reads = tuple(_pictures_in(path)) if os.path.isdir(path) else (path,)
        self._skip_damaged = os.path.isdir(path)
        self._next = 0

    @property
    def ended(self) -> bool:
        """Whether the last picture was read."""
        return self._next >= len(self.reads)

    def read(self) -> Frame | None:
        """Return the next picture, upright; None after the last. Raises InputError for a damaged single picture."""
        while not self.ended:
            path, index = self.reads[self._next], self._next
            self._next += 1
            try:
                return Frame(_picture(path), index, float(index), str(path))
            except InputError as error:
                if not self._skip_damaged:
                    raise
                log.warning("Skipped: %s", error)
        return None

    def stop(self) -> None:
        """End the source."""
        self._next = len(self.reads)

    def close(self) -> None:
        """Do nothing: no file stays open between pictures."""


def _picture(path: Path) -> np.ndarray:
    """Read a picture, uint8 (H, W, 3) BGR, if its header says that it is not too large. Raises InputError."""
    check_file(path)
    try:
        with path.open("rb") as file:
            check_picture(path, file)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    return read_picture(path)


def _pictures_in(folder: Path) -> list[Path]:
    try:
        os.listdir(folder)  # which says why, where it can't be listed
        paths = sorted(_below(folder))
    except OSError as error:
        raise InputError(f"{folder} can't be listed: {error.strerror}.", "Check its permissions.") from error
    if not paths:
        raise InputError(f"{folder} holds no picture.", f"Known endings are {' '.join(STILL_SUFFIXES)}.")
    return paths


def _below(folder: Path) -> Iterator[Path]:
    """Give the pictures in a folder and below; hidden folders, and links to others, are left out."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(place, name) for name in names if os.path.splitext(name)[1].lower() in STILL_SUFFIXES)
