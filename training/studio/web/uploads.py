"""What is uploaded: taken in piece by piece, never more than allowed, and looked at before it is used."""

from __future__ import annotations

import io
import os
import re
import secrets
import shutil
import warnings
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from realtime.errors import InputError

if TYPE_CHECKING:
    from training.studio.work.places import Places

MAX_SET_BYTES = 1_000_000_000
MAX_SETS = 8
MAX_PICTURE_BYTES = 20_000_000
MAX_PICTURE_PIXELS = 64_000_000
MIN_PICTURE_SIDE_PX = 16
SET_SUFFIXES = (".zip", ".csv")
PICTURE_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")


def announced(length: str | None, limit: int) -> None:
    """Check the size a sender announces, before anything is taken in. Raises InputError."""
    if length is not None and length.isdecimal() and int(length) > limit:
        raise InputError(*_too_large(limit))


async def limited(pieces: AsyncIterator[bytes], limit: int) -> AsyncIterator[bytes]:
    """Pass on what comes, up to a number of bytes. Raises InputError beyond it, whatever was announced."""
    taken = 0
    async for piece in pieces:
        taken += len(piece)
        if taken > limit:
            raise InputError(*_too_large(limit))
        yield piece


async def keep_set(pieces: AsyncIterator[bytes], name: str, places: Places, limit: int = MAX_SET_BYTES) -> Path:
    """Write an uploaded .zip or .csv among the uploads; return where it is.

    name: as the sender calls it; only its letters and digits are used. Raises InputError, and leaves nothing then.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in SET_SUFFIXES:
        raise InputError(
            "A data set is uploaded as a .zip or a .csv, and this is neither.", "Pack its folder into a .zip."
        )
    if sum(path.is_file() for path in kept_sets(places)) >= MAX_SETS:
        raise InputError(f"{MAX_SETS} uploads are kept already, and no more are taken.", "Remove one first.")
    stem = re.sub(r"[^A-Za-z0-9]+", "-", Path(name).stem).strip("-")[:40] or "set"
    path = places.uploads / f"{stem}-{secrets.token_hex(4)}{suffix}"
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            async for piece in limited(pieces, limit):
                file.write(piece)
        os.replace(part, path)
    except OSError as error:
        raise InputError(
            f"The upload can't be kept: {error.strerror}.", "Make room, or give the path in place of it."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return path


def kept_sets(places: Places) -> list[Path]:
    """Return what was uploaded or unpacked, the newest first."""
    found = [path for path in places.uploads.iterdir() if path.suffix != ".part"]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def remove_set(name: str, places: Places) -> None:
    """Remove something that was uploaded. Raises InputError."""
    path = next((path for path in kept_sets(places) if path.name == name), None)
    if path is None:
        raise InputError("That upload is not there any more.", "Load the page again.")
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except OSError as error:
        raise InputError(f"{path} can't be removed: {error.strerror}.", "Close what uses it.") from error


def picture(data: bytes) -> np.ndarray:
    """Decode an uploaded picture, turned upright; uint8 (H, W, 3) BGR.

    Raises InputError for anything but a picture of a known format, of which no more is read than its head if it is too
    large.
    """
    if not data:
        raise InputError("The file is empty.", "Choose a picture.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=PICTURE_FORMATS) as opened:
                width, height = opened.size
    except Image.DecompressionBombError as error:
        raise InputError(*_TOO_MANY_PIXELS) from error
    except Exception as error:  # pillow answers broken files with errors of many kinds
        raise InputError(*_NO_PICTURE) from error
    if width * height > MAX_PICTURE_PIXELS:
        raise InputError(*_TOO_MANY_PIXELS)
    if min(width, height) < MIN_PICTURE_SIDE_PX:
        raise InputError(f"The picture is {width}x{height}, too small to show a face.", "Choose a larger one.")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None:
        raise InputError(*_NO_PICTURE)
    return image


# What is wrong, and what to do about it.
_TOO_MANY_PIXELS = (
    f"The picture has more than {MAX_PICTURE_PIXELS // 1_000_000} million pixels.",
    "Make it smaller.",
)
_NO_PICTURE = (
    "The file is no picture that can be read, or it is damaged.",
    "Choose a JPEG, PNG, WebP, BMP or GIF file.",
)


def _too_large(limit: int) -> tuple[str, str]:
    return (
        f"The file is larger than {limit // 1_000_000} MB, the most that is taken.",
        "Give its path, or a smaller file.",
    )
