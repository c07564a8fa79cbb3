"""Data sets that come as a .zip nobody vouches for: only pictures and tables are taken out, within limits."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from realtime.errors import InputError
from realtime.zips import entry_problem
from training.formats import PICTURE_SUFFIXES

MAX_SETS = 8
MAX_FILES = 250_000
MAX_BYTES = 4_000_000_000
# Pictures and tables shrink to a tenth at best; what unpacks to more than so many times its size is a bomb.
MAX_RATIO = 100
# Below this, the ratio says nothing.
_RATIO_FROM_BYTES = 1_000_000
_TAKEN = (*PICTURE_SUFFIXES, ".csv", ".txt")
_PIECE_BYTES = 1 << 20

# Gives what it is given, and shows how far that is.
Progress = Callable[[list[zipfile.ZipInfo], str], Iterable[zipfile.ZipInfo]]


def unpacked(path: Path, uploads: Path, progress: Progress) -> Path:
    """Unpack a .zip into a folder of its own among the uploads, once; return the folder that holds the set.

    uploads: where to. Raises InputError, and leaves nothing then.
    """
    try:
        about = path.stat()
        target = uploads / f"{path.stem[:40].strip('. ') or 'set'}-{about.st_size:x}-{about.st_mtime_ns & 0xFFFFFFFF:x}"
        if not target.is_dir():
            _check_room(uploads)
            _unpack(path, target, progress)
    except OSError as error:
        raise InputError(
            f"{path} can't be unpacked: {error.strerror or error}.", "Make room, or give a folder."
        ) from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise InputError(f"{path} is no .zip that can be read, or it is damaged: {error}.", "Make it anew.") from error
    return _without_wrapping(target)


def _check_room(uploads: Path) -> None:
    if sum(path.is_dir() and path.suffix != ".part" for path in uploads.iterdir()) >= MAX_SETS:
        raise InputError(
            f"{MAX_SETS} unpacked sets are kept already, and no more are made.", "Remove one under Dataset."
        )


def _unpack(path: Path, target: Path, progress: Progress) -> None:
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        with zipfile.ZipFile(path) as opened:
            entries = [entry for entry in opened.infolist() if not entry.is_dir()]
            _check(path, entries)
            taken = [e for e in entries if PurePosixPath(e.filename).suffix.lower() in _TAKEN and not _is_hidden(e)]
            if not taken:
                raise InputError(f"{path} holds no picture and no .csv.", "Pack the folder of a data set.")
            left = MAX_BYTES
            for entry in progress(taken, f"unpacking {path.name}"):
                left -= _written(opened, entry, part.joinpath(*PurePosixPath(entry.filename).parts), left)
                if left < 0:
                    raise InputError(f"{path} {_BOMB}", _NO_BOMB)
        os.replace(part, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _check(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Refuse what is not a plain data set, before anything is unpacked."""
    if len(entries) > MAX_FILES:
        raise InputError(f"{path} holds {len(entries)} files, more than {MAX_FILES}.", "Leave some out.")
    for entry in entries:
        if problem := entry_problem(entry):
            name = "".join(letter if letter.isprintable() else "?" for letter in entry.orig_filename)[:80]
            raise InputError(f"{path} holds '{name}', which has {problem}.", "Make the .zip anew from plain files.")
    size, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if size > MAX_BYTES or (size > _RATIO_FROM_BYTES and size > MAX_RATIO * max(packed, 1)):
        raise InputError(f"{path} {_BOMB}", _NO_BOMB)


_BOMB = "unpacks to far more than it should, as a trap would."
_NO_BOMB = "Use another file, or unpack it yourself."


def _is_hidden(entry: zipfile.ZipInfo) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(entry.filename).parts)


def _written(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, file: Path, most: int) -> int:
    """Write one entry; return its size, as counted, not as the .zip tells. Stops beyond `most`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with opened.open(entry) as source, file.open("xb") as target:
        while piece := source.read(_PIECE_BYTES):
            size += len(piece)
            if size > min(most, entry.file_size):
                raise InputError(f"{opened.filename} {_BOMB}", _NO_BOMB)
            target.write(piece)
    return size


def _without_wrapping(folder: Path) -> Path:
    """Return the folder in which a set lies that was packed with the folder around it."""
    from training.formats import SPLITS

    inside = list(folder.iterdir())
    if len(inside) == 1 and inside[0].is_dir() and inside[0].name not in SPLITS:
        return _without_wrapping(inside[0])
    return folder
