"""What the user can ask for while the program runs: commands, the keys for them, and the state they change."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from enum import Enum
from queue import Empty, SimpleQueue
from typing import Any

from realtime.records import EMOTIONS, PRESENTATIONS

GENDER_CHOICES = ("auto", *PRESENTATIONS)
# The word of a mark has no more characters.
MAX_WORD = 80


class Command(Enum):
    """Something the user asks for; `realtime.engine.loop` obeys each of them."""

    QUIT = "quit"
    PAUSE = "pause"
    MIRROR = "mirror"
    STATS = "stats"
    NEXT_DRAWING = "next drawing"
    NEXT_PACK = "next pack"
    NEXT_SKIN = "next skin"
    RELOAD_PACK = "reload pack"
    CALIBRATE = "calibrate"
    FORGET_NEUTRAL = "forget neutral"
    NEXT_EXPRESSION = "next expression"
    ALIVE = "alive"
    HOLD_ANGRY = "hold angry"
    HOLD_DISGUST = "hold disgust"
    HOLD_FEAR = "hold fear"
    HOLD_HAPPY = "hold happy"
    HOLD_SAD = "hold sad"
    HOLD_SURPRISE = "hold surprise"
    HOLD_NEUTRAL = "hold neutral"
    LET_GO = "let go"
    MARK = "mark"
    HELP = "help"


# What holds an expression -> which one.
HOLDS = {Command(f"hold {emotion}"): emotion for emotion in EMOTIONS}

# Key -> what it asks for, and what users are told of it. ESC and the window's close button are the same as q.
KEYS: dict[str, tuple[Command, str]] = {
    "q": (Command.QUIT, "quit (also ESC, or close the window)"),
    "space": (Command.PAUSE, "pause on the last covered picture; the virtual camera shows a card"),
    "m": (Command.MIRROR, "mirror the preview"),
    "f": (Command.STATS, "figures: frame rate, times, dropped frames, and hints"),
    "g": (Command.NEXT_DRAWING, "drawing: auto, female, male, neutral"),
    "n": (Command.NEXT_PACK, "next emoji pack"),
    "s": (Command.NEXT_SKIN, "next skin, in packs that have several"),
    "l": (Command.RELOAD_PACK, "load the emoji pack again, to see changed drawings"),
    "c": (Command.CALIBRATE, "calibrate: learn my resting face (2 s), and measure against it"),
    "x": (Command.FORGET_NEUTRAL, "forget my resting face, and what I taught"),
    "t": (Command.NEXT_EXPRESSION, "next expression to practise, with --practise"),
    "a": (Command.ALIVE, "let emoji move with the face, or not"),
    **{
        str(n): (hold, f"hold {emotion} until 0, whatever my face shows")
        for n, (hold, emotion) in enumerate(HOLDS.items(), 1)
    },
    "0": (Command.LET_GO, "let go of what is held"),
    "e": (Command.MARK, "mark this moment in the report, with --report"),
    "h": (Command.HELP, "this help"),
}


def command_of(key: str) -> Command | None:
    """Return what a key asks for; None for a key that asks for nothing."""
    known = KEYS.get("q" if key == "esc" else key)
    return known[0] if known else None


@dataclass(frozen=True, eq=False)
class Change:
    """Another value for an option, to be taken while the run goes on; `realtime.engine.changes` knows which can be.

    done: set once it is so, or to the error for which it is not.
    """

    option: str
    value: Any
    done: Future[None] = field(default_factory=Future)


@dataclass(frozen=True)
class NamedMark:
    """A moment to be marked in the report, with a word for it, which may be empty."""

    word: str


@dataclass(frozen=True)
class State:
    """What the commands have made of the run; read by drawing and outputs, replaced by the loop alone.

    gender: one of GENDER_CHOICES. strict: whether privacy is. stats, help: whether the window shows them. idle: nobody
    watches, so the camera is closed. notice: what the user is asked to do at the moment, empty for nothing. alive:
    whether emoji may move with the face. held: the emotion that the main face is shown with, whatever it shows; empty
    for none. marking: a moment was marked, and what is typed next is a word for it.
    """

    mirror: bool = True
    gender: str = "auto"
    strict: bool = False
    stats: bool = False
    help: bool = False
    paused: bool = False
    idle: bool = False
    notice: str = ""
    alive: bool = True
    held: str = ""
    marking: bool = False


class Controls:
    """The one queue of commands and changes, filled from any thread or signal; the state, changed by the loop."""

    def __init__(self, state: State | None = None) -> None:
        """state: what the run begins with."""
        self._state = state or State()
        self._queue: SimpleQueue[Command | Change | NamedMark] = (
            SimpleQueue()
        )  # its put may be interrupted by itself, as by a signal
        self._quitting = False
        self._word: str | None = None

    @property
    def state(self) -> State:
        """The state at this moment."""
        return self._state

    @property
    def quitting(self) -> bool:
        """Whether the run is to end; true from the moment it was asked for."""
        return self._quitting

    def send(self, command: Command) -> None:
        """Ask for something; it is done before the next frame."""
        if command is Command.QUIT:
            self._quitting = True
        self._queue.put(command)

    def ask(self, option: str, value: Any) -> Future[None]:
        """Ask for another value of an option, which it has before the next frame; return what tells whether it has."""
        change = Change(option, value)
        self._queue.put(change)
        return change.done

    def mark(self, word: str) -> None:
        """Ask for a mark in the report, with a word for it, before the next frame."""
        self._queue.put(NamedMark(word))

    def name_mark(self, word: str) -> None:
        """Give a word to the moment that was marked last; empty for none."""
        self._word = word

    def take_word(self) -> str | None:
        """Return the word that was given since the last time, if one was."""
        word, self._word = self._word, None
        return word

    def take(self) -> list[Command | Change | NamedMark]:
        """Return what was asked for since the last time, in order."""
        taken: list[Command | Change | NamedMark] = []
        while True:
            try:
                taken.append(self._queue.get_nowait())
            except Empty:
                return taken

    def change(self, **fields: Any) -> None:
        """Replace fields of the state; for the loop alone."""
        if any(getattr(self._state, name) != value for name, value in fields.items()):
            self._state = replace(self._state, **fields)
