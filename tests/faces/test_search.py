"""Which detector looks where and when, and what becomes of what both find: stories at 30 frames a second."""

from __future__ import annotations

import logging
from collections import Counter
from itertools import product

import cv2
import numpy as np
import pytest

from realtime.faces.search import FaceSearch
from realtime.records import Frame
from tests.fakes import face

SIZE_WH = (1280, 720)


def _frame(n: int = 0) -> Frame:
    return Frame(np.zeros((SIZE_WH[1], SIZE_WH[0], 3), np.uint8), n, n / 30, "scene")


class _Near:
    """Finds some faces in the whole picture, and others where it looks closely."""

    def __init__(self, faces=(), close=()):
        self.faces, self.close = faces, close
        self.looks = 0

    def detect(self, frame):
        return list(self.faces)

    def look(self, image, region):
        self.looks += 1
        seen = (f for f in self.close if np.hypot(*np.subtract(f.region.center, region.center)) < region.size_px)
        return next(seen, None)


class _Far:
    """Finds the faces whose middles lie in what it looks at, if they are large enough in it and turned upright."""

    def __init__(self, faces=(), smallest_px=10.0):
        self.faces, self.smallest_px = faces, smallest_px
        self.looks = []

    def look(self, image, look):
        self.looks.append(look)
        left, top, right, bottom = look.area or (0, 0, *SIZE_WH)
        scale = look.size_px / max(right - left, bottom - top)
        return [
            f
            for f in self.faces
            if left <= f.region.center[0] < right
            and top <= f.region.center[1] < bottom
            and f.region.size_px * scale >= self.smallest_px
            and round(f.region.roll_rad / (np.pi / 2)) % 4 == -look.quarter_turns % 4
        ]


NEAR = face(640, 360, 300, score=0.95)
FAR = face(1000, 300, 60, score=0.85)
TINY = face(300, 500, 22, score=0.8)
LYING = face(300, 300, 120, roll=np.pi / 2, score=0.8)


def _places(faces):
    return [(round(f.region.center[0]), round(f.region.center[1])) for f in faces]


# ---- when the far detector looks


def test_a_picture_of_which_nothing_is_known_is_looked_at_thoroughly():
    """The first frame counts: who is small or lies down is covered in it too."""
    search = FaceSearch(_Near(), _Far([FAR, TINY, LYING]))
    assert len(search.detect(_frame(), None)) == 3


def test_while_nobody_is_known_both_look_at_every_frame():
    far = _Far()
    search = FaceSearch(_Near(), far)
    for n in range(60):
        search.detect(_frame(n), [] if n else None)
    whole = [look for look in far.looks if look.area is None and not look.quarter_turns]
    assert len(whole) >= 60


def test_somebody_near_costs_few_looks_of_either_kind():
    near, far = _Near([NEAR], close=[NEAR]), _Far([NEAR])
    search = FaceSearch(near, far)
    search.detect(_frame(), None)
    near.looks = 0
    far.looks.clear()
    for n in range(1, 61):
        assert _places(search.detect(_frame(n), [NEAR.region])) == _places([NEAR])
    assert 8 <= len(far.looks) <= 14
    assert 8 <= near.looks <= 12


def test_somebody_near_who_may_be_elsewhere_is_looked_at_closely_more_often():
    """The look at all of the picture shows them, but not quite where they are expected."""
    near = _Near([face(670, 360, 300, score=0.9)], close=[NEAR])
    search = FaceSearch(near, _Far([NEAR]))
    for n in range(61):
        search.detect(_frame(n), [NEAR.region] if n else None)
    assert 15 <= near.looks <= 23


def test_somebody_near_who_moves_is_looked_at_closely_in_every_frame():
    near = _Near()
    search = FaceSearch(near, _Far())
    expected = None
    for n in range(11):
        there = face(140 + 100 * n, 360, 300, score=0.95)
        near.faces = near.close = [there]
        found = search.detect(_frame(n), expected)
        assert _places(found) == _places([there])
        expected = [there.region]
    assert near.looks == 11


