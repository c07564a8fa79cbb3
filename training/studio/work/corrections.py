"""What the user has corrected of a data set: kept by the studio, one file for each set, which is not changed itself."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from realtime.errors import OutputError
from realtime.records import EMOTIONS
from training.corrections import read_corrections, write_corrections
from training.studio.work.places import Places


def place(places: Places, data: str) -> Path:
    """Return where the corrections of a set are kept, there or not."""
    root = str(Path(data).expanduser().resolve())
    return places.corrections / f"{sha256(root.encode()).hexdigest()[:16]}.csv"


def known(places: Places, data: str) -> dict[str, str]:
    """Return the corrections of a set: picture -> label, empty where it is left out. Raises InputError."""
    path = place(places, data)
    return read_corrections(path, EMOTIONS) if data and path.is_file() else {}


def used(places: Places, data: str) -> str:
    """Return the file of a set's corrections for those who read the set; empty if there is none."""
    path = place(places, data)
    return str(path) if data and path.is_file() else ""


def correct(places: Places, data: str, picture: str, label: str) -> None:
    """Give a picture another label, or leave it out with an empty one. Raises InputError or OutputError."""
    write_corrections(place(places, data), known(places, data) | {picture: label})


def forget(places: Places, data: str) -> None:
    """Take all corrections of a set back. Raises OutputError."""
    try:
        place(places, data).unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"The corrections can't be removed: {error.strerror}.", "Close what uses them.") from error
