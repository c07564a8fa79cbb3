"""Which drawing suits a face, and how sure the model must be of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from realtime.errors import AssetError
from realtime.faces.gender_thresholds import thresholds_in
from realtime.people.people import People
from realtime.people.presentation import Presentation
from realtime.records import GENDER_THRESHOLDS
from tests.fakes import face, prediction, sighting


def _answer(female: float) -> np.ndarray:
    return np.array([female, 1 - female], np.float32)


def test_each_drawing_is_chosen_at_its_own_threshold():
    assert Presentation((0.75, 0.9)).choose(_answer(0.8)) == "female"
    assert Presentation((0.75, 0.9)).choose(_answer(0.2)) == "neutral"
    assert Presentation((0.75, 0.9)).choose(_answer(0.05)) == "male"


def test_a_drawing_stays_while_there_is_little_doubt():
    chosen = Presentation((0.75, 0.9))
    assert [chosen.choose(_answer(p)) for p in (0.05, 0.2, 0.24, 0.3, 0.2)] == ["male"] * 3 + ["neutral"] * 2


def test_people_are_drawn_by_the_thresholds_they_were_given():
    shown = {}
    for thresholds in (GENDER_THRESHOLDS, (0.75, 0.9)):
        people, told = People(gender_thresholds=thresholds), prediction(gender="male", gender_p=0.8)
        (reading,) = people.update([sighting(face(), told)], 0.0)
        shown[thresholds] = reading.presentation
    assert shown == {GENDER_THRESHOLDS: "male", (0.75, 0.9): "neutral"}


def test_a_model_says_how_sure_it_must_be_and_older_ones_do_not():
    assert thresholds_in({}) == GENDER_THRESHOLDS
    assert thresholds_in({"gender_thresholds": json.dumps({"female": 0.7, "male": 0.9})}) == (0.7, 0.9)


@pytest.mark.parametrize("said", ["", "7", "[0.7, 0.9]", '{"female": 0.7}', '{"female": 0.7, "male": 1.2}', "NaN"])
def test_a_model_that_says_anything_else_is_refused(said):
    with pytest.raises(AssetError, match="needs two probabilities"):
        thresholds_in({"gender_thresholds": said})