@pytest.mark.parametrize("found", [face(620, 300, 200, score=0.57), None])
def test_a_head_upside_down_is_seen_as_it_is(found):
    """Both detectors take it for a smaller one that stands upright."""
    true = face(640, 360, 260, roll=np.pi, score=0.92)

    class Overhead(_Near):
        def look(self, image, region):
            return true if np.cos(region.roll_rad) < 0 else found

    search = FaceSearch(Overhead(), _Far([face(610, 310, 220, score=0.9)]))
    known = None
    for n in range(5):
        (seen,) = search.detect(_frame(n), known)
        assert (seen.region.center, seen.region.roll_rad) == (true.region.center, true.region.roll_rad)
        known = [seen.region]


def test_close_looks_at_a_face_at_rest_are_taken_at_one_place():
    """Looks at places that differ by a pixel show faces that differ by more, and an emoji would tremble."""
    rng = np.random.default_rng(0)
    places = []

    class Trembling(_Near):
        def look(self, image, region):
            places.append(region)
            x, y = rng.normal(0, 3, 2)
            return face(640 + x, 360 + y, 300 + rng.normal(0, 5), score=0.95)

    search = FaceSearch(Trembling(), _Far())
    known = [NEAR.region]
    for n in range(60):
        (found,) = search.detect(_frame(n), known)
        known = [found.region]
    assert len(places) == 60
    assert len(set(places)) == 1


def test_a_close_look_says_where_a_face_is():
    """At two metres the near detector's box takes in an arm; what a close look shows counts."""
    sloppy, far = face(660, 400, 420, score=0.55), face(645, 365, 290, score=0.9)
    near = _Near([sloppy], close=[NEAR])
    search = FaceSearch(near, _Far([far]))
    for n in range(30):
        (found,) = search.detect(_frame(n), [NEAR.region] if n else None)
        assert found.region == NEAR.region
        assert np.array_equal(found.keypoints.points, NEAR.keypoints.points)


def test_a_close_look_that_shows_nothing_leaves_the_face_as_it_was():
    """As with a profile: the far detector sees it, the near one does not."""
    search = FaceSearch(_Near(), _Far([FAR]))
    for n in range(10):
        (found,) = search.detect(_frame(n), [FAR.region] if n else None)
        assert found.region == FAR.region


def test_a_close_look_makes_a_new_face_exact_but_no_more_likely():
    """What only looks like a face looks more so from close by."""
    close = face(1004, 306, 66, score=0.95)
    (found,) = FaceSearch(_Near(close=[close]), _Far([face(1000, 300, 80, score=0.6)])).detect(_frame(), None)
    assert found.region == close.region
    assert found.score == pytest.approx(0.6)


@pytest.mark.parametrize("enlarged", [0.9, 0.35])
def test_a_tiny_face_is_as_likely_as_it_looks_enlarged(enlarged):
    """At its own size a head of 20 pixels scores 0.3 to 0.8, and so does what is none."""
    faint, clear = face(300, 500, 14, score=0.6), face(300, 500, 13, score=enlarged)
    far = _Far()
    far.look = lambda image, look: [clear if look.size_px == 160 else faint]
    for near in (_Near(), _Near(close=[face(300, 500, 13, score=0.7)])):
        search = FaceSearch(near, far)
        for n in range(10):
            (found,) = search.detect(_frame(n), [clear.region] if n and enlarged > 0.5 else None)
            assert found.score == pytest.approx(enlarged)


def test_somebody_far_is_looked_for_around_the_last_place_in_every_frame():
    far = _Far([TINY], smallest_px=8)
    search = FaceSearch(_Near(), far)
    assert _places(search.detect(_frame(), None)) == _places([TINY])
    for n in range(1, 30):
        assert _places(search.detect(_frame(n), [TINY.region])) == _places([TINY])
    around = [look for look in far.looks if look.size_px == 160]
    assert len(around) == 29
    assert all(look.area[2] - look.area[0] < 300 for look in around)


def test_somebody_who_lies_is_looked_for_in_a_picture_turned_upright():
    search = FaceSearch(_Near(), _Far([LYING]))
    for n in range(20):
        assert _places(search.detect(_frame(n), [LYING.region] if n else None)) == _places([LYING])


