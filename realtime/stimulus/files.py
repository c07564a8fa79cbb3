"""Stimuli as files: what is known of one, whether it is whole, and its frames at some moments."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from realtime.errors import EmojiCameraError, InputError, UsageError, unreadable
from realtime.media import known, open_media
from realtime.sources.pixels import ToPixels
from realtime.sources.video import Video
from realtime.stimulus.record import Stimulus

log = logging.getLogger(__name__)

# A container's microseconds.
_CONTAINER_S = 1e-6
# So much may be missing at the end of a file that says how long it is: containers round, and sound may go on longer.
_MISSING_S, _MISSING_SHARE = 1.0, 0.05
# Where the last frames are looked for.
_END_S = 3.0
# Frames in a page: their longer side, how good they are, and how large at most; noise is made worse until it fits.
_SIDE_PX = 320
_QUALITIES = (72, 50, 30)
_MOST_BYTES = 24_000


def read_stimuli(paths: Sequence[Path]) -> list[Stimulus]:
    """Look at the clips that are to be shown, so that what is wrong is told before anybody sits before the camera.

    Raises:
        InputError: one can't be read, is cut off, or holds no picture.
        UsageError: two are the same.
    """
    found: list[Stimulus] = []
    for path in paths:
        stimulus = read_stimulus(path)
        if same := [other for other in found if other.sha256 == stimulus.sha256]:
            raise UsageError(
                f"The stimuli {same[0].path} and {stimulus.path} are the same clip.", "Give each to --against once."
            )
        found.append(stimulus)
    return found


def read_stimulus(path: Path) -> Stimulus:
    """Look at a clip. Raises InputError: it can't be read, is cut off, or holds no picture."""
    video = Video(str(path))
    try:
        if video.read() is None:
            raise _damaged(path)
        fps = video.fps
    finally:
        video.close()
    with _opened(path) as container:
        length_s = _checked_length(path, container)
    return Stimulus(path.name, str(path.absolute()), digest(path), round(length_s, 3), round(fps, 3))


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits. Raises InputError."""
    sha = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while data := file.read(1 << 20):
                sha.update(data)
    except OSError as error:
        raise unreadable(path, error) from error
    return sha.hexdigest()


def found_again(stimulus: Stimulus, folders: Iterable[Path] = ()) -> Path | None:
    """Return where a clip is: where it was, or in one of the folders under its name; None if it is in neither."""
    # A name comes from a file that others may have written, and is a name alone.
    places = [Path(stimulus.path), *(folder / Path(stimulus.name).name for folder in folders)]
    for path in places:
        with contextlib.suppress(EmojiCameraError, OSError, ValueError):
            if path.is_file() and digest(path) == stimulus.sha256:
                return path
    return None


def frames_at(path: Path, times_s: Sequence[float]) -> list[bytes]:
    """Return the frames of a clip that are seen at some times, as small JPEG files; empty where there is none.

    times_s: of the clip, as players count them: from where the file begins.
    """
    pictures: list[bytes] = []
    try:
        with _opened(path) as container:
            stream = known(container.streams.video)[0]
            to_pixels = ToPixels(float(stream.sample_aspect_ratio or 1))
            for time_s in times_s:
                frame = _frame_at(container, time_s)
                pictures.append(b"" if frame is None else _jpeg(to_pixels(frame)[0]))
    except (EmojiCameraError, IndexError, cv2.error) as error:
        log.warning("There are no frames of %s in the report: %s", path.name, error)
    return pictures + [b""] * (len(times_s) - len(pictures))


def _frame_at(container: Any, time_s: float) -> Any:
    """Return PyAV's last frame that begins at or before a time, or the first after it; None for none."""
    stream = known(container.streams.video)[0]
    begin_s = (container.start_time or 0) * _CONTAINER_S
    stamp = (time_s + begin_s) / float(stream.time_base or 1)
    found = None
    with contextlib.suppress(OSError, ValueError):  # PyAV's own errors are of these; what was found before counts
        container.seek(max(int(stamp), 0), stream=stream)
        for frame in container.decode(stream):
            if frame.pts is None:
                continue
            # A little later still counts as at the time: clocks are read to a tenth of a millisecond.
            if found is not None and frame.pts > stamp + 1e-3 / float(stream.time_base or 1):
                break
            found = frame
    return found


def _jpeg(image: np.ndarray) -> bytes:
    """Return a picture, uint8 (H, W, 3) BGR, as a small JPEG file."""
    scale = min(_SIDE_PX / max(image.shape[:2]), 1.0)
    size_wh = tuple(max(round(side * scale), 1) for side in image.shape[1::-1])
    small = cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA)
    for quality in _QUALITIES:
        data = bytes(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes())
        if len(data) <= _MOST_BYTES:
            break
    return data


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        container = open_media(path)
    except OSError as error:
        raise _damaged(path) from error
    try:
        yield container
    finally:
        container.close()


def _checked_length(path: Path, container: Any) -> float:
    """Return how long the pictures of a clip really last, in seconds. Raises InputError where it is cut off."""
    stream = known(container.streams.video)[0]
    base_s = float(stream.time_base or 1)
    said_s = float(stream.duration * base_s) if stream.duration else (container.duration or 0) * _CONTAINER_S
    begin_s = (container.start_time or 0) * _CONTAINER_S
    if said_s > _END_S:
        with contextlib.suppress(OSError, ValueError):
            container.seek(int((begin_s + said_s - _END_S) / base_s), stream=stream)
    end_s = 0.0
    with contextlib.suppress(OSError, ValueError):
        for packet in container.demux(stream):
            if packet.pts is not None and not packet.is_corrupt:
                end_s = max(end_s, float((packet.pts + (packet.duration or 0)) * base_s) - begin_s)
    if end_s < said_s - max(_MISSING_S, _MISSING_SHARE * said_s):
        raise InputError(
            f"{path} is cut off: it says that it lasts {said_s:.1f} s, and its end is missing.",
            "Get it again, or save it anew as an MP4 file, and give that one.",
        )
    return end_s


def _damaged(path: Path) -> InputError:
    return InputError(
        f"{path} is no video that can be read, or it is damaged.", "Save it anew as an MP4 file, and give that one."
    )
