"""The files of a folder or a .zip, read into memory within limits. Who made them is not trusted."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from realtime.errors import AssetError
from realtime.zips import entry_problem

MAX_FILES = 500
MAX_FILE_BYTES = 20_000_000
MAX_TOTAL_BYTES = 100_000_000

# Every entry in a zip's table of contents begins so.
_ENTRY = b"PK\x01\x02"
_MADE_BY_MACOS = "__MACOSX/"

_SMALLER = "Leave out what the pack does not need, or make the drawings smaller."

# Returns so many bytes of a file, or all it has.
_Reader = Callable[[int], bytes]


class Archive:
    """Files by name, all in one place: what lies in folders below is left out.

    names: of all files; bare, printable, composed Unicode (NFC). path: where they are, for messages.
    """

    def __init__(self, path: Path, readers: dict[str, _Reader]) -> None:
        self.path = path
        self.names = sorted(readers)
        self._readers = readers
        self._left_bytes = MAX_TOTAL_BYTES

    def read(self, name: str, limit: int = MAX_FILE_BYTES) -> bytes:
        """Return what is in a file. limit: in bytes. Raises AssetError, also when all files together are too large."""
        try:
            data = self._readers[name](limit + 1)
        except OSError as error:
            raise AssetError(
                f"{self.path / name} can't be read: {error.strerror or error}.", "Restore it, or choose another --pack."
            ) from error
        except Exception as error:  # a broken zip is answered with errors of many kinds
            raise AssetError(f"{name} in {self.path} is damaged: {printable(error)}.", "Make the .zip anew.") from error
        if len(data) > limit:
            raise AssetError(f"{self.path / name} is larger than {_bytes(limit)}.", "Make it smaller.")
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            raise AssetError(f"The files in {self.path} are larger than {_bytes(MAX_TOTAL_BYTES)} together.", _SMALLER)
        return data


def open_archive(path: Path) -> Archive:
    """List the files of a folder, or of a .zip that has them at its top or in one single folder. Raises AssetError."""
    try:
        return _zip(path) if path.is_file() else _folder(path)
    except OSError as error:
        raise AssetError(
            f"{path} can't be read: {error.strerror or error}.", "Restore it, or choose another --pack."
        ) from error


def printable(text: object, most: int = 200) -> str:
    """Return text from outside as it may be shown: on one line, without control characters, and not too long."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in str(text))
    return shown if len(shown) <= most else shown[: most - 3] + "..."


def _folder(path: Path) -> Archive:
    root = path.resolve()
    # A link may lead within the folder, not out of it; pipes and devices are no files.
    files = [file for file in sorted(path.iterdir()) if file.is_file() and file.resolve().parent == root]
    _limit(path, len(files))
    return _archive(path, [(file.name, _file_reader(file)) for file in files])


def _archive(path: Path, found: Iterable[tuple[str, _Reader]]) -> Archive:
    readers: dict[str, _Reader] = {}
    for raw, reader in found:
        name = unicodedata.normalize("NFC", raw)
        if name in readers:
            raise AssetError(f"{path} holds two files called '{printable(name)}'.", "Remove one of them.")
        if name.isprintable() and not name.startswith("."):
            readers[name] = reader
    return Archive(path, readers)


def _file_reader(file: Path) -> _Reader:
    def read(most: int) -> bytes:
        with file.open("rb") as opened:
            return opened.read(most)

    return read


def _zip(path: Path) -> Archive:
    with path.open("rb") as opened:
        data = opened.read(MAX_TOTAL_BYTES + 1)
    if len(data) > MAX_TOTAL_BYTES:
        raise AssetError(f"{path} is larger than {_bytes(MAX_TOTAL_BYTES)}.", _SMALLER)
    # Counted before the table is read: millions of entries would fill the memory.
    _limit(path, data.count(_ENTRY))
    try:
        opened_zip = zipfile.ZipFile(io.BytesIO(data))
        entries = [entry for entry in opened_zip.infolist() if not entry.filename.startswith(_MADE_BY_MACOS)]
    except Exception as error:  # a broken zip is answered with errors of many kinds
        raise AssetError(f"{path} is no .zip that can be read: {printable(error)}.", "Make it anew.") from error
    for entry in entries:
        _check_entry(path, entry)
    files = [entry for entry in entries if not entry.is_dir() and not _is_hidden(entry.filename)]
    top = _top(entry.filename for entry in files)
    found = [(entry.filename.removeprefix(top), _entry_reader(opened_zip, entry)) for entry in files]
    found = [(name, reader) for name, reader in found if "/" not in name]
    if not found:
        raise AssetError(f"{path} has no files at its top or in one single folder.", "Put the drawings there.")
    return _archive(path, found)


def _entry_reader(opened_zip: zipfile.ZipFile, entry: zipfile.ZipInfo) -> _Reader:
    def read(most: int) -> bytes:
        with opened_zip.open(entry) as opened:
            return opened.read(most)

    return read


def _check_entry(path: Path, entry: zipfile.ZipInfo) -> None:
    if problem := entry_problem(entry, within="pack"):
        raise AssetError(
            f"{path} holds '{printable(entry.orig_filename)}', which has {problem}.",
            "Make the .zip anew from plain files.",
        )


def _top(names: Iterable[str]) -> str:
    """Return the folder everything is in, with a slash at its end; empty if there is none."""
    tops = {name.partition("/")[0] + "/" if "/" in name else "" for name in names}
    return tops.pop() if len(tops) == 1 else ""


def _is_hidden(name: str) -> bool:
    return name.rpartition("/")[2].startswith(".")


def _limit(path: Path, files: int) -> None:
    if files > MAX_FILES:
        raise AssetError(f"{path} holds more than {MAX_FILES} files.", _SMALLER)


def _bytes(number: int) -> str:
    return f"{number / 1e6:g} MB" if number >= 1e6 else f"{number / 1e3:g} kB"
