"""Reading a person by what they taught of their own expressions."""

from __future__ import annotations

import json

import numpy as np
import pytest

from realtime.people import adaptation
from realtime.people.taught import MAX_VECTORS, Examples, Taught, unit
from realtime.records import EMOTIONS, Prediction

RNG = np.random.default_rng(0)
# Faces of one person have much in common; each expression adds something of its own. No feature is negative, and two
# expressions are alike by about 0.7, as with real ones.
PERSON = np.maximum(RNG.normal(size=256), 0)
OWN = {name: unit(PERSON + 1.2 * np.maximum(RNG.normal(size=256), 0)) for name in EMOTIONS}
GENDERS = np.array([0.8, 0.2], np.float32)


def _taught(*names, said=None):
    """Return what examples teach. said: what the model says of each; None where that was not kept."""
    answers = None if said is None else said[None]
    return Taught("model", {name: Examples(OWN[name][None], answers) for name in names})


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
    for said in (None, shown.emotions[None]):
        alike = Taught("model", {name: Examples(OWN["sad"][None], said) for name in ("sad", "neutral")})
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
    taught = _taught(*EMOTIONS, said=_answer(neutral=0.4))
    together = taught.adapt(np.stack([s.emotions for s in shown]), np.stack([s.features for s in shown]))
    for one, row in zip(shown, together, strict=True):
        assert np.allclose(taught.read(one).emotions, row, atol=1e-6)


def test_examples_that_contradict_the_model_teach_more_than_those_that_agree_with_it():
    mistaken = _answer(neutral=0.9)
    shown = _shown("sad", neutral=0.9)
    assert _best(_taught(*EMOTIONS).read(shown)) == "neutral"  # it is not known what the model says of them
    taught = Taught(
        "model", {name: Examples(OWN[name][None].repeat(3, 0), mistaken[None].repeat(3, 0)) for name in OWN}
    )
    assert [_best(taught.read(_shown(name, neutral=0.9))) for name in EMOTIONS] == list(EMOTIONS)
    agreeing = _answer(sad=0.9)
    known = Taught("model", {name: Examples(OWN[name][None], agreeing[None]) for name in ("sad", "neutral")})
    before, after = _shown("sad", sad=0.9), known.read(_shown("sad", sad=0.9))
    assert after.emotions[EMOTIONS.index("sad")] < before.emotions[EMOTIONS.index("sad")] + 0.1


def test_one_expression_taught_anew_does_not_push_out_those_of_an_older_profile():
    older = _taught("happy", "neutral")
    mixed = older.and_also(_taught("sad", said=_answer(neutral=0.9)))
    shown = _shown("neutral", neutral=0.5)
    plain = _taught("happy", "neutral", "sad")
    assert np.allclose(mixed.read(shown).emotions, plain.read(shown).emotions)


def test_the_fit_has_come_to_its_end(monkeypatch):
    taught = {said: _taught(*EMOTIONS, said=_answer(neutral=said)) for said in (0.3, 0.999)}
    ended = [one.adapt for one in taught.values()]
    monkeypatch.setattr(adaptation, "_STEPS", 20 * adaptation._STEPS)
    for said, before in zip(taught, ended, strict=True):
        longer = _taught(*EMOTIONS, said=_answer(neutral=said)).adapt
        assert np.abs(longer.weights - before.weights).max() < 0.02 * np.abs(longer.weights).max()


def test_a_face_that_was_hardly_shown_spoils_the_others_little():
    """Who can't make an expression shows a neutral face when asked for it."""
    rest = {name: Examples(OWN[name][None], _answer(**{name: 0.6})[None]) for name in EMOTIONS}
    same = Examples(unit(OWN["neutral"] + 0.001)[None], _answer(neutral=0.6)[None])
    poor = Taught("model", rest | {"fear": same, "disgust": same})
    for name in ("angry", "happy", "sad", "surprise", "neutral"):
        assert _best(poor.read(_shown(name, **{name: 0.6}))) == name


def test_what_is_taught_later_is_added_and_a_new_model_begins_anew():
    first, later = _taught("happy", "sad"), Taught("model", {"sad": Examples(OWN["fear"][None])})
    assert set(first.and_also(later).examples) == {"happy", "sad"}
    assert np.array_equal(first.and_also(later).examples["sad"].vectors, OWN["fear"][None])
    assert set(first.and_also(Taught("newer", later.examples)).examples) == {"sad"}
    assert set(first.with_more(Taught("newer", later.examples)).examples) == {"sad"}


def test_more_examples_of_an_expression_push_out_the_oldest_with_what_is_known_of_them():
    plain, told = _taught("happy"), _taught("happy", said=_answer(happy=0.4))
    both = plain.with_more(told).examples["happy"]
    assert (len(both.vectors), len(both.answers)) == (2, 1)
    assert told.with_more(plain).examples["happy"].answers is None
    many = told
    for _ in range(MAX_VECTORS + 3):
        many = many.with_more(told)
    assert len(many.examples["happy"].vectors) == len(many.examples["happy"].answers) == MAX_VECTORS


def test_it_is_kept_as_numbers_and_comes_back():
    taught = _taught("happy", "sad", said=_answer(happy=0.999999))
    again = Taught.from_json(json.loads(json.dumps(taught.as_json())))
    assert again.model == "model"
    assert np.allclose(again.examples["sad"].vectors, OWN["sad"], atol=1e-3)
    assert np.allclose(again.examples["sad"].answers, taught.examples["sad"].answers, rtol=1e-3)  # also the least
    older = Taught.from_json(json.loads(json.dumps(_taught("happy", "sad").as_json())))
    assert older.examples["sad"].answers is None


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
        {"model": "m", "vectors": {"happy": [[1.0]]}, "answers": {"sad": [[1, 0, 0, 0, 0, 0, 0]]}},
        {"model": "m", "vectors": {"happy": [[1.0]]}, "answers": {"happy": [[1, 0]]}},
        {"model": "m", "vectors": {"happy": [[1.0]]}, "answers": {"happy": [[1, 1, 0, 0, 0, 0, 0]]}},
        {"model": "m", "vectors": {"happy": [[1.0]]}, "answers": {"happy": [[1, -1, 1, 0, 0, 0, 0]]}},
        {"model": "m", "vectors": {"happy": [[1.0]]}, "answers": {"happy": [[1, 0, 0, 0, 0, 0, 0]] * 2}},
        {"model": "m", "vectors": {"happy": [[1.0]]}, "answers": {"happy": [[float("nan")] * 7]}},
        {"model": "m", "vectors": {"happy": [[1.0]]}, "answers": []},
    ],
)
def test_files_that_hold_anything_else_are_refused(stored):
    with pytest.raises(ValueError, match="what was taught"):
        Taught.from_json(stored)
