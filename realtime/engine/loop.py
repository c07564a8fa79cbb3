"""The loop: frame after frame from a source, through reader and painter, to the outputs, obeying commands between."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import NoReturn, Protocol

from realtime.controls import GENDER_CHOICES, HOLDS, Change, Command, Controls, NamedMark, command_of
from realtime.drawing.placement import main_face
from realtime.engine.changes import changed
from realtime.engine.load import LoadShedding
from realtime.engine.painter import Library
from realtime.engine.privacy import STALL_S, Guard, privacy_picture
from realtime.engine.reader import notes_of
from realtime.engine.stats import Stats
from realtime.engine.trace import TraceWriter
from realtime.people.people import People
from realtime.practice.gauged import Practises
from realtime.records import Frame, Reading, Suspect
from realtime.sources.base import Source
from realtime.sources.live import Standstill
from realtime.words import said

# A key waits for this long at most while nothing moves.
_IDLE_S = 0.02
# A source that gives nothing for this long is taken for lost.
_LOST_S = 1.0
# A source is not taken for lost before this many frames are missing, which matters for slow ones.
_LOST_FRAMES = 3
# Whoever does nothing for longer was stopped: a read of a live source waits for less.
_SLEPT_S = 0.9
# The size of cards before the first frame has told its own.
_CARD_SIZE_WH = (1280, 720)


class Shown(Protocol):
    """Where frames go and keys come from; `realtime.outputs.open.Outputs` is one."""

    @property
    def paced(self) -> bool: ...
    @property
    def addresses(self) -> list[str]: ...
    def write(self, frame: Frame) -> None: ...
    def show_card(self, card: Frame) -> None: ...
    def serve(self) -> None: ...
    def keys(self, wait_s: float) -> list[str]: ...
    def change(self, addresses: Sequence[str]) -> None: ...


class Reads(Protocol):
    """Reads frames; `realtime.engine.reader.FaceReader` is one, the other knows them from a first pass."""

    @property
    def people(self) -> People: ...
    @property
    def suspects(self) -> Sequence[Suspect]: ...
    def read(self, frame: Frame) -> list[Reading]: ...


class Marks(Protocol):
    """Keeps moments that are marked; `realtime.report.recorder.SessionRecorder` does."""

    @property
    def notice(self) -> str: ...
    def mark(self, word: str = "", time_s: float | None = None) -> float: ...


class Paints(Protocol):
    """Covers faces; `realtime.engine.painter.Painter` is one."""

    @property
    def library(self) -> Library: ...
    def wear(self, cover: str = "", placement: str = "", crop: str = "") -> None: ...
    def keep_strict(self, strict: bool) -> None: ...
    def covered(
        self, frame: Frame, readings: Sequence[Reading], suspects: Sequence[Suspect] = (), gender: str = "auto"
    ) -> Frame: ...


@dataclass(frozen=True)
class Run:
    """The parts of a run, all of them open; whoever opened them closes them.

    strict: nothing but covered pictures and privacy pictures may leave, until a change says otherwise. trace: told of
    the commands. report: told of every frame and its readings. marks: keeps what is marked. notes: lines for the stats
    display. max_seconds: of the source's own time.
    """

    source: Source
    reader: Reads
    painter: Paints
    outputs: Shown
    controls: Controls = field(default_factory=Controls)
    stats: Stats = field(default_factory=Stats)
    load: LoadShedding = field(default_factory=lambda: LoadShedding(most=0))
    practice: Practises | None = None
    trace: TraceWriter | None = None
    report: Callable[[Frame, Sequence[Reading]], None] | None = None
    marks: Marks | None = None
    notes: Callable[[Sequence[Reading]], list[str]] = notes_of
    strict: bool = False
    max_seconds: float | None = None

    def __call__(self) -> None:
        """Cover frame after frame until the source ends, the time is over or the user quits."""
        _Loop(self).run()


class _Loop:
    """What a run remembers while it goes on."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._controls, self._source = run.controls, run.source
        self._live = run.source.paced or run.outputs.paced
        self._lost_s = max(_LOST_S, _LOST_FRAMES / run.source.fps)
        self._standstill = Standstill()
        self._pace = _Pace(wanted=run.outputs.paced and not run.source.paced)
        self._first: Frame | None = None
        self._card = ""
        self._guard: Guard | None = None
        self._controls.change(strict=run.strict)
        self._marked_s = 0.0
        self._got_s = self._shown_s = self._stepped_s = time.monotonic()

    def run(self) -> None:
        with ExitStack() as held:
            held.callback(self._set_guard, False)
            while self._step():
                pass
        while self._source.stills and self._run.outputs.paced and self._first and not self._controls.quitting:
            self._listen(_IDLE_S)

    def _set_guard(self, wanted: bool) -> None:
        """Let frames go through the guard, or not any more."""
        if wanted and self._guard is None:
            # A file that is worked through without anybody waiting can't stall.
            self._guard = Guard(self._cover, STALL_S if self._live else None)
        elif not wanted and self._guard is not None:
            self._guard.close()
            self._guard = None

    def _step(self) -> bool:
        """Do what is next; return whether to go on."""
        self._listen(0.0)
        if self._controls.quitting:
            return False
        if self._controls.state.paused and self._first is not None and not self._source.paced:
            self._wait_paused()
            return True
        self._notice_sleep()
        frame = self._source.read()
        self._notice_sleep()
        self._controls.change(idle=self._source.idle)
        if frame is None:
            return not self._source.ended and self._without_frame()
        self._got_s = time.monotonic()
        if self._first is None:
            self._first = frame
        elif self._controls.state.paused:  # a device goes on while nobody looks
            self._show_card("paused")
            return True
        self._card = ""
        if self._run.max_seconds is not None and frame.time_s - self._first.time_s >= self._run.max_seconds:
            return False
        self._pace.wait_for(frame, self._listen, lambda: self._controls.quitting)
        self._obey()
        self._process(frame)
        return True

    def _process(self, frame: Frame) -> None:
        run, stats, begun_s = self._run, self._run.stats, time.perf_counter()
        self._set_guard(self._controls.state.strict)
        with stats.timed("total"):
            covered, readings = self._guard.process(frame, self._show_withheld) if self._guard else self._cover(frame)
            with stats.timed("write"):
                run.outputs.write(covered)
        self._shown_s = time.monotonic()
        notice = run.reader.people.profile.notice or (run.practice.notice if run.practice else "")
        notice = notice or (run.marks.notice if run.marks else "")
        self._controls.change(notice=notice)
        if self._live:
            run.load.spent(time.perf_counter() - begun_s, 1 / self._source.fps)
        if run.report is not None:
            run.report(frame, readings)
        seen = sum(reading.raw is not None for reading in readings)
        standing = self._standstill.notes(frame) if self._source.paced else []
        holding = [said("held: {name}   (0 lets go)", name=said(name))] if (name := self._controls.state.held) else []
        notes = holding + run.notes(readings) + run.load.notes + standing
        stats.finish_frame(seen, self._source.dropped, notes)

    def _cover(self, frame: Frame) -> tuple[Frame, list[Reading]]:
        """Return the frame with every face covered, and a reading for each; in the guard's thread if there is one."""
        run = self._run
        readings = run.reader.read(frame)
        if run.practice is not None and run.reader.people.profile.lesson is None:  # which comes first
            run.practice.see(readings, frame.time_s)
        state = self._controls.state
        shown = held(readings, state.held)
        if not state.alive:  # how faces move may have been asked for something else
            shown = [replace(one, movement=None) for one in shown]
        return run.painter.covered(frame, shown, run.reader.suspects, state.gender), readings

    # ---- while no frame is there

    def _wait_paused(self) -> None:
        self._show_card("paused")
        before_s = time.monotonic()
        self._listen(_IDLE_S)
        self._pace.shift(time.monotonic() - before_s)

    def _notice_sleep(self) -> None:
        """Leave out the time for which the machine slept, or the program was stopped: the source is not lost then."""
        now_s = time.monotonic()
        slept_s = now_s - self._stepped_s
        self._stepped_s = now_s
        if slept_s > _SLEPT_S:
            self._got_s, self._shown_s = self._got_s + slept_s, self._shown_s + slept_s

    def _without_frame(self) -> bool:
        """Show those who watch why nothing comes; return whether to go on."""
        now_s = time.monotonic()
        most_s = self._run.max_seconds
        if self._first is not None and most_s is not None and now_s - self._first.time_s >= most_s:
            return False
        if self._controls.state.paused or self._controls.state.idle:
            self._show_card("paused")
        elif now_s - self._got_s > self._lost_s:
            self._show_card("lost")
        elif self._guard and self._first is not None and now_s - self._shown_s > STALL_S:
            self._run.outputs.write(self._guard.withheld(replace(self._first, time_s=now_s)))
        return True

    def _show_card(self, name: str) -> None:
        """Show a card of the pack in use, "paused" or "lost", in the size of a frame, until frames come again."""
        if name == self._card:
            return
        self._card = name
        size_wh = _CARD_SIZE_WH if self._first is None else self._first.image.shape[1::-1]
        card = self._run.painter.library.current.card(name, size_wh)
        image = privacy_picture(size_wh) if card is None else card
        self._run.outputs.show_card(Frame(image, 0, time.monotonic(), name))

    def _show_withheld(self, frame: Frame) -> bool:
        """Show the privacy picture while a stage hangs; return whether to wait on. Commands wait, but for quitting."""
        self._run.outputs.write(frame)
        self._ask(0.0)
        return not self._controls.quitting

    # ---- commands

    def _listen(self, wait_s: float) -> None:
        """Serve the outputs for this long, and obey what is asked for meanwhile."""
        self._ask(wait_s)
        self._obey()

    def _ask(self, wait_s: float) -> None:
        self._run.outputs.serve()
        for key in self._run.outputs.keys(wait_s):
            if (command := command_of(key)) is not None:
                self._controls.send(command)

    def _obey(self) -> None:
        for command in self._controls.take():
            if isinstance(command, Change):
                changed(self._run, command)
                continue
            if isinstance(command, NamedMark):
                if self._run.marks is not None:
                    self._run.marks.mark(command.word)
                continue
            self._do(command)
            if self._run.trace is not None and command is not Command.QUIT:
                self._run.trace.obeyed(command)
        if (word := self._controls.take_word()) is not None and self._run.marks is not None:
            self._run.marks.mark(word, self._marked_s)
            self._controls.change(marking=False)

    def _do(self, command: Command) -> None:
        """Do what a command asks for: the one place where that is said."""
        controls, state, painter = self._controls, self._controls.state, self._run.painter
        match command:
            case Command.QUIT:
                pass  # `Controls.quitting` says so from the moment it was sent
            case Command.PAUSE:
                controls.change(paused=not state.paused)
            case Command.MIRROR:
                controls.change(mirror=not state.mirror)
            case Command.STATS:
                controls.change(stats=not state.stats)
            case Command.HELP:
                controls.change(help=not state.help)
            case Command.NEXT_DRAWING:
                following = GENDER_CHOICES.index(state.gender) + 1
                controls.change(gender=GENDER_CHOICES[following % len(GENDER_CHOICES)])
            case Command.NEXT_PACK:
                painter.library.next_pack()
            case Command.NEXT_SKIN:
                painter.library.next_skin()
            case Command.RELOAD_PACK:
                painter.library.reload()
            case Command.CALIBRATE:
                self._run.reader.people.profile.calibrate()
                if self._run.practice is not None:
                    self._run.practice.rest_again()
            case Command.FORGET_NEUTRAL:
                self._run.reader.people.profile.forget()
            case Command.NEXT_EXPRESSION:
                if self._run.practice is not None:
                    self._run.practice.next()
            case Command.ALIVE:
                controls.change(alive=not state.alive)
            case Command.LET_GO:
                controls.change(held="")
            case (
                Command.HOLD_ANGRY
                | Command.HOLD_DISGUST
                | Command.HOLD_FEAR
                | Command.HOLD_HAPPY
                | Command.HOLD_SAD
                | Command.HOLD_SURPRISE
                | Command.HOLD_NEUTRAL
            ):
                if self._run.practice is None or not self._run.practice.answer(HOLDS[command]):
                    controls.change(held=HOLDS[command])
            case Command.MARK:
                if self._run.marks is not None:
                    self._marked_s = self._run.marks.mark()
                    controls.change(marking=True)
            case _:
                _never(command)


def held(readings: Sequence[Reading], emotion: str) -> list[Reading]:
    """Return readings of which the main one shows an emotion, whatever was read. emotion: empty for what was read."""
    main = main_face(readings) if emotion else None
    return [replace(one, emotion=emotion, own="", strong=True) if one is main else one for one in readings]


def _never(command: NoReturn) -> NoReturn:
    """Let the type checker see that every command is handled."""
    raise AssertionError(command)


class _Pace:
    """Shows recorded frames when they are due."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._start_s: float | None = None

    def shift(self, seconds: float) -> None:
        """Let everything that is to come be due later."""
        if self._start_s is not None:
            self._start_s += seconds

    def wait_for(self, frame: Frame, serve: Callable[[float], None], quitting: Callable[[], bool]) -> None:
        """Wait until the frame is due, serving the outputs meanwhile."""
        if not self._wanted:
            return
        now = time.monotonic()
        if self._start_s is None:
            self._start_s = now - frame.time_s
        due = self._start_s + frame.time_s
        # A machine that can't keep up shows every frame late rather than rushing after the lost time.
        self._start_s += max(now - due - 0.5, 0.0)
        while not quitting() and (left := due - time.monotonic()) > 0:
            serve(min(left, _IDLE_S))
