"""What every source of frames has in common."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from realtime.records import Frame

# How exact the colours of video files are: off by three levels, for less than half the time; or none, and pictures all
# black, for whoever makes do with frames as they are coded. Files that can't be had as they are coded are exact always.
COLOURS = ("exact", "rough", "none")


class Source(Protocol):
    """Gives frames one after the other.

    A constructor opens the source and raises an EmojiCameraError when that fails. The frames' index and time rise.

    Attributes:
        name: What the source was opened as, for messages.
        fps: Nominal frames a second.
        stills: Whether its frames are unrelated pictures, with no movement from one to the next.
        paced: Whether it keeps the pace of real time by itself, as a device does.
    """

    name: str
    fps: float
    stills: bool
    paced: bool

    @property
    def ended(self) -> bool:
        """Whether there will be no more frames."""

    @property
    def idle(self) -> bool:
        """Whether it is closed at the moment because nobody watches."""

    @property
    def dropped(self) -> int:
        """How many frames were passed over."""

    @property
    def reads(self) -> tuple[Path, ...]:
        """The files on disk that it reads, which no output may overwrite."""

    def read(self) -> Frame | None:
        """Return the next frame; None when there is none (at the end, or not yet)."""

    def stop(self) -> None:
        """End the source soon, also while another thread waits in `read`."""

    def close(self) -> None:
        """Free what is held. Nobody may be in `read`. May be called twice."""


def length_s(source: Source) -> float | None:
    """Return how long a source is, in seconds of its own; None for what does not say, such as a device."""
    if source.stills:
        return len(source.reads) / source.fps
    known: float | None = getattr(source, "length_s", None)
    return known
