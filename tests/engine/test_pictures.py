from __future__ import annotations

import cv2
import numpy as np

from realtime.engine.pictures import STILL_S, StillFaces
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
    still, counted = StillFaces(), []
    for n in range(round(seconds * 30)):
        image = wall.copy()
        x = round(600 + moves(n))
        image[300 : 300 + size, x : x + size] = texture
        image = cv2.convertScaleAbs(image, alpha=light(n))
        if noise:
            image = cv2.add(image, rng.normal(0, noise, image.shape), dtype=cv2.CV_8U)
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
