"""Measuring expressions against a person's own resting face."""

from __future__ import annotations

import json

import numpy as np
import pytest

from realtime.errors import InputError
from realtime.people.neutral import NeutralProfile, RunningBaseline, forget_profile
from realtime.records import EMOTIONS, Prediction


def _answer(seed=None, **shares):
    """Return a prediction with the shares given, the rest spread; with some noise if there is a seed."""
    rest = (1 - sum(shares.values())) / (len(EMOTIONS) - len(shares))
    emotions = np.array([shares.get(emotion, rest) for emotion in EMOTIONS], np.float32)
    if seed is not None:
        emotions = emotions * np.exp(np.random.default_rng(seed).normal(0, 0.3, len(emotions))).astype(np.float32)
    return Prediction(emotions / emotions.sum(), np.array([0.8, 0.2], np.float32))


def _best(prediction):
    return EMOTIONS[int(prediction.emotions.argmax())]


def _calibrated(neutral, rest, seconds=2.5):
    neutral.calibrate()
    for n in range(round(seconds * 30)):
        neutral.learn(rest(n), n / 30)
    return neutral


@pytest.mark.parametrize("looks_like", ["sad", "angry"])
def test_a_resting_face_that_looks_otherwise_becomes_neutral_and_clear_expressions_stay(looks_like):
    rest = lambda n: _answer(n, **{looks_like: 0.5, "neutral": 0.35})  # noqa: E731
    neutral = _calibrated(NeutralProfile(), rest)
    answers = [rest(1000 + n) for n in range(200)]
    before = np.mean([_best(a) != "neutral" for a in answers])
    after = np.mean([_best(neutral.measure(a)) != "neutral" for a in answers])
    assert before > 0.6
    assert after <= before / 2
    for emotion in EMOTIONS[:-1]:
        clear = _answer(**{emotion: 0.85, "neutral": 0.06})
        assert _best(neutral.measure(clear)) == emotion


def test_nothing_changes_until_it_is_used():
    answer = _answer(sad=0.5, neutral=0.3)
    assert NeutralProfile().measure(answer) is answer


def test_it_takes_two_seconds_and_says_so():
    neutral = NeutralProfile()
    neutral.calibrate()
    assert "Rest your face" in neutral.notice
    for n in range(58):
        neutral.learn(_answer(sad=0.6), n / 30)
    assert neutral.resting is None
    assert "Rest your face" in neutral.notice
    for n in range(58, 63):
        neutral.learn(_answer(sad=0.6), n / 30)
    assert neutral.resting is not None
    assert neutral.notice == ""


def test_a_profile_is_kept_without_a_picture_and_can_be_forgotten(tmp_path):
    path = tmp_path / "profiles" / "me.json"
    kept = _calibrated(NeutralProfile(path), lambda n: _answer(sad=0.5, neutral=0.35)).resting
    stored = json.loads(path.read_text())
    assert set(stored) == {"resting"}
    assert set(stored["resting"]) == set(EMOTIONS)
    again = NeutralProfile(path)
    assert again.resting == pytest.approx(kept)
    again.forget()
    assert again.resting is None
    assert not path.exists()
    forget_profile(path)  # nothing to forget is no error


@pytest.mark.parametrize("text", ["", "{", "[]", '{"resting": {}}', '{"resting": {"happy": 1}}', '{"resting": null}'])
def test_a_broken_profile_is_named(tmp_path, text):
    path = tmp_path / "me.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"me\.json.*--forget-profile"):
        NeutralProfile(path)


def test_a_profile_that_is_no_distribution_is_refused(tmp_path):
    path = tmp_path / "me.json"
    path.write_text(json.dumps({"resting": dict.fromkeys(EMOTIONS, 0.5)}))
    with pytest.raises(InputError, match="no probabilities"):
        NeutralProfile(path)


def test_a_profile_that_can_not_be_saved_is_used_all_the_same(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    neutral = _calibrated(NeutralProfile(tmp_path / "file" / "me.json"), lambda n: _answer(sad=0.6))
    assert neutral.resting is not None
    assert "could not be saved" in caplog.text


def test_the_running_baseline_helps_without_being_asked_and_leaves_laughter_alone():
    baseline = RunningBaseline()
    for n in range(30 * 30):
        said = baseline.measure(_answer(n, sad=0.5, neutral=0.35), n / 30)
    assert _best(said) == "neutral"
    happy = _answer(happy=0.9)
    for n in range(900, 900 + 30 * 60):
        said = baseline.measure(happy, n / 30)
    assert _best(said) == "happy"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"resting": ' + "{" * 50_000,
        '{"resting": {"happy": ' + "9" * 5000 + "}}",
        "{" + " " * 200_000 + "}",
        "\ud800",
        *(
            json.dumps({"resting": dict.fromkeys(EMOTIONS, 1 / 7) | {"sad": wrong}})
            for wrong in (None, True, "0.14", [0.14], 10**400, 1e-45, -0.1, float("nan"), {})
        ),
    ],
)
def test_no_content_of_a_profile_gets_through_unanswered(tmp_path, text):
    path = tmp_path / "me.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(InputError, match=r"(?s)me\.json.*--forget-profile"):
        NeutralProfile(path)
