"""The kinds of outputs there are: how users write them, what they are and which class opens them.

A new kind is a module of its own and an entry in `KINDS`. Importing this loads none of the outputs, nor OpenCV.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from realtime.errors import UsageError

if TYPE_CHECKING:
    from realtime.outputs.base import Output, OutputContext

VIDEO_SUFFIXES = (".mp4", ".mkv", ".avi", ".mov", ".webm", ".gif")
# What --codec, --quality and --audio take; here, as --help needs it.
VIDEO_CODECS = ("h264", "hevc", "av1")
AUDIO_CHOICES = ("mute", "keep", "pitch")
DEFAULT_QUALITY = 60
# Pictures in colour; .pgm is read, but can hold grey alone, and .gif is written as a video.
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".ppm")


class OutputClass(Protocol):
    """What every class named in `KINDS` can do."""

    def open(self, address: str, context: OutputContext) -> Output:
        """Open what the user named.

        Args:
            address: what the user wrote; it matches the kind.
            context: what the run knows.

        Raises:
            EmojiCameraError: it can't be opened.
        """


@dataclass(frozen=True, kw_only=True)
class OutputKind:
    """One kind of output.

    name: for developers and tests. usage: what users write, capitals standing for what they choose. what: what it is,
    for --help and the README. implementation: module and class, like "package.module:Class". names: the words it is
    asked for by; one that ends in a colon takes whatever follows. suffixes: the endings of the files it writes, in
    lower case, or "" for folders. has_audio: whether it can carry sound.
    """

    name: str
    usage: str
    what: str
    implementation: str
    names: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    has_audio: bool = False

    def matches(self, address: str) -> bool:
        """Return whether an address asks for this kind by name."""
        return any(address == name or (name.endswith(":") and address.startswith(name)) for name in self.names)

    def load(self) -> OutputClass:
        """Import the class that opens this kind."""
        module, _, name = self.implementation.partition(":")
        return cast(OutputClass, getattr(importlib.import_module(module), name))


KINDS = (
    OutputKind(
        name="window",
        usage="window",
        what="a preview, mirrored like a mirror",
        implementation="realtime.outputs.window:WindowOutput",
        names=("window",),
    ),
    OutputKind(
        name="virtual",
        usage="virtual[:DEVICE]",
        what="a virtual camera, which meeting programs can select",
        implementation="realtime.outputs.virtual_camera:VirtualCameraOutput",
        names=("virtual", "virtual:"),
    ),
    OutputKind(
        name="video",
        usage="FILE.mp4",
        what=f"a video ({', '.join(VIDEO_SUFFIXES)})",
        implementation="realtime.outputs.video:VideoOutput",
        suffixes=VIDEO_SUFFIXES,
        has_audio=True,
    ),
    OutputKind(
        name="picture",
        usage="FILE.png",
        what="a picture, the last one there was (.png, .jpg and others)",
        implementation="realtime.outputs.picture:PictureOutput",
        suffixes=PICTURE_SUFFIXES,
    ),
    OutputKind(
        name="folder",
        usage="FOLDER/",
        what="a folder of pictures, one for each frame",
        implementation="realtime.outputs.picture:FolderOutput",
        suffixes=("",),
    ),
    OutputKind(
        name="none",
        usage="none",
        what="nothing is shown or written",
        implementation="realtime.outputs.none:NoOutput",
        names=("none",),
    ),
)


def kind_of(address: str) -> OutputKind:
    """Return the kind of output that an address asks for.

    Args:
        address: what the user wrote, except "auto".

    Raises:
        UsageError: it is of no known kind.
    """
    named = [kind for kind in KINDS if kind.matches(address)]
    ending = _ending(address)
    found = named or [kind for kind in KINDS if ending in kind.suffixes]
    if not found:
        usages = "; ".join(f"{kind.usage}, {kind.what}" for kind in KINDS)
        raise UsageError(f"--output {address} is of no known kind.", f"Choose auto or one of these: {usages}.")
    return found[0]


def _ending(address: str) -> str:
    """Return the ending of a file's name in lower case, "" for a folder."""
    path = Path(address).expanduser()
    is_folder = address.endswith(("/", "\\")) or path.is_dir()
    return "" if is_folder else path.suffix.lower()
