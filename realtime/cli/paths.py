"""Every file that a run reads and every one it writes, and that no file is both; known before anything is written."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from realtime.cli.options import Options
from realtime.cli.parse import ParsedOptions, profile_path, report_folder
from realtime.cli.passes import report_paths
from realtime.errors import UsageError
from realtime.images import PART_PREFIX, STILL_SUFFIXES
from realtime.outputs.base import file_identity, is_same_file
from realtime.outputs.kinds import kind_of
from realtime.packs.pack import find_packs
from realtime.shipped import SHIPPED_MODEL

log = logging.getLogger(__name__)

# A file smaller than this may be a list of videos, which are read as well.
_LARGEST_LIST_BYTES = 1 << 20


@dataclass(frozen=True)
class _Written:
    """Something that is written. said: as the user wrote it, with the option."""

    said: str
    path: Path
    is_folder: bool = False

    @property
    def remedy(self) -> str:
        """What to type in its place."""
        other = self.path.parent / f"{self.path.stem or 'covered'}-2{self.path.suffix}"
        return f"Give another name, as in {self.said.split(' ', 1)[0]} {other}{'/' * self.is_folder}."


class RunPaths:
    """What a run reads and writes.

    reads: files that are there. writes: files and folders, which may be there.
    """

    def __init__(self, options: Options, traced_source: str = "") -> None:
        """Collect both, and check that nothing that is read is written, and nothing written twice.

        Args:
            options: what the user wants.
            traced_source: what the frames of the trace that is replayed came from.

        Raises:
            UsageError: a file would be lost, or a name is of no file.
            AssetError: there is no such pack.
        """
        self._written = list(_written(options))
        self.reads = tuple(_read(options, traced_source))
        self.writes = tuple(written.path for written in self._written)
        self._check_twice(options)
        for written in self._written:
            _check_kind(written)
        self.refuse(self.reads)

    def refuse(self, reads: Iterable[Path]) -> None:
        """Raise UsageError where a file that is read would be written."""
        identities = {file_identity(path) for path in reads} - {None}
        for written in self._written:
            if not written.is_folder and file_identity(written.path) in identities:
                raise UsageError(f"{written.said} is read in this run, and would be lost.", written.remedy)

    def tell_of_left_overs(self) -> None:
        """Warn of unfinished files in the folders that are written to, whose runs were killed."""
        folders = {str(w.path if w.is_folder else w.path.parent): None for w in self._written}
        for folder in folders:
            with contextlib.suppress(OSError):
                found = [path for path in sorted(Path(folder).glob(f"{PART_PREFIX}*")) if not in_progress(path)]
                if found:
                    log.warning(
                        "In %s a run that was killed left unfinished files: %s. They can be removed.",
                        Path(folder).absolute(),
                        ", ".join(path.name for path in found),
                    )

    def _check_twice(self, options: Options) -> None:
        if options.output.count("auto") > 1:
            raise UsageError("--output auto is given twice, and would be one file.", "Give --output auto once.")
        for at, one in enumerate(self._written):
            for other in self._written[:at]:
                if _is_same(one.path, other.path):
                    raise UsageError(f"{other.said} and {one.said} are the same file.", one.remedy)
                for outer, inner in ((one, other), (other, one)):
                    if not outer.is_folder and Path(_place(outer.path)) in Path(_place(inner.path)).parents:
                        raise UsageError(f"{outer.said} is a file, so {inner.said} can't be in it.", inner.remedy)


def check_source(address: str) -> None:
    """Raise UsageError for the name of a source that no file can have, or that the video decoder can't take."""
    path = _path("--source", address)
    if not (_is_text(address) or path.is_dir() or path.suffix.lower() in STILL_SUFFIXES):
        raise UsageError(
            f"The name of --source {address} is no valid text, so it can't be opened.",
            "Rename the file, as to clip.mp4, and give that name.",
        )


