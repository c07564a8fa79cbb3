"""Who is seen, missing and gone, and what hangs on that: stories at 30 frames a second."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.people.neutral import NeutralProfile
from realtime.people.people import People
from realtime.records import EMOTIONS, Prediction, Sighting
from tests.fakes import face

OWNER, COLLEAGUE = face(100, 120, 100), face(420, 120, 60)
PATCHES = np.random.default_rng(0).integers(0, 256, (3, 48, 48), dtype=np.uint8)
SAD_AT_REST = np.array([0.05, 0.02, 0.03, 0.03, 0.5, 0.02, 0.35], np.float32)


def _at_rest() -> Prediction:
    return Prediction(SAD_AT_REST, np.array([0.8, 0.2], np.float32))


class _Room:
    """People before a camera; each frame shows some of them at rest."""

    def __init__(self, people: People, fps: float = 30.0):
        self.people, self.fps, self.frame = people, fps, 0

    def show(self, faces, seconds: float = 0.0, patches=PATCHES):
        """Show faces for so long, one frame at least; return the readings of the last one by track."""
        for _ in range(max(round(seconds * self.fps), 1)):
            time_s = self.frame / self.fps
            tracks = self.people.recognise(faces, list(patches[: len(faces)]), time_s)
            self.people.confirm(None, time_s, most=0)
            sightings = [
                Sighting(track=track, face=seen, patch=patch, prediction=_at_rest())
                for track, seen, patch in zip(tracks, faces, patches, strict=False)
            ]
            readings = self.people.update(sightings, time_s)
            self.frame += 1
        return {reading.track: reading for reading in readings}


def _emotion(reading) -> str:
    """Return what the frame alone says once it is measured; the reading's own is an average."""
    return EMOTIONS[int(reading.raw.emotions.argmax())]


@pytest.fixture
def owned():
    """A room whose owner looks sad at rest, which the profile knows."""
    return _Room(People(profile=NeutralProfile(resting=SAD_AT_REST)))


def test_the_seen_come_first_then_the_missing_and_nobody_else(owned):
    owned.show([OWNER, COLLEAGUE], 0.5)
    readings = owned.show([COLLEAGUE])
    assert [(track, reading.raw is None) for track, reading in readings.items()] == [(2, False), (1, True)]
    assert list(owned.show([COLLEAGUE], 2.0)) == [2]
    assert owned.show([], 2.0) == {}


def test_one_missed_detection_does_not_reset_the_running_baseline():
    room = _Room(People(running_neutral=True))
    (before,) = room.show([OWNER], 30).values()
    assert _emotion(before) == "neutral"
    room.show([])
    (after,) = room.show([OWNER]).values()
    assert after.track == before.track
    assert np.allclose(after.raw.emotions, before.raw.emotions, atol=0.01)


def test_a_missed_detection_does_not_give_the_owners_resting_face_to_somebody_else(owned):
    owned.show([OWNER, COLLEAGUE], 0.5)
    for _ in range(3):
        beside = owned.show([COLLEAGUE])
        assert _emotion(beside[2]) == "sad"
    both = owned.show([OWNER, COLLEAGUE], 0.5)
    assert (_emotion(both[1]), _emotion(both[2])) == ("neutral", "sad")


def test_the_profile_is_the_main_persons_however_large_somebody_else_gets(owned):
    owned.show([OWNER, COLLEAGUE], 0.5)
    both = owned.show([OWNER, face(420, 120, 110)], 0.5)
    assert (_emotion(both[1]), _emotion(both[2])) == ("neutral", "sad")


def test_when_the_owner_has_left_the_profile_waits_for_the_owner(owned):
    """A colleague who was seen beside the owner is somebody else; who comes in afterwards may be the owner."""
    owned.show([OWNER, COLLEAGUE], 0.5)
    alone = owned.show([COLLEAGUE], 3.0)
    assert {track: _emotion(reading) for track, reading in alone.items()} == {2: "sad"}
    back = owned.show([COLLEAGUE, OWNER], 0.5, PATCHES[[1, 0]])
    assert {track: _emotion(reading) for track, reading in back.items()} == {2: "sad", 3: "neutral"}


def test_the_owner_who_was_alone_is_the_owner_again(owned):
    owned.show([OWNER], 0.5)
    owned.show([], 3.0)
    assert {track: _emotion(reading) for track, reading in owned.show([OWNER]).items()} == {2: "neutral"}


def test_unrelated_pictures_share_nobody(owned):
    first = owned.show([OWNER])
    owned.people.forget()
    second = owned.show([OWNER])
    assert (list(first), list(second)) == ([1], [2])
    assert _emotion(second[2]) == "neutral"


def test_a_frame_that_failed_before_it_was_read_leaves_nobody_behind(owned):
    assert owned.people.recognise([OWNER], list(PATCHES[:1]), 0.0) == [1]
    assert owned.people.expect(0.1) == []


def test_calibration_learns_from_the_owner_alone():
    people = People()
    room = _Room(people)
    people.profile.calibrate()
    assert "Rest your face" in people.profile.notice
    room.show([OWNER, COLLEAGUE], 2.5)
    assert people.profile.notice == ""
    both = room.show([OWNER, COLLEAGUE])
    assert (_emotion(both[1]), _emotion(both[2])) == ("neutral", "sad")
