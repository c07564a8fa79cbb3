"""Files and folders as the tests of the studio need them."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

from training.studio.work.places import Places, write_json


def files_under(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def run_folder(places: Places, name: str = "one", **started) -> Path:
    folder = places.run(name)
    folder.mkdir()
    if started:
        write_json(folder / "studio.json", started)
    return folder


def make_zip(path: Path, entries: dict[str, bytes] | None = None, infos: list[zipfile.ZipInfo] | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in (entries or {}).items():
            made.writestr(name, data)
        for info in infos or ():
            made.writestr(info, b"/etc/passwd")
    return path


def png_of_size(width: int, height: int) -> bytes:
    """Return a PNG whose head announces a size, with hardly any data behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
