"""Teaching the program one's face, from the command line to readings and traces."""

from __future__ import annotations

import json

import numpy as np
import pytest

import app
from realtime.engine.reader import FaceReader
from realtime.faces.classifier import model_fingerprint
from realtime.people.neutral import NeutralProfile
from realtime.people.people import People
from realtime.people.profile_file import Kept, write_profile
from realtime.people.taught import Examples, Taught, unit
from realtime.records import EMOTIONS, Prediction
from tests.fakes import ScriptedClassifier, ScriptedDetector, face, frame, readable

RNG = np.random.default_rng(0)
OWN = {name: unit(np.abs(RNG.normal(size=32))) for name in ("happy", "neutral")}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The folder of the profiles of somebody new."""
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return tmp_path / "XDG_DATA_HOME" / "emoji-camera" / "profiles"


class _Trace:
    """Keeps what a recorder is told."""

    def __init__(self):
        self.found = []

    def record(self, frame, findings):
        self.found.append(findings)


def _said(**shares):
    rest = (1 - sum(shares.values())) / (len(EMOTIONS) - len(shares))
    emotions = np.array([shares.get(name, rest) for name in EMOTIONS], np.float32)
    return Prediction(emotions, np.array([0.8, 0.2], np.float32), OWN["happy"])


def test_a_smile_that_was_taught_is_shown_and_a_trace_keeps_what_was_read(tmp_path):
    write_profile(tmp_path / "me.json", Kept(taught=Taught("m", {name: Examples(v[None]) for name, v in OWN.items()})))
    people, trace = People(profile=NeutralProfile(tmp_path / "me.json", model="m")), _Trace()
    classifier = ScriptedClassifier(lambda call: _said(neutral=0.45, happy=0.3))
    reader = FaceReader(ScriptedDetector(lambda n: [face()]), classifier, people, recorder=trace)
    for n in range(5):
        (reading,) = reader.read(frame(n, image=readable()))
    assert reading.emotion == "happy"
    (kept,) = trace.found[-1].predictions
    assert EMOTIONS[kept.emotions.argmax()] == "happy"
    assert np.allclose(kept.emotions, reading.raw.emotions)


@pytest.mark.model
def test_a_lesson_is_kept_used_repeated_from_a_trace_and_forgotten(home, tmp_path, shipped_model, capsys):
    run = ["--source", "demo", "--output", "none", "--json"]
    assert app.main([*run, "--max-seconds", "7", "--teach", "happy,neutral"]) == 0
    stored = json.loads((home / "default.json").read_text())
    assert stored["taught"]["model"] == model_fingerprint(shipped_model)
    assert set(stored["taught"]["vectors"]) == {"happy", "neutral"}
    capsys.readouterr()
    trace = str(tmp_path / "t.csv")
    assert app.main([*run, "--max-seconds", "0.5", "--record-trace", trace]) == 0
    taught = capsys.readouterr().out
    assert app.main([*run, "--max-seconds", "0.5", "--profile", "other"]) == 0
    assert capsys.readouterr().out != taught
    assert app.main(["--replay", trace, "--output", "none", "--json"]) == 0
    assert capsys.readouterr().out == taught
    assert app.main(["--forget-profile"]) == 0
    assert not (home / "default.json").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--neutral", "off"], "--neutral off uses none"),
        (["--neutral", "running"], "--neutral running uses none"),
        (
            ["wink"],
            "'wink' is told from your other expressions, and none of them was taught yet. Teach some of them first",
        ),
        (["happy,joy"], "has no drawing for 'joy'; it has wink, tongue. Save one as joy.png in a pack of yours"),
        (["neutral,wink", "--detector", "yunet"], "which --detector yunet does not see"),
    ],
)
def test_what_can_not_be_taught_is_refused(home, capsys, words, says):
    assert app.main(["--source", "demo", "--output", "none", "--teach", *words]) == 2
    assert says in capsys.readouterr().err


def test_pictures_teach_nothing(home, astronaut, tmp_path, capsys):
    import cv2

    cv2.imwrite(str(tmp_path / "a.png"), astronaut)
    assert app.main(["--source", str(tmp_path / "a.png"), "--output", "none", "--teach"]) == 2
    assert "--teach needs time to pass" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["happy", "happy,happy", "happy,Joy!", "happy,blink"])
def test_two_expressions_are_the_fewest_and_they_are_known_ones(home, capsys, words):
    with pytest.raises(SystemExit):
        app.main(["--teach", words])
    assert "--teach" in capsys.readouterr().err
