"""From movements to poses: at once, without flutter, and back to rest."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.drawing.pose import REST
from realtime.engine.life import Life
from tests.fakes import movement

FPS = 30


def _poses(values, name="jawOpen", noise=0.0, seed=1):
    """Return the poses for a script of one blendshape, at 30 frames a second."""
    rng, life = np.random.default_rng(seed), Life()
    at = lambda value: float(np.clip(value + rng.normal(0, noise), 0, 1))  # noqa: E731
    names = (name,) if isinstance(name, str) else name
    return [life.pose(1, movement(**{n: at(value) for n in names}), n / FPS) for n, value in enumerate(values)]


def test_a_face_that_was_never_seen_moving_is_at_rest():
    assert Life().pose(1, None, 0.0) == REST


def test_the_mouth_opens_and_closes_within_the_next_frame():
    poses = _poses([0.02] * 15 + [0.5] * 10 + [0.02] * 10)
    assert poses[14].mouth == 0
    assert poses[15].mouth > 0.9
    assert poses[25].mouth < 0.1


def test_a_mouth_at_rest_does_not_flutter():
    mouths = {pose.mouth for pose in _poses([0.02] * 120, noise=0.01)}
    assert mouths == {0.0}
    talking = [pose.mouth for pose in _poses([0.25] * 120, noise=0.008)]
    assert np.abs(np.diff(talking[5:])).mean() < 0.004


def test_blinks_of_120_ms_are_seen_at_thirty_frames_a_second():
    """The lids of a scripted blink go down and up in 120 ms, anywhere between frames."""
    rng, seen = np.random.default_rng(3), 0
    for _ in range(50):
        start = 1 + rng.uniform(0, 1 / FPS)
        times = np.arange(60) / FPS
        closed = np.interp((times - start) / 0.12, [0, 0.3, 0.6, 1], [0.12, 0.55, 0.55, 0.12])
        poses = _poses(closed, ("eyeBlinkLeft", "eyeBlinkRight"), noise=0.02)
        seen += max(min(pose.blinks) for pose in poses) > 0.8
        assert max(poses[20].blinks) < 0.2
    assert seen >= 45


def test_a_wink_is_on_the_side_of_the_picture_where_it_is_seen():
    pose = _poses([0.1] * 10 + [0.7] * 2, "eyeBlinkLeft")[-1]
    assert pose.blinks[0] == 0
    assert pose.blinks[1] == 1


def test_eyes_that_are_narrow_by_nature_count_as_open():
    assert max(_poses([0.3] * 60, ("eyeBlinkLeft", "eyeBlinkRight"))[-1].blinks) == 0


def test_who_is_first_seen_with_closed_eyes_is_shown_so():
    assert min(_poses([0.8] * 3, ("eyeBlinkLeft", "eyeBlinkRight"))[-1].blinks) == 1


@pytest.mark.parametrize(("name", "sign"), [("browInnerUp", 1), ("browDownLeft", -1)])
def test_brows_move_from_where_they_usually_are(name, sign):
    poses = _poses([0.2] * 60 + [0.9] * 15, name)
    assert abs(poses[59].brows[1]) < 0.1
    assert sign * poses[-1].brows[1] > 0.4


def test_a_head_turns_and_nods():
    life = Life()
    for n in range(30):
        life.pose(1, movement(yaw_deg=0, pitch_deg=10), n / FPS)
    for n in range(30, 45):
        pose = life.pose(1, movement(yaw_deg=-30, pitch_deg=25), n / FPS)
    assert pose.turn < -0.6
    assert pose.nod > 0.4


def test_a_face_that_is_hidden_comes_to_rest_without_a_jump():
    life = Life()
    for n in range(20):
        life.pose(1, movement(jawOpen=0.5, eyeBlinkLeft=0.8, eyeBlinkRight=0.8), n / FPS)
    poses = [life.pose(1, None, n / FPS) for n in range(20, 80)]
    assert poses[-1].alive < 0.01
    assert max(poses[-1].blinks) < 0.01
    steps = np.abs(np.diff([pose.alive * pose.mouth for pose in poses]))
    assert steps.max() < 0.2


def test_who_is_gone_is_forgotten():
    life = Life()
    life.pose(1, movement(jawOpen=0.5), 0.0)
    life.keep([2])
    assert life.pose(1, None, 0.1) == REST
