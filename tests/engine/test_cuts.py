from __future__ import annotations

import cv2
import numpy as np
import pytest

from realtime.engine.cuts import CutDetector

RNG = np.random.default_rng(0)


def _room(seed, size_wh=(640, 360)):
    """Return a picture of large soft shapes."""
    coarse = np.random.default_rng(seed).integers(20, 236, (6, 10, 3), dtype=np.uint8)
    return cv2.resize(coarse, size_wh, interpolation=cv2.INTER_CUBIC)


def _cuts(images):
    detector = CutDetector()
    return [detector.is_cut(image) for image in images]


def test_another_picture_is_a_cut_once():
    assert _cuts([_room(1)] * 3 + [_room(2)] * 3) == [False] * 3 + [True] + [False] * 2


def test_movement_noise_and_light_are_none():
    room = _room(1)
    shifted = [np.roll(room, 12 * n, 1) for n in range(10)]
    assert not any(_cuts(shifted))
    noisy = [cv2.add(room, RNG.normal(0, 12, room.shape), dtype=cv2.CV_8U) for _ in range(5)]
    assert not any(_cuts(noisy))
    assert not any(_cuts([cv2.convertScaleAbs(room, alpha=gain) for gain in (1, 0.3, 1.2, 0.5)]))


def test_somebody_who_walks_in_close_to_the_camera_is_none():
    frames = []
    for n in range(12):
        frames.append(_room(1))
        cv2.rectangle(frames[-1], (0, 0), (40 * n, 360), (40, 60, 90), cv2.FILLED)
    assert not any(_cuts(frames))


@pytest.mark.parametrize("step_px", [30, 80, 160])
def test_somebody_who_moves_fast_before_a_plain_wall_is_none(step_px):
    frames = []
    for n in range(8):
        frames.append(np.full((360, 640, 3), 200, np.uint8))
        cv2.ellipse(frames[-1], (100 + step_px * (n % 4), 200), (70, 95), 0, 0, 360, (90, 120, 160), cv2.FILLED)
        cv2.rectangle(frames[-1], (step_px * (n % 4), 290), (200 + step_px * (n % 4), 360), (60, 30, 20), cv2.FILLED)
    assert not any(_cuts(frames))


def test_another_picture_after_black_is_a_cut():
    black = np.zeros((360, 640, 3), np.uint8)
    assert _cuts([_room(1), black, black, _room(2)])[-1] is True


def test_a_light_that_goes_out_and_on_again_is_none():
    dark = np.full((360, 640, 3), 3, np.uint8)
    assert not any(_cuts([_room(1), dark, dark, _room(1)]))


@pytest.mark.parametrize("size_wh", [(1, 1), (20, 3000), (33, 19)])
def test_odd_pictures_are_compared(size_wh):
    assert _cuts([np.zeros((size_wh[1], size_wh[0], 3), np.uint8)] * 2) == [False, False]


def test_a_change_of_size_is_compared_too():
    assert _cuts([_room(1), _room(1, (320, 180))]) == [False, False]
