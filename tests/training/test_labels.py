"""What FER, FER+ and the program call the classes."""

from __future__ import annotations

import pytest

from training.labels import FERPLUS, ferplus_agreed


@pytest.mark.parametrize(
    ("votes", "agreed"),
    [
        ((6, 4, 0, 0, 0, 0, 0, 0, 0, 0), "neutral"),
        ((0, 5, 1, 1, 1, 0, 1, 1, 0, 0), "happiness"),  # single votes don't count
        ((5, 5, 0, 0, 0, 0, 0, 0, 0, 0), None),
        ((4, 2, 2, 2, 0, 0, 0, 0, 0, 0), None),
        ((3, 0, 0, 0, 0, 0, 0, 0, 7, 0), None),  # unknown
        ((0, 0, 0, 0, 0, 0, 4, 0, 0, 6), None),  # not a face
        ((1, 1, 1, 1, 1, 1, 1, 1, 1, 1), None),
        (None, None),
    ],
)
def test_taggers_agree_when_more_than_half_of_them_do(votes, agreed):
    assert ferplus_agreed(votes) == (FERPLUS.index(agreed) if agreed else -1)
