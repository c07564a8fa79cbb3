"""Pictures as outputs: one file, or a folder of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from realtime.images import ending_like, make_parent, write_picture
from realtime.outputs.base import OutputContext, UnwatchedOutput, is_same_file
from realtime.records import Frame


class PictureOutput(UnwatchedOutput):
    """A picture file: the last frame it was given, written at the end."""

    def __init__(self, path: Path, of_pictures: bool = False) -> None:
        """Make the folder for it.

        Args:
            path: its ending tells the format.
            of_pictures: whether frames come from picture files, whose quality and transparency are kept.

        Raises:
            OutputError: the folder can't be made.
        """
        make_parent(path)
        self._path = path
        self._of_pictures = of_pictures
        self._last: np.ndarray | None = None
        self._original: Path | None = None

    @classmethod
    def open(cls, address: str, context: OutputContext) -> PictureOutput:
        """Open the picture that the user named. Raises OutputError."""
        return cls(Path(address).expanduser(), of_pictures=context.stills)

    def write(self, frame: Frame) -> None:
        """Remember the frame in place of the one before."""
        self._last = frame.image.copy()
        self._original = Path(frame.source) if self._of_pictures else None

    def close(self) -> str:
        """Write the picture, if there is one, and say where it is. Raises OutputError."""
        last, self._last = self._last, None
        if last is None:
            return ""
        write_picture(self._path, last, self._original)
        return f"picture {self._path}"


class FolderOutput(UnwatchedOutput):
    """A folder of pictures: named like those they come from and of their kinds, in the same subfolders; or numbered."""

    def __init__(
        self,
        folder: Path,
        keep_names: bool,
        is_taken: Callable[[Path], bool] = lambda path: False,
        below: Path | None = None,
    ) -> None:
        """Make the folder.

        Args:
            folder: where the pictures go.
            keep_names: name each file like its source, for pictures.
            is_taken: whether a file must not be overwritten because this run reads it, or writes it otherwise.
            below: the folder that the pictures come from, whose subfolders are made again.

        Raises:
            OutputError: the folder can't be made.
        """
        make_parent(folder / "picture")
        self._folder = folder
        self._keep_names = keep_names
        self._is_taken = is_taken
        self._below = below
        self._written: set[Path] = set()

    @classmethod
    def open(cls, address: str, context: OutputContext) -> FolderOutput:
        """Open the folder that the user named. Raises OutputError."""
        source = Path(context.source_name)
        below = source if context.stills and source.is_dir() else None
        return cls(Path(address).expanduser(), context.stills, context.is_taken, below)

    def write(self, frame: Frame) -> None:
        """Write the frame to a file of its own, which is never its source. Raises OutputError."""
        source = Path(frame.source)
        name = f"{source.stem}{ending_like(source)}" if self._keep_names else f"frame_{frame.index:06d}.png"
        path = self._folder_of(source) / name
        while path in self._written or is_same_file(path, source) or self._is_taken(path):
            path = path.with_name(f"{path.stem}_emoji{path.suffix}")
        if path.parent != self._folder:
            make_parent(path)
        write_picture(path, frame.image, source if self._keep_names else None)
        self._written.add(path)

    def _folder_of(self, source: Path) -> Path:
        if self._below is None or not source.is_relative_to(self._below):
            return self._folder
        return self._folder / source.relative_to(self._below).parent

    def close(self) -> str:
        """Say how many pictures there are, and where."""
        return f"{len(self._written)} pictures in {self._folder}" if self._written else ""
