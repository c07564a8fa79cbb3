"""How the program behaves as a process: what reaches standard error, and how it is stopped."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator

from realtime.cli.shell import handling
from realtime.controls import Command, Controls


@contextlib.contextmanager
def quiet(verbose: bool) -> Iterator[None]:
    """Show our own messages, and keep what native libraries write to standard error from the user.

    verbose: show theirs too, and all of ours. Everything is put back at the end.
    """
    with contextlib.ExitStack() as undo:
        with contextlib.suppress(OSError, ValueError):  # a stream without a file has nothing to keep apart
            if not verbose:
                undo.enter_context(_native_silenced(sys.stderr.fileno()))
            sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        root, handler = logging.getLogger(), logging.StreamHandler(sys.stderr)
        root.addHandler(handler)
        undo.callback(root.removeHandler, handler)
        root.setLevel(logging.DEBUG if verbose else logging.WARNING)
        yield


@contextlib.contextmanager
def _native_silenced(native: int) -> Iterator[None]:
    """Point the file that native libraries write to at nothing, and Python's standard error at where it pointed."""
    kept = os.dup(native)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, native)
    os.close(nothing)
    try:
        ours = os.fdopen(kept, "w", 1, errors="backslashreplace", closefd=False)
        with ours, contextlib.redirect_stderr(ours):
            yield
    finally:
        os.dup2(kept, native)
        os.close(kept)


class Stopping:
    """What a signal does, at each stage of a run: it ends the opening at once, and the run after the frame at hand.

    While files are finished it waits. A second one ends the run at once, with the files finished.
    """

    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._runs = False
        self._waits = False
        self.came = False

    def run(self) -> None:
        """Begin the run. Raises KeyboardInterrupt where a library kept an earlier one to itself."""
        self._runs = True
        if self.came:
            raise KeyboardInterrupt

    def finish(self) -> None:
        """Begin to finish files, which nothing may break off."""
        self._waits = True

    def let_go(self) -> None:
        """End that: what is left to be closed may be broken off, as it may hang."""
        self._runs = self._waits = False

    def __call__(self, number: int, _: object) -> None:
        """Take a signal. Raises KeyboardInterrupt."""
        again, self.came = self.came, True
        if self._waits:
            return
        if again or not self._runs:
            raise KeyboardInterrupt
        self._controls.send(Command.QUIT)


@contextlib.contextmanager
def stopping_on_signals(controls: Controls) -> Iterator[Stopping]:
    """Let Ctrl-C and its kin end the run, as `Stopping` says; its stages are the caller's to tell.

    Raises:
        KeyboardInterrupt: at the end, when one came; at once, as `Stopping` says.
    """
    stopping = Stopping(controls)
    with handling(("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"), stopping):
        yield stopping
    if stopping.came:
        raise KeyboardInterrupt
