"""How the faces that matter move, beside what is read of them."""

from __future__ import annotations

from dataclasses import replace

from realtime.engine.movements import Movements
from tests.fakes import frame, movement, reading


class _Reader:
    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def movement(self, image, region):
        self.asked.append(region.center)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_the_largest_faces_are_asked_about_and_the_order_stays():
    small, large, middle = (reading(track=n, x=100 * n, size=size) for n, size in ((1, 40), (2, 90), (3, 60)))
    reader = _Reader(movement(jawOpen=0.5), None)
    moved = Movements(reader, most=2).added(frame(), [small, large, middle])
    assert [one.track for one in moved] == [1, 2, 3]
    assert [one.movement and one.movement.blendshapes["jawOpen"] for one in moved] == [None, 0.5, None]
    assert reader.asked == [large.face.region.center, middle.face.region.center]


def test_a_face_that_is_only_expected_is_not_asked_about():
    reader = _Reader()
    (still,) = Movements(reader).added(frame(), [replace(reading(), raw=None)])
    assert still.movement is None
    assert reader.asked == []


def test_without_time_nobody_is_asked():
    reader = _Reader(movement())
    movements = Movements(reader, allowed=lambda: False)
    assert movements.added(frame(), [reading()])[0].movement is None
    assert movements.answers == []


def test_what_fails_is_told_of_once_and_not_asked_again(caplog):
    reader = _Reader(RuntimeError("broken"))
    movements = Movements(reader)
    for _ in range(2):
        assert movements.added(frame(), [reading()])[0].movement is None
    assert [record.getMessage() for record in caplog.records] == [
        "What tells how faces move fails, and is not used any more: broken."
    ]
    assert len(reader.asked) == 1
