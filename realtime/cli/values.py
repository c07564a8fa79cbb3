"""From the text of an option to its value; each refuses what is none with an ArgumentTypeError that says why.

Importing this loads neither OpenCV nor onnxruntime nor MediaPipe, so that --help and --version answer at once.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable

from realtime.engine.analysis import Zone
from realtime.practice.advice import ADVICE
from realtime.practice.plan import checked_practice, checked_settings
from realtime.records import is_own_word


def size(text: str) -> tuple[int, int]:
    """Return width and height written as 1280x720."""
    match = re.fullmatch(r"(\d{2,5})[xX](\d{2,5})", text)
    if not match:
        raise argparse.ArgumentTypeError(f"'{text}' is no size; write it as 1280x720")
    return int(match[1]), int(match[2])


def not_negative(text: str) -> float:
    """Return a finite number of 0 or more."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is no number of 0 or more")
    return number


def positive(text: str) -> float:
    """Return a finite number above 0."""
    number = not_negative(text)
    if number == 0:
        raise argparse.ArgumentTypeError("it must be more than 0")
    return number


def whole(most: int, least: int = 0) -> Callable[[str], int]:
    """Return what takes whole numbers from `least` to `most`."""

    def number(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"'{text}' is no whole number from {least} to {most}")
        return int(text)

    return number


def share(text: str) -> float:
    """Return a number from 0 to 1."""
    number = not_negative(text)
    if number > 1:
        raise argparse.ArgumentTypeError(f"'{text}' is more than 1")
    return number


def processes(text: str) -> int:
    """Return a number of processes."""
    if not re.fullmatch(r"[1-9]\d{0,2}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no number of processes; write one from 1 to 999")
    return int(text)


def emotions(text: str) -> tuple[str, ...]:
    """Return the names of the expressions that can be practised, written with commas."""
    names = tuple(ADVICE) if text == "all" else tuple(text.split(","))
    if unknown := [name for name in names if name not in ADVICE]:
        raise argparse.ArgumentTypeError(f"'{unknown[0]}' is none of {', '.join(ADVICE)}; or write all")
    return names


def taught(text: str) -> tuple[str, ...]:
    """Return the names of expressions that are to be taught, written with commas; words of one's own may be among them.

    Two emotions are the fewest; a word is told from what was taught before, too.
    """
    names = tuple(dict.fromkeys(ADVICE if text == "all" else text.split(",")))
    if unknown := [name for name in names if name not in ADVICE and not is_own_word(name)]:
        raise argparse.ArgumentTypeError(
            f"'{unknown[0]}' is none of {', '.join(ADVICE)}; or write all. One of your own is a word of small letters "
            "and digits, like wink"
        )
    if len(names) < 2 and names[0] in ADVICE:
        raise argparse.ArgumentTypeError("one expression is told from others that were taught: name two or more")
    return names


def faces(text: str) -> int:
    """Return a number of faces, 0 for none."""
    if not re.fullmatch(r"\d", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no number of faces; write one from 0 to 9")
    return int(text)


def cpu_limit(text: str) -> str | float:
    """Return auto, off or a share of one core in percent."""
    return text if text in ("auto", "off") else positive(text)


def profile_name(text: str) -> str:
    """Return a name that may become a file's."""
    if not re.fullmatch(r"[\w-]{1,40}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no name; letters, digits, _ and - make one")
    return text


def face_id(text: str) -> int:
    """Return the number of a face of a video."""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no number of a face; the report of a video has them")
    return int(text)


def zone(text: str) -> Zone:
    """Return a part of a picture written as X,Y,W,H, or X,Y,W,H@FROM-TO with times in seconds."""
    number = r"(\d{1,6}(?:\.\d{1,6})?)"
    match = re.fullmatch(rf"{number},{number},{number},{number}(?:@{number}-{number})?", text)
    if not match:
        raise argparse.ArgumentTypeError(f"'{text}' is no part of a picture; write it as 100,50,300,200 or ...@2-7.5")
    x, y, width, height, *while_s = (None if one is None else float(one) for one in match.groups())
    if x is None or y is None or not width or not height:
        raise argparse.ArgumentTypeError(f"'{text}' has no width or no height")
    start, end = while_s
    if start is None or end is None:
        return Zone(x, y, width, height)
    if end < start:
        raise argparse.ArgumentTypeError(f"'{text}' ends before it begins")
    return Zone(x, y, width, height, (start, end))


def practice(text: str) -> tuple[str, ...]:
    """Return what is to be practised, words written with commas."""
    return _written(checked_practice, text)


def practice_settings(text: str) -> tuple[str, ...]:
    """Return how it is to be practised, words written with commas."""
    return _written(checked_settings, text)


def _written(checked: Callable[[str], tuple[str, ...]], text: str) -> tuple[str, ...]:
    try:
        return checked(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
