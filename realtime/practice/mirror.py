"""A mirror in words: what the program sees in a face, and which part of it shows that."""

from __future__ import annotations

from collections.abc import Sequence

from realtime.drawing.guide import Gauge, Guide
from realtime.practice.exercises import EXERCISES, MOVEMENTS
from realtime.practice.person import Person
from realtime.practice.plan import Plan
from realtime.records import UNSURE, Reading
from realtime.words import said

# A part has moved where it is at least so far on the way to a strong movement.
_MOVED = 0.25
# So many parts are told at most, those that have moved the farthest.
_MOST = 4
# What is named stays for so long, in calm practice for longer.
_STAYS_S, _STAYS_CALM_S = 0.5, 2.0


class Mirror:
    """Names what it sees, and asks for nothing."""

    target = ""

    def __init__(self, plan: Plan | None = None) -> None:
        """plan: how it is shown."""
        self._plan = plan or Plan(mode="mirror")
        self._person = Person(self._plan.calm)
        self._stays_s = _STAYS_CALM_S if self._plan.calm else _STAYS_S
        self._named = UNSURE
        self._named_for_s = 0.0
        self._guide = self._made()

    @property
    def guide(self) -> Guide:
        """What the user is shown."""
        return self._guide

    @property
    def notice(self) -> str:
        """What the user is told."""
        if hindrance := self._person.hindrance:
            return hindrance
        seen = said("What the program sees: {emotion}.", emotion=said(self._named))
        if self._person.whole:
            return f"{seen} {said('Which part shows it can not be told at the moment.')}"
        shows = [gauge.label for gauge in self._gauges() if gauge.reached]
        if not shows:
            return f"{seen} {said('No single part shows it.')}"
        return f"{seen} {said('What shows it: {parts}.', parts='; '.join(shows))}"

    def next(self) -> None:
        """Do nothing: nothing is asked for."""

    def answer(self, emotion: str) -> bool:
        """Return False: nothing is to be answered."""
        return False

    def rest_again(self) -> None:
        """Learn anew how the face rests."""
        self._person.rest_again()

    def see(self, readings: Sequence[Reading], time_s: float) -> None:
        """Take in what the face shows that is followed."""
        self._named_for_s += self._person.see(readings, time_s)
        face = self._person.face
        if face is not None and face.emotion != self._named and self._named_for_s >= self._stays_s:
            self._named, self._named_for_s = face.emotion, 0.0
        self._guide = self._made()

    def _gauges(self) -> list[Gauge]:
        """Return the parts that have moved; reached: those that make what is named."""
        made_of = EXERCISES[self._named].movements if self._named in EXERCISES else ()
        looked_at = [name for name, one in MOVEMENTS.items() if one.part in self._plan.parts]
        moved = {name: self._person.scale.moved(name) for name in looked_at}
        if moved.get("brows up", 0) >= _MOVED and "inner brows up" not in made_of:
            moved.pop("inner brows up", None)  # which is a part of it, and would say the same again
        far = sorted((name for name in moved if moved[name] >= _MOVED), key=lambda name: -moved[name])[:_MOST]
        told = self._person.scale.told
        return [
            Gauge(said(MOVEMENTS[name].seen), told(moved[name]), 0.0, name in made_of, MOVEMENTS[name].arrow)
            for name in far
        ]

    def _made(self) -> Guide:
        blocked = bool(self._person.hindrance)
        gauges = () if blocked or self._person.whole else tuple(self._gauges())
        nothing = not blocked and not self._person.whole and not gauges
        return Guide(
            mode="mirror",
            sentence=self.notice,
            emotion="neutral" if blocked else self._named,
            gauges=gauges,
            told=(said("All parts are near their rest."),) if nothing else (),
            large=self._plan.large,
        )
