"""Pictures and animations from bytes nobody vouches for, decoded within limits. The only user of pillow."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from itertools import count

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError, WebPImagePlugin

from realtime.errors import AssetError

MIN_SIDE_PX, MAX_SIDE_PX = 32, 2048
MAX_FRAMES = 60

# Asked for a format it has not met, pillow imports all it knows: WebP's is imported here, the others are at hand.
_FORMATS = ("PNG", "GIF", WebPImagePlugin.WebPImageFile.format)
# Shorter frames, and those that name no time, are shown for as long as browsers do.
_MIN_FRAME_S, _UNTIMED_S = 0.02, 0.1
_SIDES = f"sides of {MIN_SIDE_PX} to {MAX_SIDE_PX} pixels work."


def decode(data: bytes, name: str) -> Iterator[tuple[np.ndarray, float]]:
    """Give the frames of a PNG, WebP or GIF, each with the seconds it is shown for; a still picture is one frame.

    Frames are uint8 (H, W, 4) BGRA, their colours multiplied by alpha. name: of the file, for messages. Raises
    AssetError, before anything large is decoded.
    """
    frames = _frames(data, name)
    while True:
        with _guarded():
            try:
                frame = next(frames, None)
            except AssetError:
                raise
            except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
                raise AssetError(f"{name} is too large: {_SIDES}", "Make it smaller.") from error
            except Exception as error:  # pillow answers broken files with errors of many kinds
                raise AssetError(
                    f"{name} is no PNG, WebP or GIF that can be read: {_reason(error)}.", "Save it anew, in 8 bits."
                ) from error
        if frame is None:
            return
        yield frame


def _frames(data: bytes, name: str) -> Iterator[tuple[np.ndarray, float]]:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        # An animated PNG may begin with a picture for programs that can't play it.
        first = 1 if image.info.get("default_image") else 0
        size = image.size
        for number in count(first):
            try:
                image.seek(number)
            except EOFError as error:
                if number == first:
                    raise AssetError(f"{name} has no frames.", "Save it anew.") from error
                break
            if number - first == MAX_FRAMES:
                raise AssetError(f"{name} has more than {MAX_FRAMES} frames.", "Leave some out.")
            if not all(MIN_SIDE_PX <= side <= MAX_SIDE_PX for side in image.size):
                raise AssetError(f"{name} is {image.width}x{image.height}; {_SIDES}", "Change its size.")
            if image.size != size:  # a GIF may grow
                raise AssetError(f"{name} has frames of different sizes.", "Give all the same size.")
            # One name for all steps, so that few copies of a large picture are there at a time.
            pixels = np.asarray(image if image.mode == "RGBA" else image.convert("RGBA"))
            pixels = cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA)
            pixels = cv2.cvtColor(pixels, cv2.COLOR_RGBA2mRGBA)
            shown_s = image.info.get("duration", 0) / 1000
            yield pixels, shown_s if shown_s >= _MIN_FRAME_S else _UNTIMED_S


@contextlib.contextmanager
def _guarded() -> Iterator[None]:
    """Let pillow refuse pictures larger than ours before it decodes them, and say nothing of its own."""
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, MAX_SIDE_PX**2
    logging.getLogger("PIL").setLevel(logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):  # its text is the name of a buffer
        return "its content is something else"
    return str(error).rstrip(".") or type(error).__name__
