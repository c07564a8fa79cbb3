"""Faces that are read together with their mirror images."""

from __future__ import annotations

import contextlib

import cv2
import numpy as np
import pytest

from realtime.cli import inputs
from realtime.cli.options import Options
from realtime.faces.classifier import FEATURES, HEADS, Classifier
from realtime.faces.mirror import MirroredClassifier

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def patches():
    return np.random.default_rng(0).integers(0, 256, (5, 1, 48, 48), np.uint8)


def test_a_face_and_its_mirror_image_are_answered_alike(shipped_model, patches):
    mirrored = MirroredClassifier(shipped_model)
    one, other = mirrored.run(patches), mirrored.run(np.ascontiguousarray(patches[..., ::-1]))
    for head in HEADS:
        assert np.allclose(one[head], other[head], atol=1e-6)


def test_the_answer_is_the_mean_of_both(shipped_model, patches):
    plain = Classifier(shipped_model)
    expected = (plain.run(patches)["emotion"] + plain.run(patches[..., ::-1].copy())["emotion"]) / 2
    told = MirroredClassifier(shipped_model).predict(list(patches[:, 0]))
    assert np.allclose([one.emotions for one in told], expected, atol=1e-6)
    assert not np.allclose(plain.run(patches)["emotion"], expected, atol=1e-3)


def test_features_keep_their_length(shipped_model, patches):
    (told, *_) = MirroredClassifier(shipped_model, features=True).predict(list(patches[:, 0]))
    assert np.isclose(np.linalg.norm(told.features), 1)
    features = MirroredClassifier(shipped_model).run(patches, (FEATURES,))[FEATURES]
    assert np.allclose(np.linalg.norm(features, axis=1), 1, atol=1e-6)


def test_nobody_in_a_picture_is_no_fault(shipped_model):
    assert MirroredClassifier(shipped_model).predict([]) == []


@pytest.mark.parametrize(("address", "kind"), [("picture", MirroredClassifier), ("demo", Classifier)])
def test_pictures_are_read_so_and_what_moves_is_not(address, kind, astronaut, tmp_path):
    if address == "picture":
        address = str(tmp_path / "one.png")
        cv2.imwrite(address, astronaut)
    with contextlib.ExitStack() as held:
        found = inputs.input_of(Options(source=address), False, None, held)
        assert type(found.classifier) is kind
