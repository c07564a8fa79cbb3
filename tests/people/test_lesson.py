"""A lesson in expressions: what is asked for, what is looked at, and what is kept of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from realtime.errors import InputError
from realtime.people.lesson import Lesson
from realtime.people.neutral import NeutralProfile
from realtime.people.people import People
from realtime.people.taught import unit
from realtime.records import EMOTIONS, Prediction, Sighting
from tests.fakes import face

ADVICE = {"happy": "lift the corners of your mouth", "neutral": "let everything rest"}
PATCH = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
OWN = {name: unit(np.maximum(np.random.default_rng(n).normal(size=32), 0)) for n, name in enumerate(ADVICE)}
# The model takes everything for neutral, rather.
SAID = np.array([0.08, 0.02, 0.05, 0.3, 0.05, 0.05, 0.45], np.float32)


def _sighting(shown: str, hint: str = "", track: int = 1, where=None) -> Sighting:
    said = Prediction(SAID, np.array([0.8, 0.2], np.float32), OWN[shown])
    return Sighting(track=track, face=where or face(size=80), patch=PATCH, prediction=said, hint=hint)


def _show(see, sighting, seconds, start_s, movement=None):
    """Show something for so long; return when it ended."""
    for n in range(round(seconds * 30)):
        see(sighting, movement, start_s + n / 30)
    return start_s + seconds


def _taken(model="m", begin_s=0.0):
    """Return a finished lesson."""
    lesson = Lesson(ADVICE, model)
    now_s = begin_s
    for name in ADVICE:
        now_s = _show(lesson.see, _sighting(name), 3.2, now_s)
    return lesson


def _best(emotions) -> str:
    return EMOTIONS[int(emotions.argmax())]


def test_there_is_a_second_to_make_each_expression_and_two_to_hold_it():
    lesson = Lesson(ADVICE, "m")
    assert lesson.notice == "Next, show happy: lift the corners of your mouth."
    now_s = _show(lesson.see, _sighting("neutral"), 1.1, 0.0)  # not yet there
    assert lesson.notice == "Hold happy and look at the camera: 2 s"
    now_s = _show(lesson.see, _sighting("happy"), 2.1, now_s)
    assert lesson.notice.startswith("Next, show neutral")
    assert lesson.taught is None
    _show(lesson.see, _sighting("neutral"), 3.2, now_s)
    assert lesson.notice == ""
    happy = lesson.taught.examples["happy"]
    assert happy.vectors.shape == (2, 32)
    assert happy.vectors[1] @ OWN["happy"] > 0.999
    assert happy.answers == pytest.approx(np.stack([SAID] * 2))


def test_only_what_is_well_seen_teaches():
    lesson = Lesson(ADVICE, "m")
    now_s = _show(lesson.see, _sighting("happy"), 1.1, 0.0)
    now_s = _show(lesson.see, _sighting("neutral", hint="too dark"), 5, now_s)
    assert lesson.notice == "Hold happy and look at the camera: too dark"
    turned = face(size=80)
    turned.keypoints.points[2] += turned.keypoints.points[1] - turned.keypoints.points[0]
    now_s = _show(lesson.see, _sighting("neutral", where=turned), 5, now_s)
    assert lesson.notice.endswith("turn to it")
    now_s = _show(lesson.see, _sighting("happy"), 2.1, now_s)
    _show(lesson.see, _sighting("neutral"), 3.2, now_s)
    assert lesson.taught.examples["happy"].vectors[0] @ OWN["happy"] > 0.999


def test_a_gap_between_frames_is_not_time_that_was_looked_at():
    lesson = Lesson(ADVICE, "m")
    for time_s in (0.0, 10.0, 20.0, 30.0):
        lesson.see(_sighting("happy"), None, time_s)
    assert lesson.notice.startswith("Next, show happy")


def test_the_profile_takes_a_lesson_keeps_it_as_numbers_and_can_forget_it(tmp_path):
    path = tmp_path / "me.json"
    profile = NeutralProfile(path, model="m", lesson=Lesson(ADVICE, "m"))
    assert "show happy" in profile.notice
    now_s = 0.0
    for name in ADVICE:
        now_s = _show(profile.see, _sighting(name), 3.2, now_s)
    assert profile.notice == ""
    assert set(json.loads(path.read_text())) == {"version", "taught"}
    again = NeutralProfile(path, model="m")
    assert again.resting is None
    assert set(again.taught.examples) == set(ADVICE)
    again.calibrate()
    _show(lambda sighting, _, time_s: again.learn(sighting.prediction, time_s), _sighting("neutral"), 2.5, 0.0)
    assert set(json.loads(path.read_text())) == {"version", "taught", "resting"}
    again.forget()
    assert again.taught is None
    assert not path.exists()


def test_a_lesson_that_is_not_finished_is_told_of_unless_it_was_given_up(tmp_path, caplog):
    profile = NeutralProfile(tmp_path / "me.json", model="m", lesson=Lesson(ADVICE, "m"))
    _show(profile.see, _sighting("happy"), 4, 0.0)
    profile.close()
    assert "was not finished, and nothing of it is kept" in caplog.text
    caplog.clear()
    profile.forget()
    profile.close()
    assert not caplog.text
    assert list(tmp_path.iterdir()) == []


def test_what_another_model_was_taught_is_not_used_and_not_lost_by_calibrating(tmp_path, caplog):
    path = tmp_path / "me.json"
    profile = NeutralProfile(path, model="m", lesson=Lesson(ADVICE, "m"))
    now_s = 0.0
    for name in ADVICE:
        now_s = _show(profile.see, _sighting(name), 3.2, now_s)
    newer = NeutralProfile(path, model="newer")
    assert newer.taught is None
    assert "is of another model, and is not used" in caplog.text
    newer.calibrate()
    _show(lambda sighting, _, time_s: newer.learn(sighting.prediction, time_s), _sighting("neutral"), 2.5, 0.0)
    assert NeutralProfile(path, model="m").taught is not None


@pytest.mark.parametrize(
    "stored",
    [{"taught": None}, {"taught": {"model": "m", "vectors": {"no word": [[1.0]]}}}, {"version": 4}, {"version": 2}, []],
)
def test_a_profile_with_anything_else_is_refused(tmp_path, stored):
    (tmp_path / "me.json").write_text(json.dumps(stored))
    with pytest.raises(InputError, match=r"me\.json can't be read.*--forget-profile"):
        NeutralProfile(tmp_path / "me.json")


def test_the_owner_alone_is_read_by_what_they_taught(tmp_path):
    profile = NeutralProfile(tmp_path / "me.json", model="m", lesson=_taken())
    profile.see(_sighting("happy"), None, 100.0)
    people = People(profile=profile)
    owner, colleague = face(100, 120, 100), face(420, 120, 60)
    for n in range(3):
        tracks = people.recognise([owner, colleague], [PATCH, PATCH], n / 30)
        people.confirm(None, n / 30, most=0)
        seen = [
            _sighting("happy", track=track, where=where)
            for track, where in zip(tracks, (owner, colleague), strict=True)
        ]
        read = people.as_taught(seen, n / 30)
        people.update(read, n / 30)
    assert [_best(one.prediction.emotions) for one in read] == ["happy", "neutral"]
