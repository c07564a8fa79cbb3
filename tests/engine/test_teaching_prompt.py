"""What is drawn while the owner teaches their expressions."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.engine.teaching import Teaching
from realtime.packs.manifest import DEFAULT_PACK
from realtime.packs.pack import PACKS, load_pack
from realtime.people.lesson import Lesson
from realtime.people.neutral import NeutralProfile
from realtime.people.taught import unit
from realtime.records import Sighting
from tests.fakes import face, picture, prediction

COMING, HELD = (60, 170, 240), (90, 200, 90)


@pytest.fixture(scope="module")
def pack():
    return load_pack(PACKS / DEFAULT_PACK)


def _sighting(hint: str = "") -> Sighting:
    said = prediction("neutral")
    said = type(said)(said.emotions, said.genders, unit(np.ones(8)))
    return Sighting(track=1, face=face(size=80), patch=np.zeros((48, 48), np.uint8), prediction=said, hint=hint)


def _begun() -> tuple[NeutralProfile, Teaching]:
    profile = NeutralProfile(lesson=Lesson({"happy": "smile", "sad": "do not"}, "m"))
    return profile, Teaching(profile)


def _seen(profile, start_s, seconds, hint=""):
    for n in range(round(seconds * 30)):
        profile.see(_sighting(hint), None, start_s + n / 30)
    return start_s + seconds


def _drawn(teaching, pack, colour=None):
    image = picture(640, 360)
    teaching.draw(image, pack)
    return image if colour is None else int((image == colour).all(2).sum())


def test_the_time_to_make_an_expression_runs_out_in_the_ring(pack):
    profile, teaching = _begun()
    full = _drawn(teaching, pack, COMING)
    _seen(profile, 0.0, 0.6)
    assert 0 < _drawn(teaching, pack, COMING) < 0.6 * full
    assert _drawn(teaching, pack, HELD) == 0


def test_the_ring_fills_while_an_expression_is_held_and_waits_for_a_face_that_is_well_seen(pack):
    profile, teaching = _begun()
    now_s = _seen(profile, 0.0, 1.5)
    some = _drawn(teaching, pack, HELD)
    assert some > 0
    assert _drawn(teaching, pack, COMING) == 0
    now_s = _seen(profile, now_s, 0.5, hint="too dark")
    assert _drawn(teaching, pack, HELD) == some
    _seen(profile, now_s, 0.5)
    assert _drawn(teaching, pack, HELD) > some


def test_every_expression_has_its_emoji_and_in_the_end_there_is_none(pack):
    profile, teaching = _begun()
    happy = _drawn(teaching, pack)
    now_s = _seen(profile, 0.0, 3.2)
    assert profile.lesson.target == "sad"
    now_s = _seen(profile, now_s, 0.5)
    _drawn(teaching, pack)
    now_s = _seen(profile, now_s, 0.4)
    assert not np.array_equal(_drawn(teaching, pack), happy)
    _seen(profile, now_s, 3.2)
    assert profile.taught is None or profile.lesson is None
    assert np.array_equal(_drawn(teaching, pack), picture(640, 360))
