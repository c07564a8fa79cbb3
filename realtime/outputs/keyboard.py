"""Keys from the terminal, for a virtual camera without a window to press them in."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from typing import Protocol

from realtime.controls import KEYS, Controls
from realtime.outputs.files import QuietSink
from realtime.records import Frame

_NAMES = {"\x1b": "esc", " ": "space"}
_POLL_S = 0.02


class Keyboard(Protocol):
    """Gives what is typed, character by character and without showing it."""

    def read(self, wait_s: float) -> str: ...
    def close(self) -> None: ...


class TerminalSink(QuietSink):
    """Shows nothing and passes keys on; says in a line what they changed."""

    def __init__(self, controls: Controls, keyboard: Keyboard) -> None:
        self._controls = controls
        self._keyboard = keyboard
        self._told = replace(controls)
        _say("Keys work in this terminal; h lists them.")

    def write(self, frame: Frame) -> None:
        pass

    def keys(self, wait_s: float) -> list[str]:
        if self._controls != self._told:
            self._tell()
        return [_NAMES.get(key, key.lower()) for key in self._keyboard.read(wait_s)]

    def close(self) -> str:
        self._keyboard.close()
        return ""

    def _tell(self) -> None:
        before, now = self._told, self._controls
        self._told = replace(now)
        if now.paused != before.paused:
            _say("Paused; space goes on." if now.paused else "Going on.")
        if now.gender != before.gender:
            _say(f"Drawing: {now.gender}.")
        if now.notice and now.notice != before.notice:
            _say(now.notice)
        if now.help and not before.help:
            _say("\n".join(f"{key:6} {meaning}" for key, meaning in KEYS.items()))
            now.help = False  # so that the next h tells them again


def keyboard() -> Keyboard | None:
    """Return the terminal this program was started in; None if there is none, as for a service or a pipe."""
    if sys.stdin is None or not sys.stdin.isatty():
        return None
    try:
        return _Terminal(sys.stdin.fileno())
    except (OSError, ValueError, ImportError):
        return None


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if sys.platform == "win32":
    import msvcrt

    class _Terminal:
        """The console of Windows."""

        def __init__(self, terminal: int) -> None:
            """terminal: its file descriptor, which Windows does not need."""

        def read(self, wait_s: float) -> str:
            end_s = time.monotonic() + wait_s
            while not msvcrt.kbhit():
                if (left_s := end_s - time.monotonic()) <= 0:
                    return ""
                time.sleep(min(left_s, _POLL_S))
            key = msvcrt.getwch()
            if key in ("\x00", "\xe0"):  # the first half of an arrow or a function key
                msvcrt.getwch()
                return ""
            return key

        def close(self) -> None:
            pass

else:
    import select
    import termios
    import tty

    class _Terminal:
        """A terminal of Linux or macOS, put back as it was in the end."""

        def __init__(self, terminal: int) -> None:
            """terminal: its file descriptor. Raises OSError."""
            self._terminal = terminal
            self._there = True
            try:
                self._before = termios.tcgetattr(terminal)
                if self._in_front():  # a program in the background would be stopped for this
                    tty.setcbreak(terminal)
            except termios.error as error:
                raise OSError(*error.args) from error

        def read(self, wait_s: float) -> str:
            if not (self._there and self._in_front()):
                time.sleep(wait_s)
                return ""
            if not select.select([self._terminal], [], [], wait_s)[0]:
                return ""
            try:
                typed = os.read(self._terminal, 64).decode(errors="ignore")
            except OSError:
                typed = ""
            self._there = bool(typed)  # nothing to read, though told to: the terminal was closed
            # What begins with ESC and goes on is an arrow or a function key.
            return "" if len(typed) > 1 and typed[0] == "\x1b" else typed

        def close(self) -> None:
            try:
                if self._in_front():
                    termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._before)
            except termios.error:  # it was closed before us
                pass

        def _in_front(self) -> bool:
            try:
                return os.tcgetpgrp(self._terminal) == os.getpgrp()
            except OSError:
                return False
