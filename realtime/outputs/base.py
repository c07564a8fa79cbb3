"""What an output and a keyboard are, and what outputs are opened with."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from realtime.controls import Controls
from realtime.outputs.kinds import DEFAULT_QUALITY
from realtime.records import Frame

# Gives what is shown beside a picture, uint8 (H, W, 3) BGR, for the picture's height H and what the user is told.
Beside = Callable[[int, str], np.ndarray]


class Keyboard(Protocol):
    """A place where keys are pressed."""

    def pressed(self, wait_s: float) -> list[str]:
        """Return the names of the keys pressed, as in `realtime.controls.KEYS`, waiting `wait_s` seconds at most."""

    def close(self) -> None:
        """Put the keyboard back as it was found."""


class Output(Protocol):
    """A place where covered frames go."""

    @property
    def paced(self) -> bool:
        """Whether it shows frames to somebody, who wants them at their pace."""

    @property
    def device(self) -> str | None:
        """The virtual video device it sends to, whose watchers can be told; None for every other output."""

    @property
    def keyboard(self) -> Keyboard | None:
        """Where keys are pressed if that is part of the output; it is closed with the output."""

    @property
    def wants_keys(self) -> bool:
        """Whether people need keys while it runs, although it has no keyboard of its own."""

    def write(self, frame: Frame) -> None:
        """Take a frame.

        Args:
            frame: covered; its image is neither changed nor kept beyond the call.

        Raises:
            EmojiCameraError: the output can't be written.
        """

    def show_card(self, card: Frame) -> None:
        """Show a card while no frames come, to those who watch; files ignore it. Raises as `write` does."""

    def serve(self) -> None:
        """Do what is due between frames, in no time: it is called often.

        Raises:
            EmojiCameraError: something failed in a thread of the output since the last call.
        """

    def close(self) -> str:
        """Finish what was begun; closing again does nothing.

        Returns:
            A line that says where the result is, empty if there is nothing to tell.

        Raises:
            EmojiCameraError: the result could not be finished.
        """


class UnwatchedOutput:
    """The part that outputs have in common at which nobody looks while they are written."""

    paced = False
    device: str | None = None
    keyboard: Keyboard | None = None
    wants_keys = False

    def show_card(self, card: Frame) -> None:
        """Ignore the card."""

    def serve(self) -> None:
        """Do nothing."""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """How videos are written.

    codec: as `realtime.outputs.kinds.VIDEO_CODECS` has it; None for the container's usual one. quality: 0 to 100.
    audio: what becomes of the source's sound, as `realtime.outputs.kinds.AUDIO_CHOICES` has it. keep_metadata: whether
    what the source says of itself is carried over.
    """

    codec: str | None = None
    quality: int = DEFAULT_QUALITY
    audio: str = "mute"
    keep_metadata: bool = False


@dataclass(frozen=True, kw_only=True)
class OutputContext:
    """What outputs are opened with; each takes from it what it needs.

    controls: for the state that windows show. caption: gives the stats as lines of text. size_wh, fps: of the virtual
    camera, in pixels and frames a second. source_name: the source as the user wrote it. source_fps: its frames a
    second. stills: whether it is a picture or several. reads: the files that this run reads and that must not be
    overwritten. writes: what this run writes besides, which a folder of pictures must leave alone. recording: how
    videos are written. terminal: whether keys of the terminal are wanted whatever else there is. beside: gives what a
    window shows beside its picture.
    """

    controls: Controls
    caption: Callable[[], list[str]]
    size_wh: tuple[int, int]
    fps: float
    source_name: str
    source_fps: float
    stills: bool
    reads: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()
    recording: Recording = Recording()
    terminal: bool = False
    beside: Beside | None = None

    @property
    def recorded(self) -> Path | None:
        """The video file that is the source; None for a device, an address, pictures and the demo."""
        path = Path(self.source_name)
        return path if not self.stills and path.is_file() else None

    def is_source(self, path: Path) -> bool:
        """Return whether a file is the source."""
        return is_same_file(path, Path(self.source_name))

    def is_read(self, path: Path) -> bool:
        """Return whether a file is there and read by this run, so that it must not be overwritten."""
        return path.is_file() and file_identity(path) in self._read

    def is_taken(self, path: Path) -> bool:
        """Return whether a file is read by this run, or written by another part of it, and there or not."""
        return self.is_read(path) or os.path.realpath(path) in self._written

    @cached_property
    def _written(self) -> set[str]:
        return {os.path.realpath(path) for path in self.writes}

    @cached_property
    def _read(self) -> set[tuple[int, int] | None]:
        return {file_identity(path) for path in (*self.reads, Path(self.source_name))} - {None}


def is_same_file(one: Path, other: Path) -> bool:
    """Return whether both paths lead to one file or folder, which is there."""
    identity = file_identity(one)
    return identity is not None and identity == file_identity(other)


def file_identity(path: Path) -> tuple[int, int] | None:
    """Return what a file has in common by all its paths; None if it is not there."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino
