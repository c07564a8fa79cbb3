"""Keys from the terminal: which runs have them, what is typed, and that the terminal is put back."""

from __future__ import annotations

import contextlib
import os
import sys

import pytest

from realtime.controls import KEYS, Controls, command_of
from realtime.outputs import keyboard as terminal
from realtime.outputs.keyboard import TerminalKeyboard
from realtime.outputs.open import open_outputs
from tests.outputs.conftest import context

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

    try:
        person, ours = pty.openpty()
    except OSError as error:
        pytest.skip(f"there is no pseudo terminal here: {error.strerror}")
    monkeypatch.setattr(os, "tcgetpgrp", lambda fd: os.getpgrp())
    yield person, ours
    for end in (person, ours):
        with contextlib.suppress(OSError):
            os.close(end)


@pytest.mark.parametrize(
    ("typed", "word"),
    [(["jo", "ke\n"], "joke"), (["\r"], ""), (["no\x7f\x7fyes\n"], "yes"), (["never mind", "\x1b"], "")],
)
def test_what_is_typed_after_a_mark_is_its_word(typed, word, capsys):
    controls = Controls()
    keyboard = TerminalKeyboard(controls, Typed("e", *typed, "q"))
    assert keyboard.pressed(0) == ["e"]
    controls.change(marking=True)
    assert [keyboard.pressed(0) for _ in typed] == [[]] * len(typed)
    assert controls.take_word() == word
    assert controls.take_word() is None
    controls.change(marking=False)
    assert keyboard.pressed(0) == ["q"]
    assert "Type a word" in capsys.readouterr().err


def test_a_report_has_keys_of_the_terminal_beside_those_of_the_window(monkeypatch, screen):
    given = TerminalKeyboard(Controls(), Typed("e"))
    monkeypatch.setattr(terminal, "of_terminal", lambda controls: given)
    for wanted in (True, False):
        with open_outputs(["window"], context(terminal=wanted)) as outputs:
            assert (len(outputs._keyboards) == 2) is wanted


def test_keys_have_names_and_their_effect_is_told(capsys):
    controls = Controls()
    keyboard = TerminalKeyboard(controls, Typed(" g", "H", " ", "\x1b"))
    effects = [{"paused": True, "gender": "female"}, {"help": True}, {"paused": False}, {}, {}]
    pressed = []
    for effect in effects:
        pressed.append(keyboard.pressed(0))
        controls.change(**effect)
    assert pressed == [["space", "g"], ["h"], ["space"], ["esc"], []]
    assert None not in [command_of(key) for keys in pressed for key in keys]
    said = capsys.readouterr()
    assert said.out == ""  # which --json has for itself
    lines = said.err.splitlines()
    assert lines[:3] == ["Keys work in this terminal; h lists them.", "Paused; space goes on.", "Drawing: female."]
    assert lines[3 : 3 + len(KEYS)] == [f"{key:6} {meaning}" for key, (_, meaning) in KEYS.items()]
    assert lines[3 + len(KEYS) :] == ["Going on."]


def test_help_is_listed_each_time_it_is_asked_for(capsys):
    controls = Controls()
    keyboard = TerminalKeyboard(controls, Typed())
    for asked in (True, False, True):  # as the key h changes it
        controls.change(help=asked)
        keyboard.pressed(0)
        keyboard.pressed(0)
    assert len(capsys.readouterr().err.splitlines()) == 1 + 3 * len(KEYS)


def test_notices_are_told_once(capsys):
    controls = Controls()
    typed = Typed()
    keyboard = TerminalKeyboard(controls, typed)
    for notice in ("Rest your face", "Rest your face", ""):
        controls.change(notice=notice)
        keyboard.pressed(0)
    assert capsys.readouterr().err.splitlines()[1:] == ["Rest your face"]
    keyboard.close()
    assert typed.closed


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
        assert terminal.of_terminal(Controls()) is None
    monkeypatch.setattr(sys, "stdin", None)
    assert terminal.of_terminal(Controls()) is None
    with os.fdopen(os.dup(pseudo[1])) as there:
        monkeypatch.setattr(sys, "stdin", there)
        found = terminal.of_terminal(Controls())
        assert found is not None
        found.close()


@pytest.mark.parametrize(
    ("outputs", "keys"),
    [(("virtual",), True), (("virtual", "none"), True), (("none",), False), (("virtual", "window"), False)],
)
def test_only_a_virtual_camera_without_a_window_has_them(outputs, keys, monkeypatch, virtual_camera, screen):
    typed = Typed("m")
    monkeypatch.setattr(terminal, "of_terminal", lambda controls: TerminalKeyboard(controls, typed))
    opened = open_outputs(outputs, context())
    assert opened.keys(0) == ["m"] * keys
    opened.close()
    assert typed.closed == keys
