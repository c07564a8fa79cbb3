"""Frames read ahead by a thread are those of the source, in order, with its errors, and the thread ends."""

from __future__ import annotations

import pytest

from realtime.engine.ahead import Ahead
from realtime.errors import InputError
from tests.fakes import ListSource, frame


def test_all_frames_come_in_order_and_then_none():
    source = ListSource([frame(index) for index in range(50)])
    ahead = Ahead(source)
    assert [one.index for one in iter(ahead.read, None)] == list(range(50))
    assert ahead.ended
    ahead.close()
    assert source.closed


def test_an_error_of_the_source_comes_after_the_frames_before_it():
    ahead = Ahead(ListSource([frame(0), frame(1)], error=InputError("Broken.", "Mend it.")))
    assert [ahead.read().index, ahead.read().index] == [0, 1]
    with pytest.raises(InputError, match="Broken"):
        ahead.read()
    assert ahead.read() is None
    ahead.close()


def test_whoever_stops_in_the_middle_waits_for_nothing():
    ahead = Ahead(ListSource([frame(index) for index in range(50)]))
    assert ahead.read().index == 0
    ahead.stop()
    assert ahead.read() is None
    ahead.close()
    ahead.close()


def test_it_is_described_as_its_source():
    source = ListSource([frame()])
    ahead = Ahead(source)
    described = (ahead.name, ahead.fps, ahead.stills, ahead.paced, ahead.idle, ahead.dropped, ahead.reads)
    ahead.close()
    assert described == (source.name, source.fps, False, False, False, 0, source.reads)
