"""Reading a person by what they taught of their own expressions."""

from __future__ import annotations

import json

import numpy as np
import pytest

from realtime.people.taught import Taught, combined, unit
from realtime.records import EMOTIONS, Prediction

RNG = np.random.default_rng(0)
# Faces of one person have much in common; each expression adds something of its own. No feature is negative, and two
# expressions are alike by about 0.7, as with real ones.
PERSON = np.maximum(RNG.normal(size=256), 0)
OWN = {name: unit(PERSON + 1.2 * np.maximum(RNG.normal(size=256), 0)) for name in EMOTIONS}
GENDERS = np.array([0.8, 0.2], np.float32)


def _taught(*names):
    return Taught("model", {name: OWN[name][None] for name in names})


def _answer(**shares):
    rest = (1 - sum(shares.values())) / (len(EMOTIONS) - len(shares))
    return np.array([shares.get(name, rest) for name in EMOTIONS], np.float32)


def _shown(name, **shares):
    features = unit(OWN[name] + 0.05 * np.abs(RNG.normal(size=256)))
    return Prediction(_answer(**shares), GENDERS, features)


def _best(prediction):
    return EMOTIONS[int(prediction.emotions.argmax())]


def test_a_mild_smile_that_the_model_misses_is_read_once_it_is_taught():
    shown = _shown("happy", neutral=0.5, happy=0.3)
    assert _best(shown) == "neutral"
    assert _best(_taught("happy", "neutral", "sad").read(shown)) == "happy"
    assert _best(_taught("happy", "neutral", "sad").read(_shown("neutral", neutral=0.5, happy=0.3))) == "neutral"


def test_what_the_model_is_sure_of_is_not_taken_from_it():
    assert _best(_taught("happy", "neutral").read(_shown("neutral", happy=0.97))) == "happy"


def test_one_expression_alone_teaches_nothing_nor_do_two_that_look_alike():
    shown = _shown("sad", neutral=0.5, sad=0.3)
    assert np.array_equal(_taught("sad").read(shown).emotions, shown.emotions)
    alike = Taught("model", {"sad": OWN["sad"][None], "neutral": OWN["sad"][None]})
    assert np.allclose(alike.read(shown).emotions, shown.emotions, atol=1e-6)


def test_expressions_that_were_not_taught_keep_their_odds_against_each_other():
    shown = _shown("happy", neutral=0.4, happy=0.2)
    read = _taught("happy", "neutral").read(shown)
    fear, angry = EMOTIONS.index("fear"), EMOTIONS.index("angry")
    assert read.emotions[fear] / read.emotions[angry] == pytest.approx(shown.emotions[fear] / shown.emotions[angry])
    assert read.emotions.sum() == pytest.approx(1)
    assert read.genders is GENDERS


def test_answers_without_features_or_with_those_of_another_size_stay_as_they_are():
    plain = Prediction(_answer(happy=0.5), GENDERS)
    assert _taught("happy", "neutral").read(plain) is plain
    short = Prediction(_answer(happy=0.5), GENDERS, unit(np.ones(8)))
    assert np.array_equal(_taught("happy", "neutral").read(short).emotions, short.emotions)


def test_many_faces_are_combined_as_one_is():
    shown = [_shown(name, neutral=0.4) for name in EMOTIONS]
    vectors = _taught(*EMOTIONS).vectors
    together = combined(np.stack([s.emotions for s in shown]), np.stack([s.features for s in shown]), vectors)
    for one, row in zip(shown, together, strict=True):
        assert np.allclose(combined(one.emotions, one.features, vectors), row, atol=1e-6)


def test_what_is_taught_later_is_added_and_a_new_model_begins_anew():
    first, later = _taught("happy", "sad"), Taught("model", {"sad": OWN["fear"][None]})
    assert set(first.and_also(later).vectors) == {"happy", "sad"}
    assert np.array_equal(first.and_also(later).vectors["sad"], OWN["fear"][None])
    assert set(first.and_also(Taught("newer", later.vectors)).vectors) == {"sad"}


def test_it_is_kept_as_numbers_and_comes_back():
    again = Taught.from_json(json.loads(json.dumps(_taught("happy", "sad").as_json())))
    assert again.model == "model"
    assert np.allclose(again.vectors["sad"], OWN["sad"], atol=1e-3)


@pytest.mark.parametrize(
    "stored",
    [
        None,
        {"model": 3, "vectors": {}},
        {"model": "m"},
        {"model": "m", "vectors": {"no word": [[1.0]]}},
        {"model": "m", "vectors": {"happy": []}},
        {"model": "m", "vectors": {"happy": [[]]}},
        {"model": "m", "vectors": {"happy": [[1.0], [0.6, 0.8]]}},
        {"model": "m", "vectors": {"happy": [["1"]]}},
        {"model": "m", "vectors": {"happy": [[True]]}},
        {"model": "m", "vectors": {"happy": [[10**400]]}},
        {"model": "m", "vectors": {"happy": [[0.5, 0.5]]}},
        {"model": "m", "vectors": {"happy": [[1.0]], "sad": [[0.6, 0.8]]}},
    ],
)
def test_files_that_hold_anything_else_are_refused(stored):
    with pytest.raises(ValueError, match="what was taught"):
        Taught.from_json(stored)
