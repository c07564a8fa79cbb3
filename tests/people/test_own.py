"""Expressions of one's own: taught, told from the others, kept, shown by their owner alone, and forgotten."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from realtime.errors import UsageError
from realtime.people.lesson import Lesson
from realtime.people.neutral import NeutralProfile
from realtime.people.own import Shown, ordinary
from realtime.people.people import People
from realtime.people.taught import Examples, Taught, unit
from realtime.records import BLENDSHAPES, FaceMovement, Prediction, Sighting
from tests.fakes import face

PATCH = np.random.default_rng(0).integers(0, 256, (48, 48), dtype=np.uint8)
SAID = np.array([0.08, 0.02, 0.05, 0.3, 0.05, 0.05, 0.45], np.float32)
# A closed eye changes little of what the network makes of a face, a smile much.
FACE = np.abs(np.random.default_rng(1).normal(size=32))
FEATURES = {"neutral": unit(FACE), "happy": unit(FACE + 0.8 * np.eye(32)[0]), "wink": unit(FACE + 0.02 * np.eye(32)[1])}
MOVED = {
    "neutral": {},
    "happy": {"mouthSmileLeft": 0.7, "mouthSmileRight": 0.7},
    "wink": {"eyeBlinkLeft": 0.8},
    "blink": {"eyeBlinkLeft": 0.8, "eyeBlinkRight": 0.8},
    "laugh": {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9, "jawOpen": 0.6, "eyeBlinkLeft": 0.5, "eyeBlinkRight": 0.4},
}


def _sighting(shown, track=1, where=None, hint=""):
    features = FEATURES.get(shown, FEATURES["happy" if shown == "laugh" else "neutral"])
    said = Prediction(SAID, np.array([0.8, 0.2], np.float32), features)
    return Sighting(track=track, face=where or face(size=80), patch=PATCH, prediction=said, hint=hint)


def _movement(shown):
    return FaceMovement(dict.fromkeys(BLENDSHAPES, 0.03) | MOVED[shown], 0.0, 0.0, 0.0)


def _show(profile, shown, seconds, start_s):
    """Show something for so long; return when it ended."""
    for n in range(round(seconds * 30)):
        profile.see(_sighting(shown), _movement(shown), start_s + n / 30)
    return start_s + seconds


def _taught(path, *names):
    profile = NeutralProfile(path, model="m", lesson=Lesson(dict.fromkeys(names, "so"), "m"))
    now_s = 0.0
    for name in names:
        now_s = _show(profile, name, 3.2 if name in ("neutral", "happy") else 6.2, now_s)
    assert profile.lesson is None
    return profile


def _word(profile, shown):
    return profile.see(_sighting(shown), _movement(shown), 100.0)


def test_a_wink_is_told_from_everything_else_also_from_what_was_never_taught(tmp_path):
    path = tmp_path / "me.json"
    _taught(path, "neutral", "happy", "wink")
    stored = json.loads(path.read_text())
    assert stored["version"] == 3
    assert {name: len(some) for name, some in stored["taught"]["vectors"].items()} == {
        "neutral": 2,
        "happy": 2,
        "wink": 5,
    }
    again = NeutralProfile(path, model="m")
    assert {shown: _word(again, shown) for shown in MOVED} == dict.fromkeys(MOVED, "") | {"wink": "wink"}
    # Nor where it can't be seen well, or how the face moves is not known.
    assert again.see(_sighting("wink", hint="too dark"), _movement("wink"), 0.0) == ""
    assert again.see(_sighting("wink"), None, 0.0) == ""
    again.forget_one("wink")
    assert _word(again, "wink") == ""
    assert set(NeutralProfile(path, model="m").counts) == {"neutral", "happy"}


def test_what_looks_like_another_is_not_kept_and_that_is_said(tmp_path, caplog):
    MOVED["smirk"] = MOVED["happy"] | {"mouthLeft": 0.1}
    try:
        FEATURES["smirk"] = FEATURES["happy"]
        profile = _taught(tmp_path / "me.json", "neutral", "happy", "smirk")
    finally:
        del MOVED["smirk"], FEATURES["smirk"]
    assert set(profile.counts) == {"neutral", "happy"}
    assert "smirk looks like happy to the program, and is not kept." in caplog.text
    assert profile.problem


def test_examples_are_added_from_the_running_camera_with_effect_at_once(tmp_path):
    path = tmp_path / "me.json"
    profile = NeutralProfile(path, model="m")
    with pytest.raises(UsageError, match="none of them was taught yet"):
        profile.record("wink")
    now_s = 0.0
    for name in ("neutral", "happy", "wink", "wink"):
        profile.record(name)
        with pytest.raises(UsageError, match="being learnt already"):
            profile.record("sad")
        now_s = _show(profile, name, 2.2, now_s)
    assert profile.counts == {"neutral": 2, "happy": 2, "wink": 4}
    assert _word(profile, "wink") == "wink"
    assert NeutralProfile(path, model="m").counts == profile.counts
    for name in ("neutral", "happy", "wink"):
        profile.forget_one(name)
    assert not path.exists()
    with pytest.raises(UsageError, match="Nothing is kept"):
        NeutralProfile().record("happy")


def test_examples_that_can_not_be_seen_are_given_up(tmp_path):
    profile = NeutralProfile(tmp_path / "me.json", model="m")
    profile.record("happy")
    for n in range(330):
        profile.see(_sighting("happy", hint="too dark"), None, n / 30)
    assert profile.lesson is None
    assert profile.problem == "It could not be seen well enough, and nothing is kept of it."
    assert not (tmp_path / "me.json").exists()


def test_it_is_shown_once_it_has_lasted_longer_than_a_blink_and_stays_for_a_moment():
    shown = Shown()
    story = [(n / 30, "wink" if 3 <= n < 20 and n != 15 else "") for n in range(40)]
    frames = [n for n, (time_s, word) in enumerate(story) if shown.see(word, time_s) == "wink"]
    assert frames == list(range(11, 25))


def test_the_owner_alone_is_shown_with_it(tmp_path):
    profile = _taught(tmp_path / "me.json", "neutral", "happy", "wink")
    people = People(profile=profile)
    owner, colleague = face(100, 120, 100), face(420, 120, 60)
    for n in range(12):
        time_s = 50 + n / 30
        tracks = people.recognise([owner, colleague], [PATCH, PATCH], time_s)
        people.confirm(None, time_s, most=0)
        seen = [_sighting("wink", track, where) for track, where in zip(tracks, (owner, colleague), strict=True)]
        readings = people.update(people.as_taught(seen, time_s), time_s)
        readings = [_with(reading, _movement("wink")) for reading in readings]
        readings = people.with_own(seen, readings, time_s)
    assert [(reading.own, reading.raw.own) for reading in readings] == [("wink", "wink"), ("", "")]
    assert readings[0].emotion == "neutral"


def _with(reading, movement):
    return replace(reading, movement=movement)


def test_movements_of_an_older_profile_are_not_made_up():
    old = Taught("m", {name: Examples(FEATURES[name][None]) for name in ("happy", "wink")})
    new = Taught("m", {"happy": Examples(FEATURES["happy"][None], shapes=np.zeros((1, 52), np.float32))})
    both = old.with_more(new)
    assert (len(both.examples["happy"].vectors), len(both.examples["happy"].shapes)) == (2, 1)
    assert new.with_more(old).examples["happy"].shapes is None
    assert ordinary(Taught.from_json(json.loads(json.dumps(both.as_json())))) == ["happy"]
