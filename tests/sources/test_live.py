"""Reading in a thread, and the slot between the threads."""

from __future__ import annotations

import threading
import time

import pytest

from realtime.errors import CameraError, InputError
from realtime.slot import Slot
from realtime.sources.live import Live
from realtime.sources.looped import Looped
from tests.fakes import ListSource, frame


def test_slot_keeps_the_newest_and_counts_the_rest():
    slot: Slot[int] = Slot()
    for item in (1, 2, 3):
        slot.put(item)
    assert slot.take(0) == 3
    assert slot.dropped == 2
    assert slot.take(0.01) is None
    slot.put(4)
    slot.close()
    assert not slot.finished
    assert slot.take(0) == 4
    assert slot.finished


def test_slot_raises_what_it_was_closed_with_after_its_last_item():
    slot: Slot[int] = Slot()
    slot.put(1)
    slot.close(CameraError("gone", "Try again."))
    assert slot.take(0) == 1
    with pytest.raises(CameraError, match="gone"):
        slot.take(0)


def test_slot_wakes_a_waiting_taker():
    slot: Slot[int] = Slot()
    threading.Timer(0.05, slot.put, [7]).start()
    start = time.monotonic()
    assert slot.take(60) == 7
    assert time.monotonic() - start < 30


def test_live_drops_late_frames_and_hands_on_errors():
    live = Live(ListSource([frame(n) for n in range(50)], error=InputError("cut", "Try again.")))
    time.sleep(0.1)
    assert live.read().index == 49
    assert live.dropped == 49
    with pytest.raises(InputError, match="cut"):
        live.read()
    live.close()
    assert live.source.closed


def test_a_recording_in_place_of_a_camera_begins_again_and_keeps_its_pace():
    def recording() -> ListSource:
        return ListSource([frame(n, n / 100) for n in range(5)])

    source = Looped(recording(), recording)
    begun_s = time.monotonic()
    got = [one for _ in range(18) if (one := source.read()) is not None]
    source.close()
    assert [one.index for one in got] == list(range(15))
    assert time.monotonic() - begun_s >= 3 * 0.04
    assert begun_s <= got[0].time_s < got[-1].time_s <= time.monotonic()
    assert source.read() is None
