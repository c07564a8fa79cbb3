"""Bursts around people who laugh."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from realtime.drawing.reactions import BURST_S
from realtime.engine.reactions import Reactions
from realtime.records import REACTIONS
from tests.fakes import picture, reading


def _drawn(reactions, readings, time_s):
    image = picture()
    reactions.draw(image, readings, time_s)
    return int((image != 128).any(axis=2).sum())


@pytest.mark.parametrize("kind", REACTIONS)
def test_a_burst_comes_after_two_seconds_of_laughing_and_ends(kind):
    reactions, laughing = Reactions(kind), [reading()]
    times = np.arange(0, 8, 0.1)
    seen = [_drawn(reactions, laughing, time_s) > 0 for time_s in times]
    assert not any(seen[:20])
    assert seen[22]
    assert sum(seen) * 0.1 == pytest.approx(BURST_S[kind], abs=0.3)


def test_who_smiles_a_little_or_stops_is_not_cheered():
    reactions = Reactions("hearts")
    calm, sad = replace(reading(), strong=False), reading(emotion="sad")
    assert not any(_drawn(reactions, [calm], time_s) for time_s in np.arange(0, 5, 0.2))
    for n in range(30):
        assert not _drawn(reactions, [sad if n % 10 == 9 else reading()], 10 + 0.15 * n)


def test_calm_hearts_change_little_from_frame_to_frame():
    """No flashing: much less of the picture changes at a time than with the others."""
    changes = {}
    for kind in REACTIONS:
        reactions, before, most = Reactions(kind), picture(), 0.0
        for n in range(150):
            image = picture()
            reactions.draw(image, [reading()], n / 30)
            most = max(most, float((np.abs(image.astype(int) - before).max(axis=2) > 60).mean()))
            before = image
        changes[kind] = most
    assert changes["calm"] < 0.5 * changes["hearts"]
    assert changes["calm"] < 0.5 * changes["confetti"]


def test_everybody_has_a_burst_of_their_own_and_is_forgotten_when_gone():
    reactions = Reactions("hearts")
    one, other = reading(track=1, x=80, size=50), reading(track=2, x=240, size=50)
    for n in range(25):
        _drawn(reactions, [one], n / 10)
    assert _drawn(reactions, [one], 2.5) > 0
    assert _drawn(reactions, [other], 2.6) == 0
    assert _drawn(reactions, [one], 2.7) == 0