def _written(options: Options) -> Iterator[_Written]:
    for address in options.output:
        path = _path("--output", address)
        kind = None if address == "auto" else kind_of(address)
        if kind is None or not kind.suffixes:
            continue
        if kind.name == "video" and not _is_text(address):
            raise UsageError(
                f"The name of --output {address} is no valid text.", "Give another name, as in --output covered.mp4."
            )
        yield _Written(f"--output {address}", path, is_folder="" in kind.suffixes)
    for name in options.timeline:
        _path("--timeline", name)
        yield _Written(f"--timeline {name}", Path(name))
    if options.report is not None:
        _path("--report", options.report)
        yield _Written(f"--report {options.report}", report_folder(options.report), is_folder=True)
    if options.record_trace is not None:
        _path("--record-trace", str(options.record_trace))
        yield _Written(f"--record-trace {options.record_trace}", options.record_trace)
    if options.analysis is not None:
        _path("--analysis", str(options.analysis))
        yield _Written(f"--analysis {options.analysis}", options.analysis)
    for path in report_paths(options):
        yield _Written(f"The report {path}", path)


def _read(options: Options, traced_source: str) -> Iterator[Path]:
    for source in (options.source, traced_source):
        check_source(source)
        yield from _files_of(source)
    for name in options.against:
        yield _path("--against", name)
    if options.replay is not None:
        _path("--replay", str(options.replay))
        yield options.replay
    if options.from_analysis is not None:
        _path("--from-analysis", str(options.from_analysis))
        yield options.from_analysis
    model = options.model or SHIPPED_MODEL
    _path("--model", str(model))
    if not _is_text(str(model)):
        raise UsageError(
            f"The name of --model {model} is no valid text.", "Rename the file, as to model.onnx, and give that name."
        )
    yield from (model, model.parent / f"{model.name}.data", model.parent / f"{model.stem}.data")
    _path("--pack", options.pack)
    for pack in find_packs(options.pack):
        yield from pack.rglob("*") if pack.is_dir() else (pack,)
    if isinstance(options, ParsedOptions) and options.config is not None:
        yield options.config
    yield profile_path(options.profile)


def _files_of(source: str) -> Iterator[Path]:
    """Give the files of a source: itself, those of a folder, those that a list of videos names."""
    if source in ("", "auto", "demo") or ("://" in source and not source.lower().startswith("file://")):
        return
    path = Path(source[len("file://") :]) if "://" in source else _path("--source", source)
    with contextlib.suppress(OSError):
        if path.is_dir():
            yield from path.iterdir()
        elif path.is_file():
            yield path
            if path.stat().st_size < _LARGEST_LIST_BYTES:
                yield from _listed(path)


def _listed(path: Path) -> Iterator[Path]:
    """Give the files that a list, such as .m3u8, names; no list names any."""
    with contextlib.suppress(OSError, ValueError):
        for line in path.read_text(encoding="utf-8").splitlines():
            name = line.strip().removeprefix("file ").strip(" '\"")
            if name and not name.startswith("#") and os.path.isfile(path.parent / name):
                yield path.parent / name


def _path(option: str, name: str) -> Path:
    """Return what a user named, with the folder of a user in place of ~. Raises UsageError for what no file can be."""
    if "\0" in name:
        raise UsageError(
            f"{option} {name!r} can't be the name of a file.", f"Give {option} a name without the zero character."
        )
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        raise UsageError(
            f"{option} {name} is in the folder of a user who is not there.", "Give the whole path."
        ) from error


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_kind(written: _Written) -> None:
    """Raise UsageError for a file whose place is taken by something that is no file, like a folder or a device."""
    try:
        mode = written.path.stat().st_mode
    except (OSError, ValueError):
        return
    if written.is_folder:
        return
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "a device or a pipe, not a file"
        raise UsageError(f"{written.said} is {what}.", written.remedy)


def _is_same(one: Path, other: Path) -> bool:
    return _place(one) == _place(other) or is_same_file(one, other)


def _place(path: Path) -> str:
    """Return where a path leads to, which need not be there; one text for one place."""
    place = os.path.realpath(path)
    return place.casefold() if sys.platform in ("darwin", "win32") else place


def in_progress(path: Path) -> bool:
    """Return whether the process that writes an unfinished file or folder still runs, as far as can be told."""
    number = path.name[len(PART_PREFIX) :].partition("-")[0]
    if not number.isdecimal() or os.name == "nt":  # there, os.kill ends a process whatever it is sent
        return False
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
