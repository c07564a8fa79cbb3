"""Keys from the terminal, for a virtual camera without a window to press them in."""

from __future__ import annotations

import os
import sys
import time
from typing import Protocol

from realtime.controls import KEYS, MAX_WORD, Controls

_NAMES = {"\x1b": "esc", " ": "space"}
_POLL_S = 0.02


class Terminal(Protocol):
    """Gives what is typed, without showing it."""

    def read(self, wait_s: float) -> str:
        """Return the characters typed, waiting `wait_s` seconds at most; empty for none."""

    def close(self) -> None:
        """Put the terminal back as it was found."""


class TerminalKeyboard:
    """The keys pressed in a terminal; a line on stderr says what has come of them."""

    def __init__(self, controls: Controls, terminal: Terminal) -> None:
        """Tell the user that keys work.

        Args:
            controls: tells the state.
            terminal: where keys are pressed; closed with the keyboard.
        """
        self._controls = controls
        self._terminal = terminal
        self._told = controls.state
        self._word = ""
        _say("Keys work in this terminal; h lists them.")

    def pressed(self, wait_s: float) -> list[str]:
        """Return the names of the keys pressed, waiting `wait_s` seconds at most, and tell what has changed."""
        self._tell()
        typed = self._terminal.read(wait_s)
        if self._controls.state.marking:
            self._take_word(typed)
            return []
        return [_NAMES.get(key, key.lower()) for key in typed]

    def close(self) -> None:
        """Put the terminal back as it was found."""
        self._terminal.close()

    def _take_word(self, typed: str) -> None:
        """Take what is typed for the word of a mark, which Enter ends and ESC takes back."""
        for key in typed:
            if key in "\r\n\x1b":
                self._controls.name_mark("" if key == "\x1b" else self._word)
                _say("")
                self._word = ""
                return
            if key in "\x7f\b":
                self._word = self._word[:-1]
            elif key.isprintable() and len(self._word) < MAX_WORD:
                self._word += key
            print(f"\r\x1b[K{self._word}", end="", file=sys.stderr, flush=True)

    def _tell(self) -> None:
        before, now = self._told, self._controls.state
        self._told = now
        if now.paused != before.paused:
            _say("Paused; space goes on." if now.paused else "Going on.")
        if now.gender != before.gender:
            _say(f"Drawing: {now.gender}.")
        if now.held != before.held:
            _say(f"Held: {now.held}; 0 lets go." if now.held else "Nothing is held.")
        if now.alive != before.alive:
            _say(f"Emoji {'move with the face' if now.alive else 'stay still'}.")
        if now.notice and now.notice != before.notice:
            _say(now.notice)
        if now.marking and not before.marking:
            _say("Marked. Type a word for it and Enter, or Enter alone:")
        if now.help != before.help:  # a terminal hides nothing again, so each press of the key lists them
            _say("\n".join(f"{key:6} {meaning}" for key, (_, meaning) in KEYS.items()))


def of_terminal(controls: Controls) -> TerminalKeyboard | None:
    """Return the keyboard of the terminal this program was started in; None if there is none, as for a service."""
    if sys.stdin is None or not sys.stdin.isatty():
        return None
    try:
        return TerminalKeyboard(controls, _Terminal(sys.stdin.fileno()))
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
