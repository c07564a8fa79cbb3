"""What the program owes to the shell that started it, from the first moment on: whole streams, and a plain end."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any, TextIO, cast

from realtime.errors import OutputError

Handler = Callable[[int, FrameType | None], None]


@contextlib.contextmanager
def ending_plainly() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the program as Ctrl-C does, and tell in one line when nobody can be told anything.

    Raises:
        OutputError: standard output is closed, or can't be written.
        BrokenPipeError: whoever read standard output has had enough of it.
        KeyboardInterrupt: a signal came.
    """
    _open_standard_error()
    if sys.stdout is None:
        raise OutputError(
            "Standard output is closed, so nothing can be told.", "Leave it open, or send it to a file or /dev/null."
        )
    told, came = _Told(sys.stdout), list[int]()

    def interrupt(number: int, _: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    with handling(names, interrupt), contextlib.redirect_stdout(cast(TextIO, told)):
        try:
            yield
        except SystemExit:  # after --help
            told.flush()
            raise
        except BaseException as error:
            if came:  # a library that is being imported makes an error of its own of it
                raise KeyboardInterrupt from error
            with contextlib.suppress(OutputError, BrokenPipeError):  # the first error is the one to be told
                told.flush()
            raise
        told.flush()


class _Told:
    """Standard output, whose failures are errors that are told; after one it leads to nothing and fails no more."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write. Raises OutputError, or BrokenPipeError where whoever read it has had enough of it."""
        with self._failing():
            return self._stream.write(text)

    def flush(self) -> None:
        """Write what waits to be written. Raises as `write` does."""
        with self._failing():
            self._stream.flush()

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            with contextlib.suppress(OSError):
                nothing = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nothing, self._stream.fileno())
                os.close(nothing)
            if isinstance(error, BrokenPipeError):
                raise
            raise OutputError(
                f"Standard output can't be written: {error.strerror}.", "Free some space, or send it elsewhere."
            ) from error


@contextlib.contextmanager
def handling(names: Sequence[str], handler: Handler) -> Iterator[None]:
    """Have signals handled, and put back how they were at the end; only the main thread of a process can do so.

    names: those that this system does not know are left out, and SIGHUP where nohup has it ignored.
    """
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    hangup = getattr(signal, "SIGHUP", None)
    numbers = [n for n in numbers if not (n == hangup and signal.getsignal(n) is signal.SIG_IGN)]
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _open_standard_error() -> None:
    """Point a standard error that is closed at nothing, before a file of ours gets its number and is written to."""
    if sys.stderr is None:
        nothing = os.open(os.devnull, os.O_WRONLY)
        if nothing != 2:
            os.dup2(nothing, 2)
            os.close(nothing)
        sys.stderr = os.fdopen(2, "w", errors="backslashreplace", closefd=False)
