"""What was read while a stimulus was shown, by the stimulus' own time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from realtime.report.charts import clock
from realtime.report.moments import NOT_SHOWN, Moment, gaps_in
from realtime.report.session import MAX_STEP_S, Person, Session
from realtime.stimulus.playback import Piece
from realtime.stimulus.record import Stimulus

# A shorter stretch that was not shown is none: players leave out a frame at the beginning and at the end.
_LEAST_S = 0.3


@dataclass(frozen=True, eq=False)
class Viewing:
    """One stimulus of a session.

    number: of the stimulus. pieces: in which it was played, times of the session. times: of the frames of the camera in
    the stimulus' own time, float (N,) s, rising. people: their columns, with that as `time_s`. What was watched again
    after a jump back is left out: a reaction is to what is new.
    """

    number: int
    stimulus: Stimulus
    pieces: list[Piece]
    times: np.ndarray
    people: list[Person]

    @property
    def length_s(self) -> float:
        """How long the stimulus is."""
        return self.stimulus.length_s

    @property
    def shown(self) -> list[tuple[float, float]]:
        """Which parts of it were shown, in its own time, rising."""
        joined: list[tuple[float, float]] = []
        for begin, end in sorted((piece.from_s, piece.to_s) for piece in self.pieces):
            if joined and begin <= joined[-1][1] + _LEAST_S:
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            else:
                joined.append((begin, end))
        return joined

    @property
    def not_shown(self) -> list[Moment]:
        """Which parts of it were not."""
        edges = [0.0, *(edge for part in self.shown for edge in part), self.length_s]
        pairs = zip(edges[::2], edges[1::2], strict=True)
        return [Moment(NOT_SHOWN, begin, end, "") for begin, end in pairs if end - begin >= _LEAST_S]

    @property
    def gaps(self) -> list[tuple[float, float]]:
        """In which shown parts the camera gave no picture."""
        found = []
        for begin, end in self.shown:
            within = self.times[(self.times >= begin) & (self.times <= end)]
            found += gaps_in(np.concatenate([[begin], within, [end]]))
        return found

    def told(self) -> str:
        """Return how it was shown, in sentences."""
        if self.stimulus.failed:
            return f"It could not be played: {self.stimulus.failed}."
        if not self.pieces:
            return "It was not shown."
        ended = "to its end" if self.pieces[-1].then == "ended" else f"until {clock(self.pieces[-1].to_s)}"
        sentences = [f"Shown from {clock(self.pieces[0].time_s)} of the session, {ended}."]
        sentences += [
            _stop(one, following) for one, following in zip(self.pieces, self.pieces[1:], strict=False) if one.then
        ]
        return " ".join(sentences)


def viewings(session: Session) -> list[Viewing]:
    """Return what was shown in a session, in the order in which it was; nothing for sessions without stimuli."""
    screening, stimuli, times = session.about.screening, session.stimuli, session.stimulus_times
    if screening is None or stimuli is None or times is None:
        return []
    found = []
    for number, stimulus in screening.as_shown:
        played = np.flatnonzero((stimuli == number) & np.isfinite(times))
        own = times[played]
        first = played[own >= np.maximum.accumulate(np.append(-np.inf, own))[:-1]]
        moments = session.times[first]
        people = [_by_stimulus(person, moments) for person in session.people]
        pieces = screening.pieces_of(number)
        found.append(Viewing(number, stimulus, pieces, times[first], [one for one in people if _is_there(one)]))
    return found


def missed(session: Session) -> Iterable[str]:
    """Return what somebody should know who reads the figures of a session, in sentences."""
    for person in session.people:
        lasts = person.seconds
        share = float(lasts[person.read].sum()) / max(session.length_s, MAX_STEP_S)
        if share < 0.5:
            yield (
                f"The face of {person.name} could be read for {share:.0%} of the time only."
                if (person.name != "You")
                else f"Your face could be read for {share:.0%} of the time only."
            )


def _by_stimulus(person: Person, moments: np.ndarray) -> Person:
    """Return a person's rows of some frames, with the stimulus' time as theirs."""
    rows = np.isin(person.columns["time_s"], moments)
    columns = {name: column[rows] for name, column in person.columns.items()}
    return Person(person.name, columns | {"time_s": columns["stimulus_time_s"]})


def _is_there(person: Person) -> bool:
    return bool((person.columns["seen"] > 0).any())


def _stop(piece: Piece, following: Piece) -> str:
    """Return what came between two pieces, in a sentence."""
    if abs(following.from_s - piece.to_s) > _LEAST_S:
        return f"Jumped from {clock(piece.to_s)} to {clock(following.from_s)}."
    what = "Stalled" if piece.then == "stalled" else "Paused"
    return f"{what} at {clock(piece.to_s)} for {following.time_s - piece.until_s:.1f} s."
