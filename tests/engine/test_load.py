"""Doing less, in a stated order, when the machine can't keep up."""

from __future__ import annotations

import pytest

from realtime.engine.load import STEPS, LoadShedding


class _Clock:
    def __init__(self):
        self.now_s = self.cpu_s = 0.0


def _load(clock, **options):
    return LoadShedding(clock=lambda: clock.now_s, cpu_clock=lambda: clock.cpu_s, **options)


def _work(load, clock, seconds, busy_s, cpu_s=0.0, fps=30.0):
    steps = []
    for _ in range(round(seconds * fps)):
        clock.now_s += 1 / fps
        clock.cpu_s += cpu_s
        load.spent(busy_s, 1 / fps)
        steps.append(load.step)
    return steps


def test_a_quick_machine_does_everything():
    clock = _Clock()
    load = _load(clock)
    assert set(_work(load, clock, 20, 0.005)) == {0}
    assert load.allows_search
    assert not any(load.skips(True) for _ in range(5))


def test_a_slow_one_leaves_out_the_second_look_first_and_then_every_other_detection():
    clock = _Clock()
    load = _load(clock)
    steps = _work(load, clock, 5, 0.05)
    assert sorted(set(steps)) == [0, 1, 2]
    assert steps == sorted(steps)
    assert not load.allows_search
    assert [load.skips(True) for _ in range(4)] == [True, False, True, False]
    assert not any(load.skips(False) for _ in range(3))


def test_it_comes_back_when_there_is_time_again_with_more_patience_each_time():
    clock = _Clock()
    load = _load(clock)
    _work(load, clock, 5, 0.05)
    assert _work(load, clock, 5, 0.01)[-1] == 2
    assert _work(load, clock, 3, 0.01)[-1] == 1
    waits = []
    for _ in range(3):
        _work(load, clock, 2.5, 0.05)
        assert load.step == 2
        steps = _work(load, clock, 60, 0.01)
        waits.append(steps.index(1) / 30)
    assert waits[0] < waits[1] < waits[2]


@pytest.mark.parametrize(("limit", "step"), [(50.0, 0), (25.0, 2)])
def test_a_limit_is_on_the_processor_time_used(limit, step):
    clock = _Clock()
    load = _load(clock, limit=limit)
    assert _work(load, clock, 10, 0.001, cpu_s=0.01)[-1] == step  # 30 % of a core


def test_movements_are_left_out_before_all_else():
    clock = _Clock()
    load = _load(clock, movements=True)
    _work(load, clock, 1.1, 0.05)
    assert not load.allows_movements
    assert load.allows_search
    assert "don't move" in load.notes[0]
    _work(load, clock, 3, 0.05)
    assert not load.allows_search
    assert load.skips(True)


def test_it_goes_no_further_than_it_may():
    clock = _Clock()
    load = _load(clock, most=1)
    assert _work(load, clock, 10, 0.05)[-1] == 1
    assert not load.skips(True)
    assert len(STEPS) == 3
