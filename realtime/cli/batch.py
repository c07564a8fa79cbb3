"""Many files, one after the other or several at once: each covered by a run of its own, and a table at the end."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import sys
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from realtime.cli.batch_files import ManyFiles, many
from realtime.cli.batch_journal import Journal
from realtime.cli.batch_workers import with_processes
from realtime.cli.jobs import FINISHED_CODES, FileJob, FileResult
from realtime.cli.options import Options
from realtime.cli.paths import in_progress
from realtime.errors import OutputError, UsageError
from realtime.images import PART_PREFIX
from realtime.limits import one_line

__all__ = ["cover_many", "many", "worst"]

# The end of the name of the folder for what is unfinished; the rest is as with every unfinished file.
_WORKPLACE_END = "-batch"


def cover_many(options: Options, files: ManyFiles) -> int:
    """Cover files, tell how each went, and return the exit code of the worst.

    What an earlier run has finished with the same options is not done again, unless the options ask for it.

    Raises:
        EmojiCameraError: The folder of the results can't be used, or Ray can't be.
        KeyboardInterrupt: It was stopped; what is finished is kept, and nothing else is left.
    """
    results: dict[str, FileResult] = {}
    names = {file.name: file for file in files.files}
    with _workplace(files.folder) as workplace, Journal(files.folder, options) as journal:
        if not options.again:
            results = {name: done for name, file in names.items() if (done := journal.earlier(file)) is not None}
        jobs = [FileJob(file, options, workplace) for file in files.files if file.name not in results]
        with _progress(len(names), len(results)) as progress:
            try:
                with contextlib.closing(_covering(jobs, options)) as covering:
                    for result in covering:
                        journal.add(names[result.name], result)
                        results[result.name] = result
                        progress(result)
            except KeyboardInterrupt:
                _tell_of_stop(sum(result.finished for result in results.values()), len(names))
                raise
    tell(files, [results[name] for name in names])
    return worst([result.exit_code for result in results.values()])


def worst(codes: Sequence[int]) -> int:
    """Return the exit code of many from those of each: one of an unfinished file, if there is any."""
    return max(codes, key=lambda code: (code not in FINISHED_CODES, code))


def _covering(jobs: Sequence[FileJob], options: Options) -> Generator[FileResult, None, None]:
    if options.ray is None:
        yield from with_processes(jobs, options.jobs)
    else:
        from realtime.cli.batch_ray import with_ray

        yield from with_ray(jobs, options.ray, options.jobs)


@contextlib.contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """Give a folder for what is unfinished, which is removed at the end, as are those of runs that were killed.

    Raises:
        UsageError: Another run is writing to the folder of the results.
        OutputError: It can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in sorted(folder.glob(f"{PART_PREFIX}*{_WORKPLACE_END}")):
            if in_progress(left):
                raise UsageError(
                    f"Another run is writing to {folder}.", f"Wait until it is done; if none is, remove {left}."
                )
            shutil.rmtree(left, ignore_errors=True)
        place = folder / f"{PART_PREFIX}{os.getpid()}{_WORKPLACE_END}"
        place.mkdir()
    except OSError as error:
        raise OutputError(
            f"The folder {folder} can't be written: {error.strerror}.", "Give another one: --output covered/."
        ) from error
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


class _Progress:
    """Tells of each file that is done: a bar on a terminal, else a line each."""

    def __init__(self, total: int, done: int) -> None:
        self._total, self._done = total, done
        self._bar = None
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=total, initial=done, unit="file", file=sys.stderr)

    def __call__(self, result: FileResult) -> None:
        self._done += 1
        if self._bar is not None:
            self._bar.update()
        else:
            said = f"{self._done}/{self._total} {one_line(result.name)}: {_said(result)}, {result.seconds:.1f} s"
            print(said, file=sys.stderr, flush=True)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


@contextlib.contextmanager
def _progress(total: int, done: int) -> Iterator[_Progress]:
    with contextlib.closing(_Progress(total, done)) as progress:
        yield progress


def _said(result: FileResult) -> str:
    if not result.finished:
        return f"failed ({result.exit_code})"
    said = "covered" if result.exit_code == 0 else f"covered, to be looked at ({result.exit_code})"
    return f"{said} earlier" if result.earlier else said


def tell(files: ManyFiles, results: Sequence[FileResult]) -> None:
    """Print the table and its sum."""
    rows = [("file", "result", "seconds", "people")]
    for result in results:
        seconds, people = f"{result.seconds:.1f}", str(result.people)
        seconds, people = "" if result.earlier else seconds, people if result.finished else ""
        rows.append((one_line(result.name), _said(result), seconds, people))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row, why in zip(rows, ("what went wrong", *(one_line(result.why) for result in results)), strict=True):
        line = f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}"
        print(f"{line}  {why}".rstrip())
    for result in results:
        for note in result.notes:
            print(f"{one_line(result.name)}: {note}")
    finished, earlier = (sum(getattr(result, what) for result in results) for what in ("finished", "earlier"))
    before = f" ({earlier} of them by an earlier run)" if earlier else ""
    print(f"Covered: {finished} of {len(results)} files{before}, in {files.folder}.")
    if files.left_out:
        print(f"Left out: {files.left_out} files that are no pictures or videos by their names.")


def _tell_of_stop(finished: int, total: int) -> None:
    command = shlex.join(arg for arg in sys.argv if arg != "--again")
    print(f"Stopped: {finished} of {total} files are covered. To go on with the others: {command}", file=sys.stderr)
