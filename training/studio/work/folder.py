"""All pictures of a folder: covered into a .zip, and what was read of each face into a table."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import cv2

from realtime.errors import EmojiCameraError, InputError, OutputError
from realtime.images import read_picture, replacing
from realtime.records import EMOTIONS, GENDERS
from training.formats import PICTURE_SUFFIXES
from training.studio.work.faces import Reader, Seen

COLUMNS = ("file", "face", "left", "top", "right", "bottom", "emotion", "presentation", "hint", *EMOTIONS, *GENDERS)
_QUALITY = 92

Watch = Callable[[Sequence[Any], str], Iterator[Any]]


def cover_folder(folder: Path, model: Path, pack: str, covered: Path, table: Path, watch: Watch) -> dict[str, Any]:
    """Cover every picture of a folder and its folders.

    Args:
        folder: Where they are.
        model: Reads them.
        pack: The emoji.
        covered: The .zip that is written: each picture by its place in the folder, as a JPEG.
        table: The CSV that is written: a row for each face, with COLUMNS.
        watch: Shows how far it is.

    Returns:
        pictures, faces, and bad: why some could not be read, one line each.

    Raises:
        InputError: There is no such folder, or no picture in it.
        OutputError: The files can't be written.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder.", "Give one with pictures.")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES)
    if not paths:
        raise InputError(f"{folder} holds no picture.", f"Give a folder with {', '.join(PICTURE_SUFFIXES)} files.")
    reader, bad, faces = Reader(), list[str](), 0
    try:
        with (
            replacing(covered) as zip_part,
            replacing(table) as table_part,
            zipfile.ZipFile(zip_part, "w") as packed,
            table_part.open("w", newline="", encoding="utf-8") as rows,
        ):
            csv.writer(rows).writerow(COLUMNS)
            for path in watch(paths, "covering"):
                name = path.relative_to(folder).as_posix()
                try:
                    seen = reader.submit(read_picture(path), model).result()
                except EmojiCameraError as error:
                    bad.append(str(error))
                    continue
                picture = reader.covered(seen, {}, pack)
                data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
                packed.writestr(f"{name}.jpg" if not name.lower().endswith((".jpg", ".jpeg")) else name, data)
                faces += _write(rows, name, seen)
    except OSError as error:
        raise OutputError(f"The results can't be written: {error.strerror}.", "Free some space.") from error
    finally:
        reader.close()
    return {"pictures": len(paths) - len(bad), "faces": faces, "bad": bad}


def _write(rows: TextIO, name: str, seen: Seen) -> int:
    """Write a row for each face of a picture; return how many."""
    for reading in seen.readings:
        box = [round(edge) for edge in reading.face.box]
        shares = [f"{share:.4f}" for share in (*reading.prediction.emotions, *reading.prediction.genders)]
        told = (name, reading.track, *box, reading.emotion, reading.presentation, reading.hint, *shares)
        csv.writer(rows).writerow(told)
    return len(seen.readings)
