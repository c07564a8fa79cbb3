"""Keys from the terminal: which runs have them, what is typed, and that the terminal is put back."""

from __future__ import annotations

import contextlib
import os
import sys

import pytest

from realtime.controls import KEYS, Controls
from realtime.outputs import keyboard as terminal
from realtime.outputs import open as address
from realtime.outputs.keyboard import TerminalSink
from tests.fakes import ListSource, frame

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are POSIX's")


class Typed:
    """A keyboard on which a text is typed, one piece at a read."""

    def __init__(self, *pieces: str) -> None:
        self.pieces = list(pieces)
        self.closed = False

    def read(self, wait_s: float) -> str:
        return self.pieces.pop(0) if self.pieces else ""

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def pseudo(monkeypatch):
    """A pseudo terminal in front; returns the end a person types at, and ours."""
    import pty

    person, ours = pty.openpty()
    monkeypatch.setattr(os, "tcgetpgrp", lambda fd: os.getpgrp())
    yield person, ours
    for end in (person, ours):
        with contextlib.suppress(OSError):
            os.close(end)


def test_keys_reach_the_controls_and_their_effect_is_told(capsys):
    controls = Controls()
    sink = TerminalSink(controls, Typed(" g", "H", " ", "\x1b"))
    for _ in range(5):
        for key in sink.keys(0):
            controls.press(key)
    assert controls.quit
    said = capsys.readouterr()
    assert said.out == ""  # which --json has for itself
    lines = said.err.splitlines()
    assert lines[:3] == ["Keys work in this terminal; h lists them.", "Paused; space goes on.", "Drawing: female."]
    assert lines[3 : 3 + len(KEYS)] == [f"{key:6} {meaning}" for key, meaning in KEYS.items()]
    assert lines[3 + len(KEYS) :] == ["Going on."]


def test_notices_are_told_once(capsys):
    controls = Controls()
    sink = TerminalSink(controls, Typed())
    sink.write(frame())
    for notice in ("Rest your face", "Rest your face", ""):
        controls.notice = notice
        sink.keys(0)
    assert capsys.readouterr().err.splitlines()[1:] == ["Rest your face"]
    keyboard = sink._keyboard
    assert sink.close() == ""
    assert keyboard.closed


def test_what_is_typed_is_read_at_once_and_not_shown(pseudo):
    import termios

    person, ours = pseudo
    before = termios.tcgetattr(ours)
    typed = terminal._Terminal(ours)
    assert typed.read(0) == ""
    os.write(person, b"m")
    assert typed.read(1) == "m"
    os.write(person, b"\x1b[A")  # an arrow is no ESC
    assert typed.read(1) == ""
    os.write(person, b"\x1b")
    assert typed.read(1) == "\x1b"
    assert not termios.tcgetattr(ours)[3] & (termios.ECHO | termios.ICANON)
    typed.close()
    assert termios.tcgetattr(ours) == before


def test_a_terminal_that_is_closed_gives_nothing_more(pseudo):
    person, ours = pseudo
    typed = terminal._Terminal(ours)
    os.close(person)
    assert [typed.read(0) for _ in range(3)] == ["", "", ""]
    typed.close()


def test_a_program_in_the_background_leaves_the_terminal_alone(pseudo, monkeypatch):
    import termios

    person, ours = pseudo
    before = termios.tcgetattr(ours)
    monkeypatch.setattr(os, "tcgetpgrp", lambda fd: os.getpgrp() + 1)
    typed = terminal._Terminal(ours)
    os.write(person, b"q\n")
    assert typed.read(0) == ""
    typed.close()
    assert termios.tcgetattr(ours) == before


def test_without_a_terminal_there_is_no_keyboard(pseudo, monkeypatch):
    with open(os.devnull) as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        assert terminal.keyboard() is None
    monkeypatch.setattr(sys, "stdin", None)
    assert terminal.keyboard() is None
    with os.fdopen(os.dup(pseudo[1])) as there:
        monkeypatch.setattr(sys, "stdin", there)
        found = terminal.keyboard()
        assert found is not None
        found.close()


@pytest.mark.parametrize(
    ("outputs", "keys"),
    [(("virtual",), True), (("virtual", "none"), True), (("none",), False), (("virtual", "window"), False)],
)
def test_only_a_virtual_camera_without_a_window_has_them(outputs, keys, monkeypatch):
    class Watched(terminal.QuietSink):
        paced = True

        def __init__(self, *_):
            pass

        def close(self) -> str:
            return ""

    class Window(Watched):
        pass

    monkeypatch.setattr(address, "VirtualCameraSink", Watched)
    monkeypatch.setattr(address, "WindowSink", Window)
    typed = Typed("m")
    monkeypatch.setattr(address, "keyboard", lambda: typed)
    controls = Controls()
    sinks = address.open_sinks(outputs, ListSource([]), controls, list)
    assert sinks.keys(0) == ["m"] * keys
    sinks.close()
    assert typed.closed == keys
