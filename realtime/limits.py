"""What is taken from outside: how large it may be, and in what form. Who made it is not trusted."""

from __future__ import annotations

import json
import math
import os
import stat
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from realtime.errors import InputError

# Larger pictures are refused before they are decoded: an 8K picture has 33 million pixels, decoding takes 3 bytes each.
MAX_PIXELS = 100_000_000
# OpenCV can't cut patches from longer ones.
MAX_SIDE_PX = 32_766
# A picture of this program's; what an error calls the one that is wanted.
_WANTED = f"a NumPy array, uint8 (H, W, 3) in BGR, with sides of 1 to {MAX_SIDE_PX} pixels"
# What a special file is called, by the test that tells it.
_SPECIAL = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def check_frame(image: object, time_s: float) -> None:
    """Let nothing pass but pictures that every stage can work on.

    Args:
        image: uint8 (H, W, 3) BGR; contiguous or not, writable or not.
        time_s: of the frame, in seconds; finite.

    Raises:
        ValueError: It is something else; the error names what was given and what is wanted.
    """
    if not isinstance(image, np.ndarray):
        raise ValueError(f"The picture of a frame is {_WANTED}, not an object of the type {type(image).__name__}.")
    fits = image.ndim == 3 and image.shape[2] == 3 and all(1 <= side <= MAX_SIDE_PX for side in image.shape[:2])
    if not fits or image.dtype != np.uint8:
        raise ValueError(f"The picture of a frame is {_WANTED}, not {image.dtype} {image.shape}.")
    if not math.isfinite(time_s):
        raise ValueError(f"The time of a frame is a finite number of seconds, not {time_s}.")


def check_size(name: object, size_wh: tuple[int, int]) -> None:
    """Refuse what would take too long or too much memory to be decoded.

    Args:
        name: of the file, for the message.
        size_wh: width and height in pixels that it announces.

    Raises:
        InputError: It is too large.
    """
    width, height = size_wh
    if width * height > MAX_PIXELS or max(size_wh) > MAX_SIDE_PX:
        raise InputError(
            f"{name} is too large: {width}x{height}. What has up to {MAX_PIXELS // 10**6} million pixels, and sides of "
            f"up to {MAX_SIDE_PX}, is read.",
            "Make it smaller.",
        )


def strict_json(text: str) -> Any:
    """Return what a JSON text says.

    Raises:
        ValueError: It is no JSON, or such as only hostile hands write: NaN, infinities, or nested too deeply.
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def read_json(path: Path, most_bytes: int) -> Any:
    """Return what a small JSON file says.

    Raises:
        OSError: It can't be read.
        ValueError: It is larger than so many bytes, no UTF-8, or what `strict_json` refuses.
    """
    with path.open("rb") as file:
        data = file.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise ValueError(f"it is larger than {most_bytes // 1000} kB")
    return strict_json(data.decode("utf-8"))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def one_line(text: object, most: int = 300) -> str:
    """Return text from outside as it may be shown: on one line, without control characters, and not too long."""
    shown = " ".join("".join(letter if letter.isprintable() else " " for letter in str(text)).split())
    return shown if len(shown) <= most else shown[: most - 3] + "..."


def check_file(path: Path) -> None:
    """Refuse what only looks like a file, such as a named pipe, which would be waited for without end.

    A path where nothing is passes: whoever opens it says so.

    Raises:
        InputError: It is a pipe, a socket or a device.
    """
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return
    for is_one, name in _SPECIAL:
        if is_one(mode):
            raise InputError(f"{path} is {name}, not a file.", "Give a file; what a program sends needs an address.")
