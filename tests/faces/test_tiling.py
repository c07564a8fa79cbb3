"""Finding far faces in videos, one tile a frame."""

from __future__ import annotations

import numpy as np

from realtime.faces.tiling import SecondLook, ThoroughDetector
from realtime.records import Face, Frame
from tests.fakes import face, picture


class _World:
    """Stands for a detector: sees the faces of a scene that are large enough in the piece of picture it is given.

    Pictures carry their own place: the pixel's column in the first two channels, its row in the third.
    """

    def __init__(self, faces: list[Face], smallest: float = 0.1):
        self.faces, self.smallest = faces, smallest
        self.looks: list[tuple[int, ...]] = []

    def detect(self, frame: Frame) -> list[Face]:
        height, width = frame.image.shape[:2]
        left = int(frame.image[0, 0, 0]) * 256 + int(frame.image[0, 0, 1])
        top = int(frame.image[0, 0, 2]) * 4
        self.looks.append((left, top, width, height))
        found = []
        for one in self.faces:
            x, y, size = *one.region.center, one.box[2] - one.box[0]
            if left < x < left + width and top < y < top + height and size >= self.smallest * width:
                found.append(face(x - left, y - top, size, score=one.score))
        return found


def _frame(n: int, width: int = 1280, height: int = 720) -> Frame:
    image = picture(width, height)
    image[:, :, 0] = np.arange(width) // 256
    image[:, :, 1] = np.arange(width) % 256
    image[:, :, 2] = (np.arange(height) // 4)[:, None]
    return Frame(image, n, n / 30, "list")


def test_the_second_look_costs_one_more_call_at_most():
    world = _World([face(300, 300, 200)])
    finder = SecondLook(world, always=True)
    for n in range(30):
        before = len(world.looks)
        assert len(finder.detect(_frame(n))) == 1
        assert len(world.looks) - before == 2


def test_in_time_every_part_of_the_picture_is_looked_at():
    world = _World([])
    finder = SecondLook(world, always=True)
    seen = np.zeros((720, 1280), bool)
    for n in range(40):
        finder.detect(_frame(n))
        left, top, width, height = world.looks[-1]
        seen[top : top + height, left : left + width] = True
    assert seen.all()


def test_a_far_face_is_found_and_then_looked_at_again_and_again():
    world = _World([face(1000, 500, 60)])
    finder = SecondLook(world, always=True)
    found = [finder.detect(_frame(n)) for n in range(60)]
    first = next(n for n, faces in enumerate(found) if faces)
    assert first < 20
    x, y = found[first][0].region.center
    assert abs(x - face(1000, 500, 60).region.center[0]) < 8
    assert abs(y - face(1000, 500, 60).region.center[1]) < 8
    assert sum(bool(faces) for faces in found[first:]) >= 0.5 * (60 - first)


def test_without_anybody_far_away_it_is_taken_now_and_then():
    world = _World([face(300, 300, 200)])
    finder = SecondLook(world)
    for n in range(60):
        finder.detect(_frame(n))
    assert 60 + 8 <= len(world.looks) <= 60 + 12


def test_it_is_left_out_when_not_wanted():
    world = _World([face(1000, 500, 60)])
    finder = SecondLook(world, always=True, wanted=lambda: False)
    assert [finder.detect(_frame(n)) for n in range(20)] == [[]] * 20
    assert len(world.looks) == 20


def test_a_face_both_looks_find_is_one():
    world = _World([face(300, 300, 200)])
    finder = SecondLook(world, always=True)
    for n in range(40):
        (one,) = finder.detect(_frame(n))
        assert one.box[0] == 200


def test_a_tile_is_believed_only_at_a_higher_score():
    for score, sure, counted in ((0.9, True, 1), (0.6, False, 1), (0.4, False, 0)):
        finder = SecondLook(_World([face(1000, 500, 60, score=score)]), always=True)
        found = [f for n in range(30) for f in finder.detect(_frame(n))]
        assert bool(found) is bool(counted)
        assert all(f.sure is sure for f in found)


def test_stills_take_only_what_is_sure():
    finder = ThoroughDetector(_World([face(1000, 500, 60, score=0.6), face(400, 300, 60, score=0.9)]))
    assert [round(f.score, 1) for f in finder.detect(_frame(0))] == [0.9]
