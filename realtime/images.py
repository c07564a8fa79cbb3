"""Reading, writing and fitting pictures; writing a file beside its place and moving it there."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from realtime import stills
from realtime.errors import InputError, OutputError, unreadable
from realtime.limits import check_file
from realtime.picture_size import check_picture

# How the names of unfinished files begin; the number of the process that writes them follows.
PART_PREFIX = "emoji-camera-part-"

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".gif")
# What is read as a single picture, one of a phone's kind among them, for which a package more is needed.
STILL_SUFFIXES = (*PICTURE_SUFFIXES, *stills.HEIC_SUFFIXES)


def ending_like(original: Path) -> str:
    """Return the ending of a picture that is made of another: its own, and .jpg for HEIC, which is read only."""
    ending = original.suffix.lower()
    return ending if ending in PICTURE_SUFFIXES else ".jpg" if ending in stills.HEIC_SUFFIXES else ".png"


def as_bgr(image: np.ndarray | None) -> np.ndarray | None:
    """Return a picture as uint8 (H, W, 3) BGR, whatever number of channels it came with.

    Takes grey (H, W) or (H, W, 1), BGR or BGRA, 8 or 16 bits. None for anything else, and for an empty picture.
    """
    if image is None or image.size == 0 or image.ndim not in (2, 3):
        return None
    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    if image.dtype != np.uint8:
        return None
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 3:
        return image
    if channels == 1:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    if channels == 4:
        return cv2.cvtColor(image, cv2.COLOR_BGRA2BGR)
    return None


def read_picture(path: Path) -> np.ndarray:
    """Read a picture file as uint8 (H, W, 3) BGR of sRGB, turned upright by its EXIF data. Raises InputError."""
    check_file(path)
    try:
        data = np.fromfile(path, np.uint8)  # cv2.imread can't open every path on Windows
    except OSError as error:
        raise unreadable(path, error) from error
    content = data.tobytes()
    check_picture(path, io.BytesIO(content))
    if path.suffix.lower() in stills.HEIC_SUFFIXES:
        return stills.read_heic(path, content)
    try:
        image = as_bgr(cv2.imdecode(data, cv2.IMREAD_COLOR)) if data.size else None
    except cv2.error:
        image = None
    if image is None:
        raise InputError(f"{path} is no picture that can be read, or it is damaged.", "Try a JPEG or PNG file.")
    return stills.in_srgb(image, content)


def fitted(image: np.ndarray, size_wh: tuple[int, int]) -> np.ndarray:
    """Return the picture at a size, cut at the middle to its shape and never stretched; (H, W, C) in, (h, w, C) out."""
    width, height = size_wh
    image_height, image_width = image.shape[:2]
    if (image_width, image_height) == size_wh:
        return image
    scale = max(width / image_width, height / image_height)
    cut_width = min(max(round(width / scale), 1), image_width)
    cut_height = min(max(round(height / scale), 1), image_height)
    left, top = (image_width - cut_width) // 2, (image_height - cut_height) // 2
    cut = image[top : top + cut_height, left : left + cut_width]
    return cv2.resize(cut, size_wh, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def coarse(image: np.ndarray, cells_wh: tuple[int, int], interpolation: int) -> np.ndarray:
    """Return a picture of which only so many cells across and down are left, in its own size; uint8 (H, W, 3).

    interpolation: of OpenCV's, how the cells are drawn: INTER_NEAREST as squares, INTER_LINEAR or INTER_CUBIC as blur.
    """
    height, width = image.shape[:2]
    cells = (min(max(cells_wh[0], 1), width), min(max(cells_wh[1], 1), height))
    small = cv2.resize(image, cells, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=interpolation)


def write_picture(path: Path, image: np.ndarray, original: Path | None = None) -> None:
    """Write a picture in the format its name tells.

    Args:
        path: Of the new file.
        image: uint8 (H, W, 3) BGR.
        original: The picture file it was made from: its transparency is kept, and a JPEG's quality.

    Raises:
        OutputError: It can't be written, or no format is called so.
    """
    kept = stills.encoded_like(original, image, path.suffix.lower())
    write_file(path, _encoded(path, image) if kept is None else kept)


def _encoded(path: Path, image: np.ndarray) -> bytes:
    try:
        done, data = cv2.imencode(path.suffix, image)
    except cv2.error:
        done = False
    if not done:
        raise OutputError(f"{path} can't be written: no picture format is called '{path.suffix}'.", "Try .png or .jpg.")
    return data.tobytes()


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises OutputError."""
    try:
        with replacing(path) as part:
            part.write_bytes(data)
    except OSError as error:
        raise OutputError(
            f"{path} can't be written: {error.strerror}.", "Free some space or choose another place."
        ) from error


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the path of a new, empty file in the folder of `path`, which is moved there if all goes well.

    It is removed if not. So an older file stays whole until the new one is, and no file but `path` is touched: the name
    of the new one is as `new_part` has it. What the body raises goes through; OSError, too, when the file can't be made
    or moved.
    """
    part = new_part(path)
    try:
        yield part
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def new_part(path: Path, ending: str = ".part") -> Path:
    """Make an empty file beside `path`, with a name that was nobody's, to be written and then moved there.

    ending: of its name, for what tells a format from that. Raises OSError.
    """
    while True:
        part = path.with_name(f"{PART_PREFIX}{os.getpid()}-{secrets.token_hex(6)}{ending}")
        with contextlib.suppress(FileExistsError):
            # Unlike those of `tempfile`, it gets the permissions that every new file of this user gets.
            os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            return part


def make_parent(path: Path) -> None:
    """Make the folder a file is to be in. Raises OutputError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder {path.parent} can't be made: {error.strerror}.",
            "Give a place that you may write to.",
        ) from error
