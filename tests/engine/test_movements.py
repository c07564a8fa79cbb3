"""How the faces that matter move, beside what is read of them."""

from __future__ import annotations

from dataclasses import replace

from realtime.engine.movements import Movements
from tests.fakes import frame, movement, readable, reading


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


def test_a_face_that_does_not_change_is_asked_about_now_and_then_one_that_does_at_once():
    reader, image = _Reader(*(movement(jawOpen=n / 10) for n in range(9))), readable()
    movements = Movements(reader)

    def seen(n, picture):
        (one,) = movements.added(frame(n, image=picture), [reading()])
        return one.movement.blendshapes["jawOpen"]

    assert [seen(n, image) for n in range(7)] == [0] * 7
    assert seen(8, image) == 0.1  # after a quarter of a second
    lips = image.copy()
    lips[125:135, 150:170] -= 40
    assert seen(9, lips) == 0.2
    assert len(reader.asked) == 3
    assert len(movements.answers) == 1


def test_in_a_replay_every_answer_is_asked_for():
    reader = _Reader(*(movement() for _ in range(3)))
    movements = Movements(reader, reuse=False)
    for n in range(3):
        movements.added(frame(n), [reading()])
    assert len(reader.asked) == 3


def test_what_fails_is_told_of_once_and_not_asked_again(caplog):
    reader = _Reader(RuntimeError("broken"))
    movements = Movements(reader)
    for _ in range(2):
        assert movements.added(frame(), [reading()])[0].movement is None
    assert [record.getMessage() for record in caplog.records] == [
        "What tells how faces move fails, and is not used any more: broken."
    ]
    assert len(reader.asked) == 1
