"""Faces that are read in two views."""

from __future__ import annotations

import contextlib

import cv2
import numpy as np
import pytest

from realtime.cli import inputs
from realtime.cli.options import Options
from realtime.faces.classifier import FEATURES, Classifier
from realtime.faces.views import BothViews, ViewsInTurn, second_view

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def patches():
    return np.random.default_rng(0).integers(0, 256, (5, 1, 48, 48), np.uint8)


def test_the_second_view_is_the_mirror_image_a_little_closer():
    rows, columns = np.mgrid[:48, :48]
    slope = np.clip(2 * columns + rows, 0, 255).astype(np.uint8)[None, None]
    (view,) = second_view(slope)[0]
    assert view[23:25, 23:25].mean() == pytest.approx(slope[0, 0, 23:25, 23:25].mean(), abs=1)
    assert int(view[24, 40]) - int(view[24, 8]) == pytest.approx(-2 * 0.92 * 32, abs=2)
    assert int(view[40, 24]) - int(view[8, 24]) == pytest.approx(0.92 * 32, abs=2)
    assert second_view(np.zeros((0, 1, 48, 48), np.uint8)).shape == (0, 1, 48, 48)


def test_of_a_picture_the_answer_is_the_mean_of_both(shipped_model, patches):
    plain = Classifier(shipped_model)
    expected = (plain.run(patches)["emotion"] + plain.run(second_view(patches))["emotion"]) / 2
    told = BothViews(shipped_model).predict(list(patches[:, 0]))
    assert np.allclose([one.emotions for one in told], expected, atol=1e-6)
    assert not np.allclose(plain.run(patches)["emotion"], expected, atol=1e-3)


def test_of_moving_pictures_the_views_take_turns(shipped_model, patches):
    plain, turns = Classifier(shipped_model), ViewsInTurn(shipped_model)
    first, second = plain.run(patches)["emotion"], plain.run(second_view(patches))["emotion"]
    for expected in (first, second, first):
        told = turns.predict(list(patches[:, 0]))
        assert np.allclose([one.emotions for one in told], expected, atol=1e-6)


def test_features_keep_their_length(shipped_model, patches):
    (told, *_) = BothViews(shipped_model, features=True).predict(list(patches[:, 0]))
    assert np.isclose(np.linalg.norm(told.features), 1)
    features = BothViews(shipped_model).run(patches, (FEATURES,))[FEATURES]
    assert np.allclose(np.linalg.norm(features, axis=1), 1, atol=1e-6)


def test_nobody_in_a_picture_is_no_fault(shipped_model):
    assert BothViews(shipped_model).predict([]) == []
    turns = ViewsInTurn(shipped_model)
    assert turns.predict([]) == turns.predict([]) == []


@pytest.mark.parametrize(("address", "kind"), [("picture", BothViews), ("demo", ViewsInTurn)])
def test_pictures_are_read_in_both_views_and_what_moves_by_turns(address, kind, astronaut, tmp_path):
    if address == "picture":
        address = str(tmp_path / "one.png")
        cv2.imwrite(address, astronaut)
    with contextlib.ExitStack() as held:
        found = inputs.input_of(Options(source=address), False, None, held)
        assert type(found.classifier) is kind
