"""Errors a user can cause or meet, each with the exit code of the program.

Anything that is not an `EmojiCameraError` is a bug of ours and may show a traceback.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # this is imported first of all, when Ctrl-C still shows a traceback
    from pathlib import Path


class EmojiCameraError(Exception):
    """Base of every error that is shown to the user as one line and an exit code.

    what: what happened, and why, in whole sentences. remedy: what to do next, in whole sentences.
    """

    exit_code = 1

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        # Names of files may hold line breaks, and what a terminal takes for commands.
        return re.sub(r"[\x00-\x1f\x7f]", " ", f"{self.what} {self.remedy}")


class UsageError(EmojiCameraError):
    """An option or a configuration value can't be used."""

    exit_code = 2


class CameraError(EmojiCameraError):
    """No camera, or the camera gives no picture."""

    exit_code = 3


class VirtualCameraError(EmojiCameraError):
    """The virtual camera can't be opened or written."""

    exit_code = 4


class AssetError(EmojiCameraError):
    """A model, an emoji pack or another shipped file is missing or invalid."""

    exit_code = 5


class InputError(EmojiCameraError):
    """A picture, video or stream can't be read."""

    exit_code = 6


class OutputError(EmojiCameraError):
    """A picture, video or window can't be written or shown."""

    exit_code = 1


class NeedsLookError(EmojiCameraError):
    """A video is finished, and somebody should look at parts of it, as was asked for with --require-clean."""

    exit_code = 7


def unreadable(path: Path, error: OSError | ValueError) -> InputError:
    """Return the error of a file that the system does not let be read.

    error: what the system says; a ValueError for a name that no file can have.
    """
    reason = (error.strerror if isinstance(error, OSError) else None) or error
    return InputError(
        f"{path} can't be read: {reason}.", "Check its name; if that is right, let yourself read it, as with chmod u+r."
    )
