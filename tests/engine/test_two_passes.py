"""Videos that are looked at wholly before they are drawn: nobody is bare between their first and last sighting."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from realtime.drawing.head import head_of
from realtime.engine.analysis import About, Analysis, Edits, Track, Zone, edited
from realtime.engine.analyst import Collector, FirstPass
from realtime.engine.covering import AROUND, EXTENDED_S, SOONER_S
from realtime.engine.life import Life
from realtime.engine.movements import Movements
from realtime.engine.painter import Painter
from realtime.engine.plan import Plan
from realtime.engine.reader import FaceReader
from realtime.engine.rendering import PlannedPainter, PlannedReader
from realtime.errors import InputError, UsageError
from realtime.packs.library import PackLibrary
from realtime.records import Face, Frame, Landmarks, Prediction
from tests.fakes import (
    ListSource,
    Packs,
    ScriptedClassifier,
    ScriptedDetector,
    face,
    frame,
    movement,
    prediction,
    readable,
)

KEY = (255, 0, 253)
SIZE_WH = (640, 360)
FPS = 30

Place = tuple[float, float, float]
Actor = Callable[[int], "Place | None"]


@pytest.fixture(scope="module")
def pack():
    return PackLibrary("classic").current


class _Cuts:
    def __init__(self, at: Sequence[int]):
        self._at, self._next = set(at), -1

    def is_cut(self, image: np.ndarray) -> bool:
        self._next += 1
        return self._next in self._at


class _Verifier:
    """Says of a region whether it is a face, as a function of how often it was asked says."""

    def __init__(self, answers: Callable[[int], bool]):
        self._answers, self._asked = answers, -1

    def look(self, image: np.ndarray, region) -> Landmarks | None:
        self._asked += 1
        return Landmarks(region.center, (30.0, 40.0)) if self._answers(self._asked) else None


def _faces(actors: Sequence[Actor], index: int) -> list[Face]:
    places = [actor(index) for actor in actors]
    return [face(*place) for place in places if place is not None]


def _picture(actors: Sequence[Actor], index: int) -> np.ndarray:
    """Return a picture in which whatever is seen of a head is of one colour."""
    image = readable(*SIZE_WH)
    for one in _faces(actors, index):
        head = head_of(one.region)
        axes = (2 * head.radii[0] - 6, 2 * head.radii[1] - 6)
        cv2.ellipse(image, (head.center, axes, math.degrees(head.roll_rad)), KEY, cv2.FILLED)
    return image


def _frames(actors: Sequence[Actor], count: int) -> list[Frame]:
    return [frame(index, index / FPS, _picture(actors, index)) for index in range(count)]


def _analysed(
    actors: Sequence[Actor],
    count: int,
    missed: Callable[[int], bool] = lambda index: False,
    *,
    cuts: Sequence[int] = (),
    said: Callable[[int], Prediction] = lambda call: prediction(),
    verifier: _Verifier | None = None,
) -> Analysis:
    """Make the first pass over actors who are found where they are, but for the frames in which they are missed."""
    detector = ScriptedDetector(lambda index: [] if missed(index) else _faces(actors, index))
    collector = Collector()
    reader = FaceReader(detector, ScriptedClassifier(said), verifier=verifier, cuts=_Cuts(cuts), recorder=collector)
    return FirstPass(ListSource(_frames(actors, count)), reader, collector)(About("list", "0" * 64, FPS, "1"))


def _drawn(analysis: Analysis, actors: Sequence[Actor], pack) -> list[np.ndarray]:
    plan = Plan(analysis)
    reader = PlannedReader(plan)
    painter = PlannedPainter(Painter(Packs([pack])), plan, reader)
    frames = _frames(actors, len(analysis.frames))
    return [painter.paint(one, reader.read(one), reader.suspects) for one in frames]


class _Mover:
    """Says that the mouth opens wider from frame to frame."""

    def __init__(self):
        self.asked = 0

    def movement(self, image, region):
        self.asked += 1
        return movement(jawOpen=min(self.asked / 10, 1.0))


def _bare(images: Sequence[np.ndarray]) -> list[int]:
    """Return the frames in which something of a head is to be seen."""
    return [index for index, image in enumerate(images) if (image == KEY).all(2).sum() > 2]


def _walking(speed_px: float, start: float = 160, end: float = 480, size: float = 70) -> Actor:
    def place(index: int) -> Place:
        way, length = speed_px * index, end - start
        at = way % (2 * length)
        return start + min(at, 2 * length - at), 180 + 20 * math.sin(index / 12), size

    return place


def _drop_outs(seed: int, late: int, count: int) -> set[int]:
    """Return frames in which nobody is found: the first ones, then by turns 8 to 20 seen and 1 to 15 missed."""
    chance = random.Random(seed)
    missed, at = set(range(late)), late + 12
    while at < count - 12:
        lasts = chance.randint(1, 15)
        missed |= set(range(at, at + lasts))
        at += lasts + chance.randint(8, 20)
    return missed


# ---- nobody is bare


def test_emoji_move_in_the_second_pass_and_cover_all_the_same():
    pack = PackLibrary("classic").current
    walker = _walking(6.0)
    analysis = _analysed([walker], 12)
    plan = Plan(analysis)
    mover = _Mover()
    reader = PlannedReader(plan, movements=Movements(mover, reuse=False))
    painter = PlannedPainter(Painter(Packs([pack]), life=Life()), plan, reader)
    moved = [painter.paint(one, reader.read(one), reader.suspects) for one in _frames([walker], 12)]
    assert mover.asked > 6
    assert _bare(moved) == []
    still = _drawn(analysis, [walker], pack)
    assert np.abs(moved[-1].astype(int) - still[-1]).max() > 60


@pytest.mark.parametrize("speed_px", [0, 2, 5, 10])
@pytest.mark.parametrize("seed", range(4))
def test_nobody_is_bare_who_is_found_late_and_lost_again_and_again(pack, speed_px, seed):
    actors = [_walking(speed_px)]
    missed = _drop_outs(seed, late=12, count=150)
    analysis = _analysed(actors, 150, missed.__contains__)
    assert [track.confirmed for track in analysis.tracks] == [True]
    assert _bare(_drawn(analysis, actors, pack)) == []


def test_live_the_same_person_is_bare_until_found(pack):
    actors = [_walking(5)]
    reader = FaceReader(ScriptedDetector(lambda n: [] if n < 12 else _faces(actors, n)), ScriptedClassifier())
    painter = Painter(Packs([pack]))
    images = [painter.paint(one, reader.read(one), reader.suspects) for one in _frames(actors, 40)]
    assert _bare(images) == list(range(12))


@pytest.mark.parametrize("speed_px", [10, 16, 24])
def test_a_fast_head_is_covered_wherever_it_turns(pack, speed_px):
    actors = [_walking(speed_px)]
    assert _bare(_drawn(_analysed(actors, 120), actors, pack)) == []


def test_a_still_head_has_a_still_cover():
    def trembling(index: int) -> Place:
        return 320 + 0.8 * (-1) ** index, 180 + 0.6 * (-1) ** (index // 2), 70

    plan = Plan(_analysed([trembling], 90))
    centers = np.array([plan.readings(at)[0].face.region.center for at in range(90)])
    steps = np.abs(np.diff(centers, axis=0))
    assert steps.max() < 0.3
    assert steps[5:-5].max() < 0.1


def test_no_cover_is_giant(pack):
    plan = Plan(_analysed([_walking(10)], 150, _drop_outs(3, 12, 150).__contains__))
    usual = face(320, 180, 70).region.size_px
    assert max(reading.face.region.size_px for at in range(150) for reading in plan.readings(at)) < 1.75 * usual


# ---- who is who


def test_two_people_who_cross_stay_two(pack):
    actors = [lambda n: (100 + 4 * n, 150, 60), lambda n: (540 - 4 * n, 225, 60)]
    analysis = _analysed(actors, 110, {50, 51, 52, 53, 54, 55, 56}.__contains__)
    assert len(analysis.people) == 2
    for track in analysis.people:
        xs = [found.face.region.center[0] for found in track.seen]
        assert xs == sorted(xs) or xs == sorted(xs, reverse=True)
    assert _bare(_drawn(analysis, actors, pack)) == []


def test_who_goes_behind_somebody_and_is_found_too_small_there_stays_covered_and_the_same(pack):
    actors = [lambda n: (100 + 4 * n, 180, 60), lambda n: (540 - 4 * n, 190, 60)]

    def found(index: int) -> list[Face]:
        hidden, front = _faces(actors, index)
        if 49 <= index < 62:  # what is left of the one behind looks like a small face beside them
            return [face(hidden.region.center[0] - 18, 175, 34), front] if index % 3 else [front]
        return [hidden, front]

    collector = Collector()
    reader = FaceReader(ScriptedDetector(found), ScriptedClassifier(), recorder=collector)
    about = About("list", "", FPS, "1")
    analysis = FirstPass(ListSource(_frames(actors, 110)), reader, collector)(about)
    assert len(analysis.people) == 2
    assert _bare(_drawn(analysis, actors, pack)) == []


def test_somebody_who_is_lost_for_longer_than_live_and_comes_back_is_one_person_and_covered_between(pack):
    actors = [_walking(0)]
    analysis = _analysed(actors, 150, lambda n: 50 <= n < 105)
    assert len(analysis.people) == 1
    assert _bare(_drawn(analysis, actors, pack)) == []


def test_who_comes_back_elsewhere_is_somebody_else():
    analysis = _analysed([lambda n: (120, 180, 60) if n < 50 else (500, 180, 60)], 100)
    assert len(analysis.people) == 2


def test_those_who_are_seen_in_one_frame_are_never_one():
    analysis = _analysed([lambda n: (200, 180, 60), lambda n: (270, 180, 60) if n > 30 else None], 60)
    assert len(analysis.people) == 2


def test_a_cut_ends_everybody_also_where_they_would_be_covered_a_little_longer():
    actors = [lambda n: (200, 180, 60) if n < 40 else (210, 180, 60)]
    analysis = _analysed(actors, 80, {38, 39, 40, 41}.__contains__, cuts=[40])
    assert len(analysis.people) == 2
    paths = [person.path for person in Plan(analysis).people]
    assert [(path.first, path.last) for path in paths] == [(0, 39), (40, 79)]


def test_people_are_covered_from_half_a_second_before_until_half_a_second_after_they_are_seen():
    plan = Plan(_analysed([lambda n: (300, 180, 60) if 60 <= n < 90 else None], 150))
    (person,) = plan.people
    sooner, longer = round((EXTENDED_S + SOONER_S) * FPS), round(EXTENDED_S * FPS)
    assert (person.path.first, person.path.last) == (60 - sooner, 89 + longer)
    assert (person.path.state == AROUND).sum() == sooner + longer
    sizes = person.path.sizes
    assert sizes[0] > sizes[sooner]
    assert sizes[-1] > sizes[-1 - longer]


def test_who_leaves_by_the_border_is_not_drawn_in_the_picture_for_long():
    plan = Plan(_analysed([lambda n: (300 + 12 * n, 180, 60) if 300 + 12 * n < 650 else None], 90))
    assert plan.people[0].path.last < 29 + round(EXTENDED_S * FPS)


def test_what_is_confirmed_late_is_a_person_from_its_first_frame_on(pack):
    actors = [_walking(2)]
    analysis = _analysed(actors, 60, verifier=_Verifier(lambda asked: asked >= 5))
    (track,) = analysis.tracks
    assert (track.confirmed, track.seen[0].at, track.seen[0].prediction) == (True, 0, None)
    assert _bare(_drawn(analysis, actors, pack)) == []


def test_what_is_never_confirmed_is_blurred_as_live():
    actors = [_walking(3)]
    plan = Plan(_analysed(actors, 60, lambda n: n in (20, 21, 45), verifier=_Verifier(lambda asked: False)))
    reader = FaceReader(
        ScriptedDetector(lambda n: [] if n in (20, 21, 45) else _faces(actors, n)),
        ScriptedClassifier(),
        verifier=_Verifier(lambda asked: False),
    )
    for at, one in enumerate(_frames(actors, 60)):
        assert reader.read(one) == plan.readings(at) == []
        live, planned = reader.suspects, plan.suspects(at)
        assert [suspect.likely for suspect in live] == [suspect.likely for suspect in planned]
        for suspect, other in zip(live, planned, strict=True):
            assert math.dist(suspect.region.center, other.region.center) < 0.01


# ---- what is shown


def test_the_drawing_of_a_person_is_one_for_all_of_the_video():
    def said(call: int) -> Prediction:
        return prediction(gender="female", gender_p=0.95 if call % 5 else 0.1)

    plan = Plan(_analysed([_walking(0)], 100, said=said))
    assert {reading.presentation for at in range(100) for reading in plan.readings(at)} == {"female"}


def test_a_gender_that_is_not_clear_is_drawn_neutral():
    plan = Plan(_analysed([_walking(0)], 60, said=lambda call: prediction(gender_p=0.9 if call % 2 else 0.1)))
    assert {reading.presentation for at in range(60) for reading in plan.readings(at)} == {"neutral"}


def test_an_expression_is_shown_from_when_it_begins_and_a_flicker_never():
    def said(call: int) -> Prediction:
        return prediction("surprise" if call == 20 else "happy" if call >= 60 else "neutral")

    collector = Collector()
    reader = FaceReader(ScriptedDetector(lambda n: [face()]), ScriptedClassifier(said), recorder=collector)
    source = ListSource([frame(index, image=readable()) for index in range(120)])
    plan = Plan(FirstPass(source, reader, collector)(About("list", "", FPS, "1")))
    shown = [plan.readings(at)[0].emotion for at in range(120)]
    assert set(shown[:58]) == {"neutral"}
    assert set(shown[62:]) == {"happy"}


# ---- the second pass


def test_drawn_again_the_pictures_are_the_same_to_the_byte(pack):
    actors = [_walking(5), lambda n: (500, 60, 40) if n > 20 else None]
    analysis = _analysed(actors, 60, {10, 11, 12, 30, 31}.__contains__)
    once, again = (_drawn(analysis, actors, pack) for _ in range(2))
    assert all(np.array_equal(one, other) for one, other in zip(once, again, strict=True))


def _sums(actors: Sequence[Actor]) -> tuple[Plan, list[int]]:
    collector = Collector()
    reader = FaceReader(ScriptedDetector(lambda n: _faces(actors, n)), ScriptedClassifier(), recorder=collector)
    analysis = FirstPass(ListSource(_frames(actors, 20)), reader, collector)(About("list", "", FPS, "1"))
    return Plan(analysis), collector.sums


def _read_all(reader: PlannedReader, frames: Sequence[Frame]) -> None:
    for one in frames:
        reader.read(one)
    reader.check_end("list")


@pytest.mark.parametrize("what", ["picture", "time", "size", "more", "fewer"])
def test_other_frames_than_those_analysed_are_refused(what):
    plan, sums = _sums([_walking(0)])
    frames = _frames([_walking(0)], 20)
    match what:
        case "picture":
            frames[7] = replace(frames[7], image=frames[7].image + np.uint8(1))
        case "time":
            frames[7] = replace(frames[7], time_s=frames[7].time_s + 0.01)
        case "size":
            frames[7] = replace(frames[7], image=frames[7].image[:-2])
        case "more":
            frames = _frames([_walking(0)], 21)
        case "fewer":
            frames = frames[:-1]
    with pytest.raises(InputError, match="not what it was when its faces were looked for"):
        _read_all(PlannedReader(plan, sums), frames)


# ---- edits


def _two() -> Analysis:
    return _analysed([lambda n: (160, 180, 60), lambda n: (480, 180, 60)], 30)


@pytest.mark.parametrize("edits", [Edits(keep=(1,)), Edits(exclude=(1,)), Edits(zones_off=(Zone(100, 100, 120, 160),))])
def test_what_is_not_to_be_covered_is_left_as_it_is(pack, edits):
    analysis = edited(_two(), edits)
    actors = [lambda n: (160, 180, 60), lambda n: (480, 180, 60)]
    images, sources = _drawn(analysis, actors, pack), _frames(actors, 30)
    for image, source in zip(images, sources, strict=True):
        assert np.array_equal(image[:, :320], source.image[:, :320])
        assert not (image[:, 320:] == KEY).all(2).any()


def test_a_zone_is_covered_while_it_applies(pack):
    analysis = edited(_two(), Edits(keep=(1, 2), zones=(Zone(100, 60, 120, 240, (0.5, 0.8)),)))
    actors = [lambda n: (160, 180, 60), lambda n: (480, 180, 60)]
    images = _drawn(analysis, actors, pack)
    sources = [one.image for one in _frames(actors, 30)]
    inside, changed = np.s_[60:300, 100:220], []
    for index, (image, source) in enumerate(zip(images, sources, strict=True)):
        if not np.array_equal(image[inside], source[inside]):
            changed.append(index)
        image[inside] = source[inside]
        assert np.array_equal(image, source)
    assert changed == list(range(15, 25))


def test_who_is_merged_is_one_person_and_follows_their_fate():
    actors = [lambda n: (120, 180, 60) if n < 20 else None, lambda n: (500, 180, 60) if n > 40 else None]
    analysis = _analysed(actors, 60)
    assert len(analysis.people) == 2
    plan = Plan(edited(analysis, Edits(merge=((1, 2),))))
    assert [person.track.id for person in plan.people] == [1]
    assert Plan(edited(analysis, Edits(merge=((1, 2),), keep=(2,)))).people == []


def test_edits_that_do_not_fit_are_refused():
    with pytest.raises(UsageError, match="no face 7"):
        edited(_two(), Edits(keep=(7,)))
    with pytest.raises(UsageError, match="seen together"):
        edited(_two(), Edits(merge=((1, 2),)))


def test_edits_of_two_places_are_joined_each_once():
    one, other = Edits(keep=(1,), zones=(Zone(0, 0, 1, 1),)), Edits(keep=(1, 2), zones=(Zone(0, 0, 1, 1),))
    assert one.joined(other) == Edits(keep=(1, 2), zones=(Zone(0, 0, 1, 1),))
    assert isinstance(_two().tracks[0], Track)
