"""What can hide a face, by name. A new cover is a module of its own and a line here.

Importing this loads neither the covers nor OpenCV, as the command line lists their names.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol, cast

from realtime.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

    from realtime.records import Reading


class Cover(Protocol):
    """Covers the face of one person in a picture."""

    @property
    def hides(self) -> bool:
        """Whether nothing of the face can be recognised once it has covered it; strict privacy asks for that."""

    @property
    def with_emoji(self) -> bool:
        """Whether the emoji is drawn over the face too, where emoji are placed on faces."""

    def cover(self, image: np.ndarray, reading: Reading) -> None:
        """Cover a face in a picture in place.

        Args:
            image: uint8 (H, W, 3) BGR.
            reading: whose face it is; it may lie beyond the borders.
        """


# Name on the command line -> module and class. A class takes no arguments.
COVERS = {
    "emoji": "realtime.drawing.anonymize:Emoji",
    "blur": "realtime.drawing.anonymize:Blur",
    "pixelate": "realtime.drawing.anonymize:Pixelate",
    "solid": "realtime.drawing.anonymize:Solid",
    "none": "realtime.drawing.anonymize:Labels",
}


def hides_faces(cover: Cover, placement: str) -> bool:
    """Return whether nothing of a face can be recognised once it is covered. placement: of emoji, one of PLACEMENTS."""
    return cover.hides or (cover.with_emoji and placement == "face")


def load_cover(name: str) -> Cover:
    """Return a cover by its name in COVERS.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in COVERS:
        raise UsageError(f"There is no cover '{name}'.", f"Choose one of: {', '.join(COVERS)}.")
    module, _, cover = COVERS[name].partition(":")
    return cast(Cover, getattr(importlib.import_module(module), cover)())
