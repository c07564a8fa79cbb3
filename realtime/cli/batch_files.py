"""Which files a folder or a pattern means, and what each becomes; known before the first is begun."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from realtime.cli.options import Options, flag, specs
from realtime.errors import InputError, UsageError
from realtime.images import PART_PREFIX, STILL_SUFFIXES, ending_like
from realtime.outputs.base import file_identity
from realtime.outputs.kinds import KINDS, VIDEO_SUFFIXES, kind_of
from realtime.sources.animation import is_animation

# What is taken for a video in a folder; a pattern takes whatever it fits.
_VIDEO_SUFFIXES = {*VIDEO_SUFFIXES, ".webm", ".m4v", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".wmv", ".flv", ".3gp"}
_VIDEO_SUFFIXES |= {".ogv", ".mjpeg"}
# In what videos can be written; others become an .mp4.
_WRITTEN_SUFFIXES = next(kind.suffixes for kind in KINDS if kind.name == "video")
# What belongs to one source, and would mean something else, or be the same file, for each of several.
_OF_ONE_SOURCE = (
    *("json", "timeline", "record_trace", "replay", "practise", "calibrate", "teach", "on_demand", "report"),
    *("analysis", "from_analysis", "keep", "exclude", "review"),  # some may not be known to this version
)
# What means nothing for a picture, which lets it be.
_OF_VIDEOS = ("keep_audio", "audio")


@dataclass(frozen=True)
class FileToCover:
    """One file of many.

    name: how it is told of, relative to the folder that holds all. source: the file. result: what it becomes, which may
    be there. still: whether it is a picture.
    """

    name: str
    source: Path
    result: Path
    still: bool


@dataclass(frozen=True)
class ManyFiles:
    """Files to be covered one by one. folder: where the results go. left_out: how many files are of no known kind."""

    folder: Path
    files: tuple[FileToCover, ...]
    left_out: int = 0


def many(options: Options) -> ManyFiles | None:
    """Return the files that the source means, in the order of their names; None where one run takes it as a whole.

    Raises:
        UsageError: The options can't be used for many files, or are for these alone.
        InputError: There is no such file.
    """
    path = Path(os.path.expanduser(options.source))
    folder, pattern = _is_folder(path), _is_pattern(options.source, path)
    asked = [flag(name) for name in ("ray", "again") if getattr(options, name)]
    if not (folder or pattern):
        if asked:
            raise UsageError(
                f"{asked[0]} is for many files, and --source {options.source} is no folder and no pattern.",
                "Leave it out, or give a folder: --source recordings/ --output covered/.",
            )
        return None
    into = _folder_of(options)
    if into is None and folder and not asked:
        return None
    if into is None:
        raise UsageError(
            f"--source {options.source} means many files, which become a folder of as many.",
            "Give one folder for them: --output covered/.",
        )
    base, found, left_out = _found(path, into, pattern)
    if folder and not asked and options.jobs == 1 and _is_one_source(options, base, found):
        return None
    _check(options, path, into, found)
    files = ManyFiles(into, tuple(_named(base, into, found)), left_out)
    _check_kept(files)
    return files


def of_file(options: Options, file: FileToCover, into: Path) -> Options:
    """Return the options of the run that covers one of the files into a folder."""
    known = {name for name in specs() if name in _OF_VIDEOS} if file.still else set()
    told: dict[str, object] = {name: getattr(Options, name) for name in known}
    told |= {"source": str(file.source), "output": (str(into / file.result.name),), "jobs": 1, "ray": None}
    values = {name: getattr(options, name) for name in (*specs(), "smoothing")}
    return Options(**(values | told | {"again": False}))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _is_pattern(source: str, path: Path) -> bool:
    return glob.has_magic(source) and "://" not in source and "\0" not in source and not os.path.lexists(path)


def _folder_of(options: Options) -> Path | None:
    """Return the folder that results go to, None where there is none, or more than that."""
    if len(options.output) != 1 or options.output[0] == "auto" or kind_of(options.output[0]).name != "folder":
        return None
    return Path(os.path.abspath(os.path.expanduser(options.output[0])))


def _found(path: Path, into: Path, pattern: bool) -> tuple[Path, list[Path], int]:
    """Return the folder that holds all, the files, and how many others there are that are no videos or pictures."""
    if not pattern:
        base = Path(os.path.abspath(path))
        every = list(_files_in(base, into))
        known = [file for file in every if file.suffix.lower() in (*_VIDEO_SUFFIXES, *STILL_SUFFIXES)]
        return base, known, len(every) - len(known)
    base = Path(os.path.abspath(_fixed_part(path)))
    files: dict[Path, None] = {}
    for match in sorted(glob.glob(str(path), recursive=True)):
        place = Path(os.path.abspath(match))
        if place.is_dir() and path.name != "**":
            files |= dict.fromkeys(file for file in _found(place, into, pattern=False)[1])
        elif place.is_file() and not _is_ours(place, into):
            files[place] = None
    return base, list(files), 0


def _files_in(folder: Path, into: Path) -> Iterator[Path]:
    """Give the files of a folder and those in it, by name; none that is hidden, unfinished or a result."""

    def refuse(error: OSError) -> None:
        raise InputError(f"{error.filename} can't be listed: {error.strerror}.", "Check its permissions.") from error

    for place, folders, names in os.walk(folder, onerror=refuse):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not (_is_hidden(name) or here / name == into))
        yield from (here / name for name in sorted(names) if not _is_hidden(name) and (here / name).is_file())


def _is_hidden(name: str) -> bool:
    return name.startswith((".", PART_PREFIX))


def _is_ours(place: Path, into: Path) -> bool:
    return into in place.parents or place.name.startswith(PART_PREFIX)


def _fixed_part(pattern: Path) -> Path:
    """Return the folder up to which a pattern names one place."""
    parts = pattern.parts[:-1]
    free = next((at for at, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return Path(*parts[:free])


def _is_one_source(options: Options, base: Path, found: list[Path]) -> bool:
    """Return whether a folder is what one run shows: pictures, with no folder of more in it."""
    if any(not _is_still(file) for file in found):
        return False
    return all(file.parent == base for file in found) or any(_asks(options, name) for name in _OF_ONE_SOURCE)


def _is_still(path: Path) -> bool:
    return path.suffix.lower() in STILL_SUFFIXES and not is_animation(path)


def _asks(options: Options, name: str) -> bool:
    return bool(getattr(options, name, None))


def _check(options: Options, path: Path, into: Path, found: list[Path]) -> None:
    for name in _OF_ONE_SOURCE:
        if _asks(options, name):
            raise UsageError(
                f"{flag(name)} is for one source, and --source {options.source} means many files.",
                "Leave it out, or give the files one by one.",
            )
    if not found:
        raise InputError(
            f"--source {options.source} means no picture or video.",
            "Check the path; a pattern stands in quotes, as in --source 'recordings/*.mp4'.",
        )
    if file_identity(path) is not None and file_identity(path) == file_identity(into):
        raise UsageError(
            f"--output {into} is the folder of the sources, which would be lost.",
            f"Give another folder: --output {into / 'covered'}/.",
        )


def _named(base: Path, into: Path, found: list[Path]) -> Iterator[FileToCover]:
    """Give each file the name of its result: its own, as far as there is such an output, and never one twice."""
    taken: set[str] = set()
    for file in found:
        name, still = Path(os.path.relpath(file, base)), _is_still(file)
        writable = not still and name.suffix.lower() in _WRITTEN_SUFFIXES
        result = name if writable else name.with_suffix(ending_like(file) if still else ".mp4")
        while str(result).casefold() in taken:  # as one run names the pictures of a folder
            result = result.with_name(f"{result.stem}_emoji{result.suffix}")
        taken.add(str(result).casefold())
        yield FileToCover(name.as_posix(), file, into / result, still)


def _check_kept(many_files: ManyFiles) -> None:
    """Raise UsageError where a result would be written over one of the sources, by whatever name."""
    read = {file_identity(file.source): file for file in many_files.files}
    for file in many_files.files:
        lost = read.get(file_identity(file.result)) if file.result.exists() else None
        if lost is not None:
            raise UsageError(
                f"The result of {file.name} would be written over {lost.name}, which would be lost.",
                "Give another folder: --output covered/.",
            )
