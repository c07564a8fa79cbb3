"""Where frames come from: pictures, folders, video files, streams and the built-in demo.

Cameras are in `camera.py`; `address.py` turns what the user wrote into a source.
"""

from __future__ import annotations

import importlib.util
import logging
import time
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from realtime.errors import AssetError, InputError
from realtime.images import PICTURE_SUFFIXES, as_bgr, read_picture
from realtime.records import Frame

log = logging.getLogger(__name__)

_FALLBACK_FPS = 30.0
_STREAM_TIMEOUT_MS = 5000


class Source(Protocol):
    """Gives frames one after the other. Constructors raise the source's error when it can't be opened."""

    name: str
    # Nominal frames a second.
    fps: float
    # Whether its frames are unrelated pictures, with no movement from one to the next.
    stills: bool
    # Whether it keeps the pace of real time by itself, as a device does.
    paced: bool

    @property
    def ended(self) -> bool:
        """Whether there will be no more frames."""

    @property
    def dropped(self) -> int:
        """How many frames were passed over."""

    def read(self) -> Frame | None:
        """Return the next frame; None when there is none (at the end, or not yet)."""

    def stop(self) -> None:
        """End the source soon, also while another thread waits in `read`."""

    def close(self) -> None:
        """Free what is held. Nobody may be in `read`. May be called twice."""


class Pictures:
    """The pictures of a folder, by name, or a single picture; each stands for one second."""

    fps = 1.0
    stills = True
    paced = False
    dropped = 0

    def __init__(self, path: str | Path) -> None:
        self.name = str(path)
        path = Path(path)
        self._paths = _pictures_in(path) if path.is_dir() else [path]
        self._skip_damaged = path.is_dir()
        self._next = 0

    @property
    def ended(self) -> bool:
        return self._next >= len(self._paths)

    def read(self) -> Frame | None:
        while not self.ended:
            path, index = self._paths[self._next], self._next
            self._next += 1
            try:
                return Frame(read_picture(path), index, float(index), str(path))
            except InputError as error:
                if not self._skip_damaged:
                    raise
                log.warning("Skipped: %s", error)
        return None

    def stop(self) -> None:
        self._next = len(self._paths)

    def close(self) -> None:
        pass


def _pictures_in(folder: Path) -> list[Path]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES)
    except OSError as error:
        raise InputError(f"{folder} can't be listed: {error.strerror}. Check its permissions.") from error
    if not paths:
        raise InputError(f"{folder} holds no picture. Known endings are {' '.join(PICTURE_SUFFIXES)}.")
    return paths


class Video:
    """A video file, or what a stream address gives, frame by frame in order."""

    stills = False
    dropped = 0

    def __init__(self, address: str, stream: bool = False) -> None:
        """Open it. stream: it is an address, which may send in real time (then `paced` is true). Raises InputError."""
        self.name = address
        self.ended = False
        patience = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            _STREAM_TIMEOUT_MS,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            _STREAM_TIMEOUT_MS,
        ]
        self._capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, patience if stream else [])
        if not self._capture.isOpened():
            kind = "stream that answers" if stream else "video that can be read, or it is damaged. Try an MP4 file"
            raise InputError(f"{address} is no {kind}.")
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if 1 <= fps <= 240 else _FALLBACK_FPS
        self._announced = int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT))
        self.paced = stream and self._announced <= 0
        self._index = 0
        self._time_s = 0.0

    def read(self) -> Frame | None:
        image = None if self.ended else self._decoded()
        if image is None:
            self._end()
            return None
        time_s = time.monotonic() if self.paced else self._time_s
        frame = Frame(image, self._index, time_s, self.name)
        self._index += 1
        return frame

    def stop(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.ended = True
        self._capture.release()

    def _decoded(self) -> np.ndarray | None:
        ok, image = self._capture.read()
        image = as_bgr(image) if ok else None
        if image is not None and self._index:
            by_rate = self._time_s + 1 / self.fps
            stamped = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            # Files of variable rate tell the truth in their time stamps, damaged ones do not.
            self._time_s = stamped if self._time_s < stamped < by_rate + 10 else by_rate
        return image

    def _end(self) -> None:
        if self.ended:
            return
        self.ended = True
        self._capture.release()
        if self._index == 0:
            raise InputError(f"{self.name} holds no picture that can be decoded. It may be cut off or damaged.")
        # Containers round their count, so only a real gap is worth a word.
        if not self.paced and self._index < 0.95 * self._announced - 2:
            log.warning("%s ends early: %d of %d pictures could be read.", self.name, self._index, self._announced)


class Demo:
    """Ten seconds of a real portrait that pans, zooms, rolls and changes its light; the same every time.

    The portrait is Rear Admiral Grace Hopper's (US Navy, public domain), as the matplotlib package carries it.
    """

    name = "demo"
    fps = 30.0
    stills = False
    paced = False
    dropped = 0
    frames = 300
    size_wh = (1280, 720)

    def __init__(self) -> None:
        self._portrait = read_picture(_demo_portrait())
        self._index = 0

    @property
    def ended(self) -> bool:
        return self._index >= self.frames

    def read(self) -> Frame | None:
        if self.ended:
            return None
        frame = Frame(self._image(self._index / self.frames), self._index, self._index / self.fps, self.name)
        self._index += 1
        return frame

    def stop(self) -> None:
        self._index = self.frames

    def close(self) -> None:
        pass

    def _image(self, phase: float) -> np.ndarray:
        """Draw the moment `phase`, 0 to 1; every movement ends where it began."""
        turn = 2 * np.pi * phase
        width, height = self.size_wh
        portrait_height, portrait_width = self._portrait.shape[:2]
        zoom = 1.25 * (1 + 0.25 * np.sin(turn))
        roll_deg = 15 * np.sin(2 * turn)
        anchor = (portrait_width / 2, portrait_height * 0.4)
        matrix = cv2.getRotationMatrix2D(anchor, roll_deg, zoom)
        matrix[:, 2] += (
            width * (0.5 + 0.22 * np.sin(turn)) - anchor[0],
            height * (0.5 + 0.08 * np.sin(3 * turn)) - anchor[1],
        )
        image = cv2.warpAffine(self._portrait, matrix, (width, height), borderValue=(96, 92, 84))
        light = 1 + 0.35 * np.sin(2 * turn + 1)
        return cv2.convertScaleAbs(image, alpha=light)


def _demo_portrait() -> Path:
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise AssetError("The demo's portrait comes with matplotlib, which is missing. Run 'pip install matplotlib'.")
    return Path(spec.origin).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg"
