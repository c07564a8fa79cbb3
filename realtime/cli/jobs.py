"""One file of many: the run that covers it, in whatever process it is, and what came of it."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from realtime import libraries
from realtime.cli.batch_files import FileToCover, of_file
from realtime.cli.fingerprint import Fingerprint, fingerprint
from realtime.cli.options import Options
from realtime.controls import Controls
from realtime.errors import AssetError, EmojiCameraError, InputError, OutputError
from realtime.limits import one_line
from realtime.records import Frame, Reading

log = logging.getLogger(__name__)

# Errors that are told although the file is finished: it wants a look.
FINISHED_CODES = (0, 7)


@dataclass(frozen=True)
class FileJob:
    """What a process needs to cover one file. workplace: a folder for unfinished files, on the disk of the results."""

    file: FileToCover
    options: Options
    workplace: Path


@dataclass(frozen=True)
class FileResult:
    """What came of one file.

    exit_code: what the program would have ended with. seconds: that it took. people: seen in it. why: what went wrong.
    notes: what there was to say. source: the file as it was read; None if it could not be. written: the size of the
    result in bytes. earlier: whether all this was in an earlier run.
    """

    name: str
    exit_code: int
    seconds: float = 0.0
    people: int = 0
    why: str = ""
    notes: tuple[str, ...] = ()
    source: Fingerprint | None = None
    written: int = 0
    earlier: bool = False

    @property
    def finished(self) -> bool:
        """Whether the result is there and whole."""
        return self.exit_code in FINISHED_CODES


def cover_file(job: FileJob) -> FileResult:
    """Cover one file, as `app.py` does with the same options, and put what is written in its place when all of it is.

    It can be called again, by any process that reads and writes the same folders. Whatever goes wrong is in the result.
    """
    begun_s, seen = time.monotonic(), set[int]()
    result = FileResult(job.file.name, 0)
    with _listening() as notes:
        try:
            result = replace(result, source=fingerprint(job.file.source))
            result = replace(result, written=_covered(job, seen))
        except EmojiCameraError as error:
            result = replace(result, exit_code=error.exit_code, why=str(error))
            with contextlib.suppress(OSError):
                result = replace(result, written=job.file.result.stat().st_size if result.finished else 0)
        except MemoryError:
            result = replace(result, exit_code=InputError.exit_code, why="There was not enough memory for it.")
        except Exception as error:
            log.debug("%s", job.file.name, exc_info=True)
            told = libraries.told(error) if isinstance(error, ImportError) else None
            code = AssetError.exit_code if isinstance(error, ImportError) else 1
            why = " ".join(told) if told else f"A fault of this program: {type(error).__name__}: {error}."
            result = replace(result, exit_code=code, why=why)
    return replace(
        result, seconds=time.monotonic() - begun_s, people=len(seen), why=one_line(result.why), notes=tuple(notes)
    )


def _covered(job: FileJob, seen: set[int]) -> int:
    """Cover a file, telling who is seen; return the size of the result. Raises EmojiCameraError."""
    from realtime.cli.build import open_run  # dear, and not wanted where files are only counted

    try:
        # A folder of its own for each try, as one that was given up may still be going on elsewhere.
        place = Path(tempfile.mkdtemp(dir=job.workplace))
    except OSError as error:
        raise OutputError(
            f"{job.workplace} can't be written: {error.strerror}.", "Free some space, or give another --output."
        ) from error
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                with open_run(of_file(job.options, job.file, place), Controls(), _counting(seen)) as run:
                    run()
            except EmojiCameraError as error:
                if error.exit_code in FINISHED_CODES:
                    _put_in_place(place, job.file)
                raise
            return _put_in_place(place, job.file)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _counting(seen: set[int]) -> Callable[[Frame, Sequence[Reading]], None]:
    """Return what takes down who is seen."""

    def count(frame: Frame, readings: Sequence[Reading]) -> None:
        seen.update(reading.track for reading in readings if reading.raw is not None)

    return count


def _put_in_place(place: Path, file: FileToCover) -> int:
    """Move what a run has written, the result last, so that what belongs to it is there when it is."""
    made = place / file.result.name
    if not made.is_file():
        raise InputError(f"{file.name} gave no picture, so nothing was written.", "Check that it plays.")
    size = made.stat().st_size
    try:
        file.result.parent.mkdir(parents=True, exist_ok=True)
        for one in sorted(place.iterdir(), key=lambda one: one == made):
            os.replace(one, file.result.with_name(one.name))
    except OSError as error:
        raise OutputError(
            f"{file.result} can't be written: {error.strerror}.", "Make room for it, or give another --output."
        ) from error
    return size


@contextlib.contextmanager
def _listening() -> Iterator[list[str]]:
    """Collect what is warned of, each line once."""
    notes: dict[str, None] = {}
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: notes.setdefault(one_line(record.getMessage()))  # type: ignore[method-assign]
    told = list[str]()
    logging.getLogger("realtime").addHandler(handler)
    try:
        yield told
    finally:
        logging.getLogger("realtime").removeHandler(handler)
        told.extend(notes)
