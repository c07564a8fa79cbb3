"""Processes that cover files, on this machine. One that dies takes no other with it, nor the file it was at."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait

from realtime.cli.jobs import FileJob, FileResult, cover_file
from realtime.errors import InputError
from realtime.quiet import quiet

# A file whose process died is tried this many times in all.
TRIES = 2


def with_processes(jobs: Sequence[FileJob], processes: int) -> Iterator[FileResult]:
    """Cover files in processes of their own, and give each result as it comes.

    A file whose process is killed is done again once, then given up. All processes are gone when this is closed.

    Args:
        jobs: in the order in which they are begun.
        processes: how many there are at once.
    """
    waiting = [(job, 1) for job in reversed(jobs)]
    workers = [_Worker() for _ in range(min(processes, len(jobs)))]
    try:
        while waiting or any(worker.job for worker in workers):
            for worker in workers:
                if waiting and worker.job is None:
                    worker.begin(*waiting.pop())
            busy = {worker.line: worker for worker in workers if worker.job is not None}
            for line in wait(list(busy)):
                worker = busy[line]  # type: ignore[index]
                job, tries = worker.job, worker.tries
                assert job is not None
                result = worker.result()
                if result is None and tries < TRIES:
                    waiting.append((job, tries + 1))
                else:
                    yield result or gave_up(job)
    finally:
        for worker in workers:
            worker.close()


def gave_up(job: FileJob) -> FileResult:
    """Return the result of a file whose process died every time."""
    why = f"The process that worked on it died {TRIES} times. Check that it plays, and that there is memory for it."
    return FileResult(job.file.name, InputError.exit_code, why=why)


class _Worker:
    """A process and the line to it; a new one is begun where it has died. job, tries: what it is at."""

    def __init__(self) -> None:
        self.job: FileJob | None = None
        self.tries = 0
        self._begin()

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.line, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()  # so that its end is seen here

    def begin(self, job: FileJob, tries: int) -> None:
        """Send it a job."""
        self.job, self.tries = job, tries
        try:
            self.line.send(job)
        except OSError:  # it died while it had nothing to do
            self.close()
            self._begin()
            self.line.send(job)

    def result(self) -> FileResult | None:
        """Take what came of the job, None where the process died."""
        self.job = None
        try:
            return self.line.recv()
        except (EOFError, OSError):
            self.close()
            self._begin()
            return None

    def close(self) -> None:
        """End the process at once: what it has not finished is in a folder that is removed."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self.line.close()


def _work(line: Connection) -> None:
    """Do the jobs that come, in a process of its own, which ends with the one that began it."""
    if hasattr(os, "setpgrp"):
        os.setpgrp()  # Ctrl-C is for the one that began it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            job: FileJob = line.recv()
            with quiet(job.options.verbose):
                result = cover_file(job)
            line.send(result)
        except (EOFError, OSError):
            return


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
