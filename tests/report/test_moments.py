"""What is told of a session: curves, changes, peaks and stretches, of a story that is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from realtime.metrics import METRICS
from realtime.records import EMOTIONS
from realtime.report.about import Mark
from realtime.report.charts import clock
from realtime.report.curves import curve_of, step_for
from realtime.report.moments import arrivals, changes, marked, peaks, stretches
from realtime.report.session import SMOOTHED, Person, durations, read_session
from tests.report.simulated import record


def _person(*story: tuple[str, float], fps: float = 10.0) -> Person:
    """Return somebody who shows one thing after the other, each for some seconds; "" can't be read."""
    shown = [name for name, seconds in story for _ in range(round(seconds * fps))]
    count = len(shown)
    columns = {name: np.zeros(count) for name in (*METRICS, "yaw_deg", "pitch_deg")}
    columns |= {"time_s": np.arange(count) / fps, "seen": np.ones(count), "hint": np.array([""] * count, object)}
    columns["readable"] = np.array([float(bool(name)) for name in shown])
    columns["emotion"] = np.array([name or "unsure" for name in shown], object)
    for column, name in zip(SMOOTHED, EMOTIONS, strict=True):
        columns[column] = np.array([0.88 if one == name else 0.02 for one in shown])
    return Person("You", columns)


def _cut(person: Person, start_s: float, end_s: float) -> Person:
    """Return them without the rows of some time, as when they have left."""
    times = person.columns["time_s"]
    kept = (times < start_s) | (times >= end_s)
    return Person(person.name, {name: column[kept] for name, column in person.columns.items()})


def test_a_curve_has_means_and_what_was_shown_longest():
    person = _person(("neutral", 1.6), ("happy", 1.4), ("", 1.0))
    curve = curve_of(person, 4.0, 1.0)
    assert curve.shown.tolist() == [EMOTIONS.index("neutral")] + [EMOTIONS.index(n) for n in ("neutral", "happy")] + [
        -1
    ]
    assert curve.emotions[1, EMOTIONS.index("happy")] == pytest.approx(0.6 * 0.02 + 0.4 * 0.88)
    assert curve.valence[2] == pytest.approx(0.86)
    assert np.isnan(curve.valence[3])
    assert curve.read == pytest.approx([1, 1, 1, 0])


def test_changes_are_told_that_last():
    person = _person(("neutral", 3), ("sad", 0.5), ("neutral", 2), ("happy", 2), ("", 2), ("happy", 1))
    told = [(moment.time_s, moment.words) for moment in changes(person)]
    assert told == [(0.0, "neutral"), (5.5, "neutral to happy")]


def test_peaks_stand_out_and_apart():
    person = _person(("neutral", 20), ("happy", 1), ("neutral", 1), ("surprise", 1), ("neutral", 20), ("sad", 1))
    told = [(moment.time_s, moment.words) for moment in peaks(curve_of(person, 44, 1.0))]
    assert [time_s for time_s, _ in told] == [20.0, 43.0]
    assert "happy 88%" in told[0][1]
    assert peaks(curve_of(_person(("neutral", 20)), 20, 1.0)) == []


def test_stretches_say_what_and_why():
    person = _person(("neutral", 10), ("", 3), ("neutral", 7))
    columns = person.columns
    columns["hint"][100:130] = "too dark"
    columns["smile"][20:30] = 0.9
    columns["smile"][32:40] = 0.9  # goes on after a blink of 0.2 s
    columns["brow_furrow"][:] = 0.3  # brows that are always a little together are no frown
    columns["brow_furrow"][50:60] = 0.6
    columns["yaw_deg"][70:80] = -40
    columns["pitch_deg"][80:85] = 30
    told = [(m.kind, round(m.time_s, 1), round(m.end_s, 1), m.words) for m in stretches(person, columns["time_s"])]
    assert told == [
        ("smiled", 2.0, 4.0, ""),
        ("frowned", 5.0, 6.0, ""),
        ("away", 7.0, 8.5, ""),
        ("unreadable", 10.0, 13.0, "too dark"),
    ]


def test_who_is_away_and_a_camera_that_is_away_are_told_apart():
    whole = _person(("happy", 20))
    times = whole.columns["time_s"]
    person = _cut(whole, 5, 9)
    person.columns["smile"][:] = 0.9
    session_times = times[(times < 12) | (times >= 15)]
    person = _cut(person, 12, 15)
    told = [(m.kind, round(m.time_s, 1), round(m.end_s, 1)) for m in stretches(person, session_times)]
    assert told == [
        ("smiled", 0.0, 5.0),
        ("absent", 5.0, 9.0),
        ("smiled", 9.0, 12.0),
        ("no_picture", 11.9, 15.0),
        ("smiled", 15.0, 20.0),
    ]


def test_marks_without_a_word_have_one():
    assert [moment.words for moment in marked((Mark(1.0, "joke"), Mark(2.0)))] == ["joke", "marked"]


def test_a_frame_lasts_until_the_next_and_never_over_a_gap():
    assert durations(np.array([0, 0.1, 0.2, 60.0])) == pytest.approx([0.1, 0.1, 0.1, 0.1])
    assert len(durations(np.empty(0))) == 0


def test_long_sessions_have_longer_steps():
    assert [step_for(seconds) for seconds in (60, 900, 1800, 3600, 36000)] == [0.25, 0.25, 0.5, 1.0, 10.0]


@pytest.mark.parametrize(("seconds", "said"), [(0, "0:00"), (59.96, "1:00"), (61.5, "1:01.5"), (3723, "1:02:03")])
def test_times_are_as_people_write_them(seconds, said):
    assert clock(seconds) == said


def test_people_of_a_session_about_everybody_are_told_apart(tmp_path):
    recorder = record(tmp_path, 3)
    recorder.finish()
    session = read_session(recorder.folder)
    assert [person.name for person in session.people] == ["You"]
    assert session.length_s == pytest.approx(3.0, abs=0.05)
    assert isinstance(session.folder, Path)


def test_who_may_have_changed_places_is_told_of():
    person = _person(("happy", 4))
    person.columns["track"] = np.repeat([1.0, 3.0], 20)
    (arrival,) = arrivals(person)
    assert (arrival.time_s, arrival.words) == (2.0, "a face came anew: of the same person, or of another")


def test_a_machine_that_looks_at_every_other_frame_overlooks_nobody():
    person = _person(("happy", 4))
    person.columns["seen"][1::2] = 0
    assert stretches(person, person.columns["time_s"]) == []


def test_a_strongest_moment_is_given_where_none_stands_out():
    curve = curve_of(_person(("happy", 4)), 4.0, 0.25)
    assert peaks(curve) == []
    assert len(peaks(curve, 1)) == 1
