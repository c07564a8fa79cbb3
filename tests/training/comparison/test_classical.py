"""Landmarks, what is made of them, and who reads them."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.errors import InputError
from realtime.records import EMOTIONS, Region
from training.comparison.pictures import Pictures, smaller
from training.comparison.points import (
    POINTS,
    FacePoints,
    gradient_descriptor,
    gravity_descriptor,
    landmark_descriptor,
)
from training.comparison.readers import Reader, check_classes, read_all

PLACE = Region((262.0, 190.0), 220.0)


@pytest.fixture(scope="module")
def looking():
    with FacePoints() as opened:
        yield opened


def test_landmarks_lie_on_the_face_and_nowhere_else(looking, portrait):
    points = looking.look(portrait, PLACE)
    assert points.shape == (len(POINTS), 2)
    assert np.abs(points.mean(0)).max() < 0.3
    assert looking.look(np.full((200, 200), 90, np.uint8), Region((100.0, 100.0), 90.0)) is None


def test_descriptors_do_not_mind_where_a_face_is_how_large_and_how_rolled(looking, portrait):
    points = looking.look(portrait, PLACE)
    cos, sin = np.cos(0.4), np.sin(0.4)
    moved = (points @ np.array([[cos, sin], [-sin, cos]]) * 1.7 + (0.3, -0.2)).astype(np.float32)
    for descriptor, length in ((landmark_descriptor, 2), (gravity_descriptor, 3)):
        expected = descriptor(points)
        assert expected.shape == (length * len(POINTS),)
        assert descriptor(moved) == pytest.approx(expected, abs=1e-3)
    smiling = points.copy()
    smiling[-5:, 1] -= 0.1
    assert np.abs(landmark_descriptor(smiling) - landmark_descriptor(points)).max() > 0.05


def test_gradients_tell_an_edge_from_none():
    flat, edge = np.zeros((48, 48), np.uint8), np.zeros((48, 48), np.uint8)
    edge[:, 24:] = 200
    assert gradient_descriptor(flat).shape == (900,)
    assert gradient_descriptor(flat).sum() == 0
    assert gradient_descriptor(edge).sum() > 1


def test_who_needs_landmarks_has_no_answer_without(looking, portrait):
    blank = np.full_like(portrait, 90)
    pictures = Pictures([portrait, blank], [PLACE, PLACE], np.array([6, 6]), ["a", "b"])
    readers = [Reader("points", True, lambda points: 6), Reader("patch", False, lambda patch: 3)]
    told = read_all(pictures, 96, readers, looking)
    assert told.found.tolist() == [True, False]
    assert told.answers["points"].tolist() == [6, -1]
    assert told.answers["patch"].tolist() == [3, 3]
    assert told.reader_ms["points"] > told.reader_ms["patch"] > 0


def test_a_face_is_made_smaller_and_never_larger(portrait):
    image, region = smaller(portrait, PLACE, 55)
    assert image.shape == (150, 128, 3)
    assert region.size_px == 55
    assert region.center == pytest.approx((65.5, 47.7), abs=0.3)
    kept, same = smaller(portrait, PLACE, 500)
    assert kept is portrait
    assert same == PLACE


def test_classes_without_landmarks_are_named(run, capsys):
    with pytest.raises(InputError, match=r"No picture of disgust, fear, .*neutral has landmarks"):
        check_classes(np.array([EMOTIONS.index("angry")]))
    assert run("--only", "classical") == InputError.exit_code  # drawn bars are no faces
    assert "has landmarks that could be learnt from" in capsys.readouterr().err
