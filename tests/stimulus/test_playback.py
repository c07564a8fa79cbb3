"""From what a player tells to the stimulus' own time, whatever the player and the viewer do."""

from __future__ import annotations

import pytest

from realtime.stimulus.playback import Piece, Playback

FRAME_S = 0.04


def played(playback: Playback, at_s: float, from_s: float, to_s: float, stimulus: int = 1, rate: float = 1.0) -> float:
    """Let frames be shown; return when the last one was."""
    count = round((to_s - from_s) / FRAME_S)
    for n in range(count + 1):
        playback.shown(stimulus, at_s + n * FRAME_S * rate, from_s + n * FRAME_S)
    return at_s + count * FRAME_S * rate


def test_between_two_frames_the_time_goes_on_and_before_and_after_there_is_none():
    playback = Playback()
    end_s = played(playback, 100.0, 0.0, 2.0)
    playback.stopped(end_s + FRAME_S, "ended")
    assert playback.at(99.9) == (0, None)
    assert playback.at(101.03) == (1, pytest.approx(1.03))
    assert playback.at(end_s + 0.03) == (1, pytest.approx(2.03))
    assert playback.at(end_s + 0.2) == (0, None)


def test_a_clock_that_runs_off_and_frames_that_are_left_out_cost_nothing():
    playback = Playback()
    for n in range(0, 5000, 2):  # every other frame, by a clock that loses one in a thousand: 0.2 s in all
        playback.shown(1, 50.0 + n * FRAME_S * 1.001, n * FRAME_S)
    for n in (0, 1234, 4990):
        assert playback.at(50.0 + n * FRAME_S * 1.001)[1] == pytest.approx(n * FRAME_S, abs=1e-6)
    assert len(playback.pieces()) == 1


def test_what_was_not_told_yet_is_taken_to_go_on_but_not_for_long():
    playback = Playback()
    end_s = played(playback, 10.0, 0.0, 1.0)
    assert playback.at(end_s + 0.4) == (1, pytest.approx(1.4))
    assert playback.at(end_s + 0.6) == (0, None)


def test_pauses_stalls_and_jumps_are_no_time_of_the_stimulus():
    playback = Playback()
    end_s = played(playback, 10.0, 0.0, 2.0)
    playback.stopped(end_s + 0.02, "paused")
    end_s = played(playback, 20.0, 2.04, 4.0)  # goes on, then stalls without a word
    end_s = played(playback, end_s + 1.0, 4.04, 5.0)
    end_s = played(playback, end_s + 0.3, 30.0, 31.0)  # and jumps without one
    playback.stopped(end_s, "left")
    assert playback.at(15.0) == (0, None)
    assert playback.at(20.5)[1] == pytest.approx(2.54)
    assert playback.at(22.5) == (0, None)
    told = [(piece.time_s, piece.from_s, piece.then) for piece in playback.pieces(10.0)]
    assert told == [
        (0.0, 0.0, "paused"),
        (10.0, 2.04, "stalled"),
        (pytest.approx(12.96), 4.04, "sought"),
        (pytest.approx(14.22), 30.0, "left"),
    ]
    assert playback.pieces()[0].to_s == pytest.approx(2.02)


def test_one_stimulus_follows_the_other_and_frames_of_one_refresh_count_once():
    playback = Playback()
    end_s = played(playback, 0.0, 0.0, 1.0, stimulus=2)
    playback.shown(2, end_s, 1.04)
    played(playback, 5.0, 0.0, 1.0, stimulus=1)
    assert [(piece.stimulus, piece.then) for piece in playback.pieces()] == [(2, "ended"), (1, "")]
    assert (playback.at(0.5)[0], playback.at(5.5)[0], playback.at(3.0)[0]) == (2, 1, 0)
    assert isinstance(playback.pieces()[0], Piece)
    with pytest.raises(ValueError, match="gone"):
        playback.stopped(9.0, "gone")
