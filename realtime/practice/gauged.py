"""Practising expressions by the parts of the face that make them: one after the other, on one's own scale.

docs/practice.md says what it is made for, and from which sources. Nothing is called wrong, nobody is compared with
anybody, and nothing is kept unless it is asked for.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Protocol

from realtime.drawing.guide import Gauge, Guide
from realtime.practice.advice import ADVICE
from realtime.practice.exercises import EXERCISES, MOVEMENTS, RESTS, gauged
from realtime.practice.person import Person
from realtime.practice.plan import Plan
from realtime.practice.progress import Progress
from realtime.records import EMOTIONS, Reading
from realtime.words import said

# While it is not shown, this share of the time that passes is taken away from what was held.
_FADE = 0.5
# Praise stays for this long.
_PRAISE_S = 1.5
# A part that was there stays so until it falls below this share of its goal: it does not flicker.
_STAYS = 0.8
# A part is at rest while it has moved less than this share of a strong movement.
_AT_REST = 0.4


class Practises(Protocol):
    """What a run knows of practising: `Practice`, and the mirror and the game beside it."""

    @property
    def target(self) -> str:
        """The emotion that is asked for; empty for none."""

    @property
    def notice(self) -> str:
        """What the user is told."""

    @property
    def guide(self) -> Guide:
        """What the user is shown. May be asked from any thread."""

    def see(self, readings: Sequence[Reading], time_s: float) -> None:
        """Take in a frame."""

    def next(self) -> None:
        """Go on to the next."""

    def answer(self, emotion: str) -> bool:
        """Take an answer, where one is asked for; return whether one was."""

    def rest_again(self) -> None:
        """Learn anew how the face rests."""


class Practice:
    """Asks for one expression after the other, as often as wanted, and shows how far each part of the face is."""

    def __init__(
        self, plan: Plan | None = None, progress: Progress | None = None, chance: random.Random | None = None
    ) -> None:
        """Begin before the first expression.

        Args:
            plan: what is practised, and how.
            progress: told what was shown, if that is to be kept.
            chance: shuffles.
        """
        self._plan = plan or Plan()
        self._progress = progress
        self._chance = chance or random.Random()
        self._person = Person(self._plan.calm)
        self._round = self._plan.round(self._chance)
        self._at = 0
        self._held_s = self._spent_s = self._praise_s = self._break_s = 0.0
        self._likely = 0.0
        self._there: set[str] = set()
        # What was praised, which stays in sight for as long as the praise.
        self._praised: tuple[Gauge, ...] = ()
        self._guide = self._made()

    @property
    def target(self) -> str:
        """The emotion that is asked for."""
        return self._round[self._at]

    @property
    def guide(self) -> Guide:
        """What the user is shown."""
        return self._guide

    @property
    def notice(self) -> str:
        """What the user is told."""
        if self._break_s > 0:
            return said("A break: {seconds} s. The key t ends it.", seconds=math.ceil(self._break_s))
        if self._praise_s > 0:
            name = said(self.target)
            return said("That is {emotion}.", emotion=name) if self._person.whole else said("All parts are there.")
        if hindrance := self._person.hindrance:
            return hindrance
        asked = said("Show {emotion}: {advice}.", emotion=said(self.target), advice=said(ADVICE[self.target]))
        blind = said("The parts of the face can't be told at the moment; the gauge is for the whole face.")
        return f"{asked} {blind}" if self._person.whole else asked

    def next(self) -> None:
        """Ask for the next expression; end a break."""
        if self._break_s > 0:
            self._break_s = 0.0
        elif self._at + 1 < len(self._round):
            self._at += 1
        else:
            self._round, self._at = self._plan.round(self._chance), 0
            self._break_s = self._plan.break_s
        self._held_s = self._spent_s = self._praise_s = self._likely = 0.0
        self._there = set()
        self._guide = self._made()

    def answer(self, emotion: str) -> bool:
        """Return False: nothing is to be answered."""
        return False

    def rest_again(self) -> None:
        """Learn anew how the face rests."""
        self._person.rest_again()

    def see(self, readings: Sequence[Reading], time_s: float) -> None:
        """Take in what the face shows that is followed."""
        step_s = self._person.see(readings, time_s)
        if self._break_s > 0:
            self._break_s = max(self._break_s - step_s, 0.0)
        elif self._praise_s > 0:
            self._praise_s -= step_s
            if self._praise_s <= 0:
                self.next()
        elif self._person.face is not None and not self._person.hindrance:
            self._look(self._person.face, step_s)
        self._guide = self._made()

    def _look(self, face: Reading, step_s: float) -> None:
        """Look how far the face is on the way to what is asked for."""
        plan = self._plan
        self._likely = float(face.prediction.emotions[EMOTIONS.index(self.target)])
        gauges = self._gauges()
        shown = face.emotion == self.target if self._person.whole else all(gauge.reached for gauge in gauges)
        self._held_s = max(self._held_s + step_s * (1 if shown else -_FADE), 0.0)
        self._spent_s += step_s
        if self._held_s >= plan.hold_s:
            self._praise_s, self._praised = _PRAISE_S, tuple(gauges)
            if self._progress is not None:
                self._progress.add(self.target)
        elif plan.seconds and self._spent_s >= plan.seconds:
            self.next()

    def _gauges(self) -> list[Gauge]:
        """Return how far each part is that makes the expression; of the whole face where parts can't be told."""
        if self._person.whole:
            label = said("The whole face")
            return [Gauge(label, self._likely, 0.0, self._held_s > 0, "up")]
        names = gauged(self.target, self._plan.parts)
        return [self._resting(name) if name in RESTS else self._moving(name) for name in names]

    def _moving(self, name: str) -> Gauge:
        movement, goal = MOVEMENTS[name], self._plan.step
        moved = self._person.scale.moved(name)
        reached = self._reached(name, moved >= goal * (_STAYS if name in self._there else 1))
        label = said(movement.seen if reached else movement.more)
        return Gauge(label, self._person.scale.told(moved), goal, reached, movement.arrow)

    def _resting(self, part: str) -> Gauge:
        stirred = self._person.scale.stirred(part)
        reached = self._reached(part, stirred <= _AT_REST / (_STAYS if part in self._there else 1))
        asked, there = RESTS[part]
        still = self._person.scale.told(1 - stirred)
        return Gauge(said(there if reached else asked), still, 1 - _AT_REST, reached, "rest")

    def _reached(self, name: str, reached: bool) -> bool:
        (self._there.add if reached else self._there.discard)(name)
        return reached

    def _made(self) -> Guide:
        """Return what is shown now."""
        resting = self._break_s > 0
        asking = not resting and not self._person.hindrance
        unseen = EXERCISES[self.target].unseen
        told = [said(words) for part, words in unseen.items() if part in self._plan.parts]
        counts = () if self._progress is None else self._progress.today()
        return Guide(
            mode="parts",
            sentence=self.notice,
            emotion="neutral" if self._person.hindrance and not resting else "" if resting else self.target,
            gauges=self._praised if self._praise_s > 0 else tuple(self._gauges()) if asking else (),
            told=tuple(told) if asking and not self._person.whole else (),
            held=self._person.scale.told(self._held_s / self._plan.hold_s),
            progress=tuple(one for one in counts if resting or one[0] == self.target),
            large=self._plan.large,
        )
