"""A run that is steered from outside: its options changed while it goes on, or by opening it anew."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent import futures
from dataclasses import asdict, replace
from typing import Any

from realtime import __version__
from realtime.cli.build import cover_of, open_run
from realtime.cli.options import Options, flag, specs
from realtime.cli.parse import checked
from realtime.cli.report import as_json
from realtime.control.feed import Feed, Preview
from realtime.controls import KEYS, MAX_WORD, Command, Controls
from realtime.engine.changes import LIVE, TAUGHT
from realtime.engine.loop import Run
from realtime.errors import EmojiCameraError, UsageError
from realtime.records import EMOTIONS, Frame, Reading

log = logging.getLogger(__name__)

# A few seconds of two faces wait for a listener who is slow.
_KEPT_READINGS = 240
# A change that has not been taken by then: something hangs.
_TAKEN_S = 15.0
# Faces that were seen longer ago are not told.
_SEEN_S = 1.0
# What a run begins with, and what is not to be done again when it is opened anew.
_ONCE: dict[str, Any] = {"calibrate": False, "teach": ()}
# What belongs to the process and not to a run.
_FIXED = {"control", "language", "verbose"}


class Steering:
    """What the control socket steers: one run after the other, each with the options of the moment."""

    def __init__(self, options: Options) -> None:
        """options: to begin with."""
        self.readings: Feed[str] = Feed(_KEPT_READINGS)
        self.preview = Preview()
        self._options = options
        self._lock = threading.Lock()
        self._controls = Controls()
        # None while one is being opened, and where a file is worked through in two passes.
        self._run: Run | None = None
        self._opened = self._in_two_passes = False
        # What the next run is to be like; None: there is none.
        self._following: Options | None = None
        self._waiting: list[Command] = []
        self._problem = ""
        self._seen: tuple[float, Sequence[Reading]] = (0.0, ())
        self._began_s = time.monotonic()

    def run(self) -> None:
        """Run until the end, opening the run anew whenever a change asks for it. Raises as `open_run` does."""
        before: Options | None = None
        while True:
            try:
                self._run_once()
            except EmojiCameraError as error:
                if before is None or self._opened:
                    raise
                # Whoever asked is told, and goes on with what worked.
                log.warning("%s", error)
                self._problem, self._options, before = str(error), before, None
                self._following = None
                continue
            with self._lock:
                following, self._following = self._following, None
                if following is None:
                    return
                before, self._options, self._opened = replace(self._options, **_ONCE), following, False

    def _run_once(self) -> None:
        with self._lock:
            self._controls = self.preview.controls = controls = Controls()
            self._opened = False
            if self._following is not None:  # it came after the last run had ended
                self._options, self._following = self._following, None
        with open_run(self._options, controls, self._watch, (self.preview,)) as opened:
            with self._lock:
                self._run = opened if isinstance(opened, Run) else None
                self._in_two_passes = self._run is None
                self._opened = True
                for command in self._waiting:
                    controls.send(command)
                self._waiting.clear()
            try:
                opened()
            finally:
                self._run, self._in_two_passes = None, False

    def _watch(self, frame: Frame, readings: Sequence[Reading]) -> None:
        self._seen = time.monotonic(), readings
        if self.readings.wanted:
            for reading in readings:
                if reading.raw is not None:
                    self.readings.put(as_json(frame, reading))

    # ---- what the control socket asks, in its threads

    def commands(self) -> dict[str, str]:
        """Return what can be asked for: name -> what users are told of it."""
        told = dict(KEYS.values())
        return {_slug(command): told.get(command, command.value) for command in Command}

    def command(self, name: str, word: str = "") -> None:
        """Ask for something. word: for a mark. Raises UsageError for a name that is none."""
        named = {_slug(command): command for command in Command}
        if name not in named:
            raise UsageError(f"There is no command '{name}'.", f"Known are: {', '.join(named)}.")
        command = named[name]
        with self._lock:
            if command is Command.QUIT:
                self._following = None
            elif self._following is not None or not self._opened:
                self._waiting.append(command)  # for the run that is being opened
                return
            if command is Command.MARK and word:
                self._controls.mark(word[:MAX_WORD])
            else:
                self._controls.send(command)

    def change(self, table: Mapping[str, Any]) -> dict[str, Any]:
        """Give options other values; return whether the run is opened anew for that.

        Args:
            table: Names of options and their values, as in the configuration file.

        Raises:
            EmojiCameraError: One can't be used; those that come before it in `LIVE` may have been taken.
        """
        values = checked(table, "The request")
        if fixed := _FIXED & values.keys():
            raise UsageError(f"{flag(min(fixed))} belongs to the whole program.", "Start it again with another.")
        self._problem = ""
        with self._lock:
            run, options = self._run, self._following or self._now()
            wanted = replace(options, **values)
            cover_of(wanted)
            if self._in_two_passes:
                raise UsageError("A video that is worked through in two passes takes no changes.", "Stop it first.")
            anew = run is None or run.trace is not None or not set(values) <= set(LIVE)
            if anew:
                self._following = wanted
                self._controls.send(Command.QUIT)
                return {"opens_anew": True}
            asked = [self._controls.ask(name, values[name]) for name in LIVE if name in values]
        for one in asked:
            _wait(one)
        self._options = wanted
        return {"opens_anew": False}

    def teach(self, doing: str, name: str) -> None:
        """Record examples of an expression of the owner's, or forget what was taught of it.

        Args:
            doing: one of TAUGHT.
            name: of the expression.

        Raises:
            UsageError: It can't be done.
        """
        if doing not in TAUGHT:
            raise UsageError(f"There is nothing to '{doing}'.", f"Send one of: {', '.join(TAUGHT)}.")
        with self._lock:
            if self._run is None:
                raise UsageError("The camera is not running yet, or works on a video.", "Wait until it is live.")
            asked = self._controls.ask(doing, name)
        _wait(asked)

    def _now(self) -> Options:
        """Return the options as keys and commands have changed them since."""
        if self._run is None:
            return self._options
        library, state = self._run.painter.library, self._controls.state
        return replace(self._options, gender=state.gender, mirror=state.mirror, pack=library.chosen, **_ONCE)

    def state(self) -> dict[str, Any]:
        """Return how things are; JSON values."""
        run, controls = self._run, self._controls
        told: dict[str, Any] = {
            "version": __version__,
            "opened": self._opened,
            "seconds": round(time.monotonic() - self._began_s, 1),
            "problem": self._problem,
            **asdict(controls.state),
            "options": {name: _plain(getattr(self._options, name)) for name in specs()},
        }
        if run is not None:
            pack = run.painter.library.current
            told |= {
                "frames_per_s": round(run.stats.fps, 1),
                "dropped": run.stats.dropped,
                "figures": run.stats.caption(),
                "pack": run.painter.library.chosen,
                "skin": pack.skin,
                "skins": list(pack.skins),
                "guide": asdict(run.practice.guide) if run.practice else None,
                "outputs": run.outputs.addresses,
                "practice": run.practice.target if run.practice else None,
                "teaching": _teaching(run),
            }
        at_s, readings = self._seen
        recent = readings if time.monotonic() - at_s < _SEEN_S else ()
        told["faces"] = [
            {"track": one.track, "emotion": one.emotion, "own": one.own, "drawing": one.presentation, "hint": one.hint}
            for one in recent
            if one.raw is not None
        ]
        return told


def _teaching(run: Run) -> dict[str, Any]:
    """Return what was taught, what may be, and what is being learnt; JSON values."""
    profile = run.reader.people.profile
    lesson = profile.lesson
    return {
        "examples": profile.counts,
        "expressions": [*EMOTIONS, *run.painter.library.current.own],
        "recording": lesson.target if lesson else "",
        "held": round(lesson.held, 2) if lesson else 0.0,
        "problem": profile.problem,
    }


def _wait(change: futures.Future[None]) -> None:
    try:
        change.result(_TAKEN_S)
    except (TimeoutError, futures.TimeoutError) as error:
        raise UsageError("The camera has not taken the change.", "Try again, or stop the camera.") from error


def _slug(command: Command) -> str:
    return command.value.replace(" ", "-")


def _plain(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
