"""How the program is stopped."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from realtime.cli.shell import handling
from realtime.controls import Command, Controls


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