def test_many_far_people_are_found_by_one_look_that_is_fine_enough():
    people = [face(100 + 150 * n, 300, 30, score=0.95) for n in range(8)]
    far = _Far(people)
    search = FaceSearch(_Near(), far)
    for n in range(1, 30):
        found = search.detect(_frame(n), [f.region for f in people])
        assert len(found) == 8
    assert Counter(look.size_px for look in far.looks)[640] == 29


def test_somebody_new_is_found_while_another_is_near():
    """At once where a look at the whole shows them, within ten seconds where it takes a look at each part."""
    for new, within in ((FAR, 16), (TINY, 300), (LYING, 300)):
        far = _Far(smallest_px=12)
        search = FaceSearch(_Near([NEAR], close=[NEAR]), far)
        search.detect(_frame(), None)
        far.faces = [new]
        shown = (_places(search.detect(_frame(n), [NEAR.region])) for n in range(1, within + 1))
        assert any(_places([new])[0] in places for places in shown)


def test_closely_on_looks_at_every_frame_and_off_never_at_a_part():
    for closely, least, parts in (("on", 60, True), ("off", 8, False)):
        far = _Far()
        search = FaceSearch(_Near([NEAR], close=[NEAR]), far, closely=closely)
        for n in range(60):
            search.detect(_frame(n), [NEAR.region] if n else None)
        assert len(far.looks) >= least
        assert any(look.area and look.size_px == 320 for look in far.looks) is parts


def test_no_more_people_are_looked_for_where_the_machine_cannot_keep_up():
    far = _Far([FAR])
    search = FaceSearch(_Near([NEAR], close=[NEAR]), far, allowed=lambda: False)
    for n in range(30):
        assert len(search.detect(_frame(n), [NEAR.region, FAR.region])) == 2
    assert all(look.area for look in far.looks)


def test_a_large_still_is_looked_at_as_it_is_part_by_part():
    far = _Far()
    image = np.zeros((3000, 4000, 3), np.uint8)
    FaceSearch(_Near(), far, stills=True).detect(Frame(image, 0, 0.0, "still"), None)
    tiles = [look.area for look in far.looks if look.area and look.size_px == 1280]
    assert all(right - left <= 1280 and bottom - top <= 1280 for left, top, right, bottom in tiles)
    seen = np.zeros((3000, 4000), bool)
    for left, top, right, bottom in tiles:
        seen[top:bottom, left:right] = True
    assert seen.all()


@pytest.mark.parametrize("size_wh", [(1280, 720), (1920, 1080), (720, 1280), (1000, 1000)])
def test_no_look_at_a_video_is_so_large_that_it_takes_much_memory(size_wh):
    """A network of 1280 pixels needs 60 MB once; quarters show the same faces, and none is cut in all of them."""
    far = _Far()
    FaceSearch(_Near(), far).detect(Frame(np.zeros((size_wh[1], size_wh[0], 3), np.uint8), 0, 0.0, "scene"), None)
    assert max(look.size_px for look in far.looks) == 640
    fine = [look for look in far.looks if look.size_px == 640 and look.area]
    assert len(fine) == 4
    head = 28 / (640 / max(fine[0].area[2] - fine[0].area[0], fine[0].area[3] - fine[0].area[1]))
    for x, y in product(*(np.linspace(0, length - head, 40) for length in size_wh)):
        assert any(
            left <= x and x + head <= right and top <= y and y + head <= bottom
            for left, top, right, bottom in (look.area for look in fine)
        )


def test_a_small_picture_is_not_enlarged_for_a_fine_look():
    far = _Far()
    FaceSearch(_Near(), far).detect(Frame(np.zeros((480, 640, 3), np.uint8), 0, 0.0, "scene"), None)
    assert all(look.area is None for look in far.looks if look.size_px == 640)


@pytest.mark.parametrize("size_wh", [(1, 1), (3000, 20), (20, 3000), (257, 300)])
def test_odd_pictures_are_searched(size_wh):
    image = np.zeros((size_wh[1], size_wh[0], 3), np.uint8)
    for stills in (False, True):
        search = FaceSearch(_Near(), _Far(), stills=stills)
        for n, known in enumerate((None, [], [face(5, 5, 4).region])):
            assert search.detect(Frame(image, n, n / 30, "odd"), known) == []


