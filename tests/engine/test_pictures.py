from __future__ import annotations

import cv2
import numpy as np
import pytest

from realtime.engine.pictures import STILL_S, PicturedFaces
from realtime.records import Frame, Reading
from tests.fakes import face, prediction

SIZE_WH = (1280, 720)


def _reading(track, seen):
    said = prediction()
    return Reading(
        track=track, face=seen, raw=said, prediction=said, emotion="happy", presentation="female", intensity=0.5
    )


def _shown(size, moves, noise=0.0, light=lambda n: 1.0, seconds=8.0):
    """Return for each frame whether a face of this size counts; moves: pixels to the right by frame."""
    rng = np.random.default_rng(0)
    wall = cv2.resize(rng.integers(40, 200, (18, 32, 3), dtype=np.uint8), SIZE_WH, interpolation=cv2.INTER_CUBIC)
    texture = cv2.resize(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8), (size, size), interpolation=cv2.INTER_CUBIC)
    grains = [rng.normal(0, noise, wall.shape).astype(np.int16) for _ in range(12)] if noise else []
    still, counted = PicturedFaces(), []
    for n in range(round(seconds * 30)):
        image = wall.copy()
        x = round(600 + moves(n))
        image[300 : 300 + size, x : x + size] = texture
        image = cv2.convertScaleAbs(image, alpha=light(n))
        if grains:  # in no order, as drawing new ones for each frame takes most of the time
            image = cv2.add(image, grains[rng.integers(len(grains))], dtype=cv2.CV_8U)
        jitter = rng.normal(0, 0.5, 2)
        seen = face(x + size / 2 + jitter[0], 300 + size / 2 + jitter[1], size)
        counted.append(len(still.living(Frame(image, n, n / 30, "wall"), [_reading(1, seen)])) == 1)
    return counted


def test_a_small_face_that_never_moves_is_one_in_a_picture():
    counted = _shown(50, lambda n: 0, noise=5)
    assert all(counted[: round(STILL_S * 30)])
    assert not any(counted[round(STILL_S * 30) + 1 :])


def test_the_light_is_no_movement():
    assert not _shown(50, lambda n: 0, light=lambda n: 1 - 0.05 * np.sin(n / 30))[-1]


def test_somebody_who_sways_a_little_is_there():
    assert all(_shown(50, lambda n: 3 * np.sin(n / 40), noise=5))


def test_somebody_who_moves_again_counts_at_once():
    counted = _shown(50, lambda n: 0 if n < 200 else 8)
    assert not counted[199]
    assert all(counted[200:])


def test_a_large_face_counts_however_still_it_is():
    assert all(_shown(90, lambda n: 0))


def _left(*faces):
    """Return which of these faces count, in a frame of their own."""
    image = np.zeros((SIZE_WH[1], SIZE_WH[0], 3), np.uint8)
    readings = [_reading(number, one) for number, one in enumerate(faces)]
    return [one.track for one in PicturedFaces().living(Frame(image, 0, 0.0, "scene"), readings)]


def test_a_face_on_a_shirt_does_not_count():
    assert _left(face(640, 200, 200), face(660, 450, 75)) == [0]


@pytest.mark.parametrize(
    "other",
    [
        face(640, 450, 120),  # a child on the lap
        face(900, 450, 75),  # somebody behind, beside the body
        face(640, 90, 75),  # somebody behind, above
        face(640, 260, 75),  # a hand's picture before the face itself
    ],
)
def test_somebody_small_elsewhere_counts(other):
    assert _left(face(640, 200, 200), other) == [0, 1]


def test_what_lies_below_somebody_who_leans_far_is_not_on_their_chest():
    assert _left(face(640, 200, 200, roll=1.2), face(660, 450, 75)) == [0, 1]
