"""A game the other way round: which of these drawings fits the drawn face?"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from realtime.drawing.guide import Guide
from realtime.practice.advice import ADVICE
from realtime.practice.plan import Plan
from realtime.practice.progress import Progress
from realtime.records import EMOTIONS, Reading
from realtime.words import said

# So many drawings there are to choose from.
_CHOICES = 3
# The drawn face goes from rest to its expression in this time, in calm practice at once.
_MOVES_S = 1.2
# What is told of an answer stays for so long, longer where there is more to read.
_TOLD_S, _READ_S = 2.5, 7.0
_MAX_STEP_S = 0.2


class Game:
    """Shows a drawn face, and asks which expression it is. It needs no face before the camera."""

    def __init__(
        self, plan: Plan | None = None, progress: Progress | None = None, chance: random.Random | None = None
    ) -> None:
        """Begin with the first drawing; see `Practice`."""
        self._plan = plan or Plan(mode="game")
        self._progress = progress
        self._chance = chance or random.Random()
        self._round: list[str] = []
        self._seen_s: float | None = None
        self._drawn = self._chosen = ""
        self._choices: tuple[str, ...] = ()
        self._strong = True
        self._shown_s = self._told_s = self._break_s = 0.0
        self._ask()
        self._guide = self._made()

    @property
    def target(self) -> str:
        """Empty: which expression it is, is what is asked."""
        return ""

    @property
    def guide(self) -> Guide:
        """What the user is shown."""
        return self._guide

    @property
    def notice(self) -> str:
        """What the user is told."""
        if self._break_s > 0:
            return said("A break: {seconds} s. The key t ends it.", seconds=math.ceil(self._break_s))
        if not self._chosen:
            return said("Which of these fits the drawn face? Press its number.")
        how = said("It is {emotion}: {advice}.", emotion=said(self._drawn), advice=said(ADVICE[self._drawn]))
        if self._chosen == self._drawn:
            return f"{said('Yes, that fits.')} {how}"
        return f"{said('You chose {emotion}.', emotion=said(self._chosen))} {how}"

    def next(self) -> None:
        """Show the next drawing; end a break."""
        if self._break_s > 0:
            self._break_s = 0.0
        else:
            self._ask()
        self._guide = self._made()

    def answer(self, emotion: str) -> bool:
        """Take an answer: one of the drawings that are offered."""
        if emotion in self._choices and not self._chosen and self._break_s <= 0:
            self._chosen, self._told_s = emotion, 0.0
            if self._progress is not None and emotion == self._drawn:
                self._progress.add(emotion)
        self._guide = self._made()
        return True

    def rest_again(self) -> None:
        """Do nothing: no face is measured."""

    def see(self, readings: Sequence[Reading], time_s: float) -> None:
        """Let time pass."""
        step_s = 0.0 if self._seen_s is None else min(max(time_s - self._seen_s, 0.0), _MAX_STEP_S)
        self._seen_s = time_s
        if self._break_s > 0:
            self._break_s = max(self._break_s - step_s, 0.0)
        elif self._chosen:
            self._told_s += step_s
            if self._told_s >= (_TOLD_S if self._chosen == self._drawn else _READ_S):
                self._ask()
        else:
            self._shown_s += step_s
            if self._plan.seconds and self._shown_s >= self._plan.seconds:
                self._ask()
        self._guide = self._made()

    def _ask(self) -> None:
        """Show another drawing."""
        first = not self._round and self._seen_s is None
        self._break_s = 0.0 if first or self._round else self._plan.break_s
        self._round = self._round or self._chance.sample(self._plan.expressions, len(self._plan.expressions))
        self._drawn = self._round.pop()
        others = [emotion for emotion in EMOTIONS if emotion != self._drawn]
        offered = {self._drawn, *self._chance.sample(others, _CHOICES - 1)}
        self._choices = tuple(emotion for emotion in EMOTIONS if emotion in offered)
        self._strong = self._chance.random() < 0.5
        self._chosen, self._shown_s, self._told_s = "", 0.0, 0.0

    def _made(self) -> Guide:
        moved = 1.0 if self._plan.calm or self._chosen else min(self._shown_s / _MOVES_S, 1.0)
        counts = () if self._progress is None else self._progress.today()
        return Guide(
            mode="game",
            sentence=self.notice,
            emotion="" if self._break_s > 0 else self._drawn,
            strong=self._strong,
            drawn=moved,
            choices=() if self._break_s > 0 else self._choices,
            chosen=self._chosen,
            progress=counts if self._break_s > 0 else tuple(one for one in counts if one[0] == self._chosen),
            large=self._plan.large,
        )