# ---- what both find


def test_what_both_see_is_one_face_and_more_certain():
    near, far = face(640, 360, 200, score=0.8), face(650, 370, 190, score=0.7)
    (found,) = FaceSearch(_Near([near]), _Far([far])).detect(_frame(), None)
    assert found.region == far.region
    assert found.score == pytest.approx(1 - 0.2 * 0.3)


def test_several_looks_at_one_face_do_not_make_it_more_certain():
    (found,) = FaceSearch(_Near(), _Far([FAR])).detect(_frame(), None)
    assert found.score == pytest.approx(FAR.score)


def test_two_faces_side_by_side_stay_two():
    beside = face(1000 + 45, 300, 60, score=0.85)
    assert len(FaceSearch(_Near(), _Far([FAR, beside])).detect(_frame(), None)) == 2


def test_a_mirror_image_beyond_the_border_is_nobody():
    inside, outside = face(8, 300, 60, score=0.9), face(-60, 300, 60, score=0.95)
    far = _Far()
    far.look = lambda image, look: [inside, outside] if look.area and look.area[0] < 0 else []
    search = FaceSearch(_Near(), far)
    assert _places(search.detect(_frame(), None)) == _places([inside])


def test_a_face_that_fills_the_picture_is_one_without_its_mirror_image():
    size_px = 170
    whole, doubled = face(75, 80, size_px, score=0.9), face(-18, 88, size_px, score=0.92)
    kaleidoscope = face(20, 90, 1.3 * size_px, score=0.9)
    far = _Far()
    far.look = lambda image, look: [doubled] if look.area and look.area[0] < 0 else [whole]
    search = FaceSearch(_Near([whole], close=[kaleidoscope]), far)
    frame = Frame(np.zeros((160, 160, 3), np.uint8), 0, 0.0, "scene")
    assert _places(search.detect(frame, None)) == _places([whole])
    assert _places(search.detect(frame, [whole.region])) == _places([whole])


def test_half_a_face_beside_another_one_is_found_in_the_mirror():
    whole, half = face(60, 300, 100, score=0.9), face(4, 450, 100, score=0.8)
    far = _Far()
    far.look = lambda image, look: [half] if look.area and look.area[0] < 0 else [whole]
    assert len(FaceSearch(_Near([whole]), far).detect(_frame(), None)) == 2


def test_what_a_look_at_a_part_cuts_in_two_is_nobody():
    """Of a bust without its head, the end of the look makes a face."""
    shoulders = face(640, 380, 150, score=0.6)
    far = _Far()
    far.look = lambda image, look: [shoulders] if look.area and look.area[1] > 0 else []
    assert FaceSearch(_Near(), far).detect(_frame(), None) == []


def test_both_borders_are_looked_at_mirrored_within_a_second():
    far = _Far()
    search = FaceSearch(_Near([NEAR], close=[NEAR]), far)
    search.detect(_frame(), None)
    far.looks.clear()
    for n in range(1, 31):
        search.detect(_frame(n), [NEAR.region])
    assert any(look.area and look.area[0] < 0 for look in far.looks)
    assert any(look.area and look.area[2] > SIZE_WH[0] for look in far.looks)


def test_faces_narrower_than_asked_are_left_out():
    search = FaceSearch(_Near([NEAR]), _Far([FAR]), min_face_px=100)
    assert _places(search.detect(_frame(), None)) == _places([NEAR])


# ---- one detector alone


def test_either_detector_can_be_missing():
    assert len(FaceSearch(_Near([NEAR]), None).detect(_frame(), None)) == 1
    assert len(FaceSearch(None, _Far([NEAR])).detect(_frame(), None)) == 1


def test_a_far_detector_that_fails_is_told_of_once_and_left_out(caplog):
    class Failing:
        def look(self, image, look):
            raise cv2.error("out of memory")

    search = FaceSearch(_Near([NEAR]), Failing())
    with caplog.at_level(logging.WARNING):
        assert all(len(search.detect(_frame(n), None)) == 1 for n in range(3))
    assert len(caplog.records) == 1
    caplog.clear()
