"""What makes a face a person: stories at 30 frames a second."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from realtime.people.people import People
from realtime.records import Landmarks
from tests.fakes import face

YES = Landmarks(center=(160, 120), radii=(40, 50))
PATCH = np.zeros((48, 48), np.uint8)
FAINT = replace(face(score=0.4), sure=False)


class _Scene:
    """Faces before People, with a verifier that answers by a script."""

    def __init__(self, answers=lambda call: YES, most: int = 2):
        self.people, self.answers, self.most = People(), answers, most
        self.asked = []
        self.frame = 0

    def show(self, *faces, frames: int = 1):
        """Show faces; return which of their tracks are people."""
        for _ in range(frames):
            time_s = self.frame / 30
            tracks = self.people.recognise(faces, [PATCH] * len(faces), time_s)
            self.people.confirm(self._ask if self.answers else None, time_s, self.most)
            self.frame += 1
        return [self.people.is_confirmed(track) for track in tracks]

    def _ask(self, region):
        self.asked.append((self.frame, region))
        return self.answers(len(self.asked) - 1)


def test_a_face_with_landmarks_is_a_person_at_once_and_is_not_asked_again():
    scene = _Scene()
    assert scene.show(face()) == [True]
    assert scene.show(face(), frames=60) == [True]
    assert len(scene.asked) == 1
    assert scene.people.suspects == ()


def test_a_person_stays_one_without_landmarks():
    """As somebody does who turns away: nobody asks any more."""
    scene = _Scene(lambda call: YES if call == 0 else None)
    scene.show(face())
    assert scene.show(FAINT, frames=100) == [True]


def test_what_has_no_landmarks_is_no_person_and_is_asked_about_less_and_less():
    scene = _Scene(lambda call: None)
    assert scene.show(face(score=0.6), frames=150) == [False]
    frames = [frame for frame, _ in scene.asked]
    assert frames[:3] == [0, 1, 2]
    assert 8 <= len(frames) <= 16
    assert not any(suspect.likely for suspect in scene.people.suspects)
    assert len(scene.people.suspects) == 1


def test_what_is_very_likely_a_face_is_hidden_until_it_is_confirmed():
    scene = _Scene(lambda call: YES if call == 5 else None)
    scene.show(face(score=0.9))
    assert [suspect.likely for suspect in scene.people.suspects] == [True]
    assert scene.show(face(score=0.9), frames=60) == [True]
    assert scene.people.suspects == ()


def test_one_high_score_among_low_ones_makes_nothing_likely():
    scene = _Scene(lambda call: None)
    for n in range(60):
        scene.show(face(score=0.86 if n % 40 == 10 else 0.6))
        assert not any(suspect.likely for suspect in scene.people.suspects)


@pytest.mark.parametrize(("size", "score", "hidden"), [(14, 0.9, True), (14, 0.81, False), (60, 0.81, True)])
def test_a_tiny_face_that_no_verifier_can_judge_is_hidden_if_it_is_very_likely(size, score, hidden):
    """A head of 20 pixels has no landmarks; a tiny head from behind looks more like a face than a large one."""
    scene = _Scene(lambda call: None)
    for _ in range(60):
        scene.show(face(size=size, score=score))
        assert [suspect.likely for suspect in scene.people.suspects] == [hidden]


def test_a_face_nobody_had_time_to_ask_about_is_hidden_meanwhile():
    scene = _Scene(most=1)
    assert scene.show(face(100), face(300, size=100)) == [False, True]
    assert [(suspect.region.center[0], suspect.likely) for suspect in scene.people.suspects] == [(100.0, True)]
    assert scene.show(face(100), face(300, size=100)) == [True, True]


def test_a_faint_face_has_to_be_seen_again_and_confirmed_twice():
    scene = _Scene()
    assert [scene.show(FAINT) for _ in range(4)] == [[False], [False], [True], [True]]
    assert [frame for frame, _ in scene.asked] == [1, 2]


def test_a_face_that_was_refused_is_shown_in_another_size():
    """Detectors misjudge the size of small faces, and what stands still would be refused for ever."""
    scene = _Scene(lambda call: YES if call == 2 else None)
    assert scene.show(face(score=0.6), frames=30) == [True]
    assert len({round(region.size_px) for _, region in scene.asked}) == 3


def test_those_never_asked_about_come_first_then_the_larger_ones():
    scene = _Scene(lambda call: None, most=1)
    small, large = face(100, size=40, score=0.6), face(300, size=90, score=0.6)
    scene.show(small, large)
    scene.show(small, large)
    assert [region.center[0] for _, region in scene.asked] == [300.0, 100.0]


def test_a_suspect_that_is_missing_keeps_its_size_and_is_soon_forgotten():
    scene = _Scene(lambda call: None)
    scene.show(face(score=0.9), frames=3)
    (before,) = scene.people.suspects
    scene.show(frames=10)
    assert scene.people.suspects == (before,)
    scene.show(frames=10)
    assert scene.people.suspects == ()


def test_people_and_what_is_likely_one_are_expected_where_they_were():
    scene = _Scene(lambda call: YES if call == 0 else None, most=3)
    scene.show(face(100, size=90), face(300, score=0.9), face(500, score=0.6))
    expected = scene.people.expected(1 / 30)
    assert [region.center[0] for region in expected] == [100.0, 300.0]


def test_without_anybody_to_ask_the_detector_is_believed():
    scene = _Scene(answers=None)
    assert scene.show(face(100), replace(face(400, score=0.4), sure=False)) == [True, False]


@pytest.mark.parametrize(("shown", "person"), [(2, False), (3, True)])
def test_without_anybody_to_ask_a_faint_face_counts_after_several_sightings(shown, person):
    assert _Scene(answers=None).show(FAINT, frames=shown) == [person]


def test_without_anybody_to_ask_sightings_too_far_apart_do_not_add_up():
    scene = _Scene(answers=None)
    for _ in range(4):
        assert scene.show(FAINT) == [False]
        scene.show(frames=20)


def test_all_are_followed_once_it_is_clear_who_is_a_person():
    scene = _Scene(lambda call: YES if call == 0 else None, most=2)
    assert not scene.people.all_followed
    scene.show(face(100, size=90), face(300, score=0.6))
    assert not scene.people.all_followed
    scene.show(face(100, size=90), face(300, score=0.6), frames=2)
    assert scene.people.all_followed
