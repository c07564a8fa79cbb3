"""What reaches standard error."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator


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
