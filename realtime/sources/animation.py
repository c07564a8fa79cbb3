"""Animated GIF, WebP and PNG files, played once as clips."""

from __future__ import annotations

import contextlib
import logging
import os
import statistics
import warnings
from collections.abc import Generator, Iterator
from itertools import count, islice
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, WebPImagePlugin

from realtime.errors import InputError, unreadable
from realtime.records import Frame

log = logging.getLogger(__name__)

# Files of other endings are not opened to see whether they are animated.
_SUFFIXES = (".gif", ".webp", ".png", ".apng")
# Pillow imports every format it knows when it is asked for one it has not met, so WebP's module is imported above.
_FORMATS = ("GIF", "PNG", WebPImagePlugin.WebPImageFile.format)
# Larger animations are refused before anything of them is decoded: an 8K picture has 33 million pixels.
_MAX_PIXELS = 50_000_000
# Frames shown for less than this are shown for _UNTIMED_S, as browsers do.
_MIN_FRAME_S = 0.02
# How long a frame is shown that names no time, as in browsers.
_UNTIMED_S = 0.1
# The frame rate is measured on the first frames, as reading a duration means decoding the frame.
_MEASURED_FRAMES = 60
# What shows where the animation is transparent: a neutral grey, RGB.
_GROUND = (128, 128, 128)
# EXIF's tag of the orientation, and how a picture of each orientation is turned upright.
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def is_animation(path: Path) -> bool:
    """Return whether a file is a GIF, WebP or PNG of several frames; False for what can't be read."""
    if path.suffix.lower() not in _SUFFIXES or not os.path.isfile(path):
        return False
    try:
        with _opened(path) as image:
            # A GIF is not counted, as that reads all of it; an APNG's count is in its header.
            return getattr(image, "is_animated", False) and not (_first(image) and getattr(image, "n_frames", 1) == 2)
    except Exception:  # pillow answers broken files with errors of many kinds
        return False


class Animation:
    """An animated GIF, WebP or PNG, played once; frames are shown for as long as the file says."""

    stills = False
    paced = False
    idle = False
    dropped = 0

    def __init__(self, path: Path) -> None:
        """Open the file and measure its frame rate.

        Args:
            path: An animation, as `is_animation` says.

        Raises:
            InputError: Not even the first frame can be decoded, or the frames are too large.
        """
        self.name = str(path)
        self.reads = (path,)
        self.ended = False
        self.fps = 1 / statistics.median(_first_durations(path))
        self._index = 0
        self._time_s = 0.0
        self._frames = _frames(path)

    def read(self) -> Frame | None:
        """Return the next frame; None at the end, which a damaged file reaches early."""
        if self.ended:
            return None
        try:
            image, shown_s = next(self._frames, (None, 0.0))
        except InputError as error:  # the first frame was decoded before, so this is a later one
            log.debug("%s", error.__cause__)
            log.warning("%s ends early, after %d pictures. It may be cut off or damaged.", self.name, self._index)
            image, shown_s = None, 0.0
        if image is None:
            self.ended = True
            return None
        frame = Frame(image, self._index, self._time_s, self.name)
        self._index += 1
        self._time_s += shown_s
        return frame

    def stop(self) -> None:
        """End the source."""
        self.ended = True

    def close(self) -> None:
        """Close the file."""
        self.ended = True
        self._frames.close()


def _first_durations(path: Path) -> list[float]:
    """Return how long the first frames are shown, in seconds. Raises InputError when there is none."""
    durations: list[float] = []
    with contextlib.closing(_frames(path)) as frames:
        try:
            durations += (shown_s for _, shown_s in islice(frames, _MEASURED_FRAMES))
        except InputError:
            if not durations:
                raise
    return durations


def _frames(path: Path) -> Generator[tuple[np.ndarray, float], None, None]:
    """Give the frames, uint8 (H, W, 3) BGR of one size, each with the seconds it is shown for. Raises InputError."""
    try:
        with _opened(path) as image:
            size_wh = image.size
            if size_wh[0] * size_wh[1] > _MAX_PIXELS:
                raise InputError(f"{path} is too large to be played: {size_wh[0]}x{size_wh[1]}.", "Make it smaller.")
            upright = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
            for number in count(_first(image)):
                if not _sought(image, number):
                    break
                if image.size != size_wh:  # a GIF may grow
                    raise _damaged(path)
                ground = Image.new("RGB", size_wh, _GROUND)
                drawn = image.convert("RGBA")  # decodes it, and only then WebP knows the duration
                ground.paste(drawn, mask=drawn.getchannel("A"))
                shown_s = image.info.get("duration", 0) / 1000
                pixels = np.asarray(ground if upright is None else ground.transpose(upright))
                yield cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), shown_s if shown_s >= _MIN_FRAME_S else _UNTIMED_S
    except InputError:
        raise
    except OSError as error:
        if error.errno is not None:  # of the system's, not pillow's
            raise unreadable(path, error) from error
        raise _damaged(path) from error
    except Exception as error:  # pillow answers broken files with errors of many kinds
        raise _damaged(path) from error


def _sought(image: Image.Image, number: int) -> bool:
    """Go to a frame; return whether it is there. What pillow has to say of it is left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image.seek(number)
        except EOFError:
            return False
    return True


def _damaged(path: Path) -> InputError:
    return InputError(
        f"{path} is no animation that can be decoded, or it is damaged.", "Save it anew, or as an MP4 file."
    )


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Open a file with pillow, without decoding it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of bombs, as the limit here is lower, and of faults, which are told of here
        image = Image.open(path, formats=_FORMATS)
    with image:
        yield image


def _first(image: Image.Image) -> int:
    """Return the number of the first frame: a PNG may begin with a picture for programs that can't play it."""
    return 1 if image.info.get("default_image") else 0
