"""Practising expressions: what is asked for, when it is well shown, and what is drawn."""

from __future__ import annotations

import numpy as np
import pytest

import app
from realtime.cli import parse as options
from realtime.controls import Controls
from realtime.engine.advice import ADVICE
from realtime.engine.practice import Practice
from realtime.packs.manifest import DEFAULT_PACK
from realtime.packs.pack import PACKS, load_pack
from realtime.records import EMOTIONS, Reading
from tests.fakes import (
    ListSource,
    RecordingOutputs,
    RunParts,
    ScriptedClassifier,
    face,
    frame,
    picture,
    prediction,
    readable,
)

STEP_S = 1 / 30


@pytest.fixture(scope="module")
def pack():
    return load_pack(PACKS / DEFAULT_PACK)


def _reading(emotion: str, size: float = 80, seen: bool = True) -> Reading:
    said = prediction(emotion)
    return Reading(
        track=1,
        face=face(size=size),
        raw=said if seen else None,
        prediction=said,
        emotion=emotion,
        presentation="neutral",
    )


def _show(practice: Practice, readings: list[Reading], seconds: float, start_s: float) -> float:
    """Show something for a time; return when it ended."""
    frames = round(seconds / STEP_S)
    for number in range(frames):
        practice.see(readings, start_s + number * STEP_S)
    return start_s + frames * STEP_S


def test_an_expression_that_is_held_is_praised_and_the_next_is_asked_for():
    practice = Practice(["happy", "sad"])
    assert practice.notice.startswith("Show happy: lift the corners of your mouth")
    now = _show(practice, [_reading("neutral")], 3, 100)
    now = _show(practice, [_reading("happy")], 0.8, now)
    assert practice.notice.startswith("Show happy")
    now = _show(practice, [_reading("happy")], 0.4, now)
    assert practice.notice == "That is happy."
    now = _show(practice, [_reading("happy")], 1.6, now)
    assert practice.target == "sad"
    _show(practice, [_reading("happy")], 3, now)
    assert practice.target == "sad"
    practice.next()
    assert practice.target == "happy"


def test_a_slip_costs_a_little_and_not_all():
    practice = Practice(["angry"])
    now = _show(practice, [_reading("angry")], 0.8, 0)
    now = _show(practice, [_reading("sad")], 0.2, now)
    now = _show(practice, [_reading("angry")], 0.2, now)
    assert practice.notice.startswith("Show angry")
    _show(practice, [_reading("angry")], 0.2, now)
    assert practice.notice == "That is angry."


@pytest.mark.parametrize(
    "readings",
    [[], [_reading("happy", seen=False)], [_reading("happy", size=40), _reading("neutral", size=90)]],
    ids=["nobody", "a face that is only expected", "somebody behind"],
)
def test_only_the_main_face_that_is_seen_counts(readings):
    practice = Practice(["happy", "sad"])
    _show(practice, readings, 5, 0)
    assert practice.notice.startswith("Show happy")


def test_a_pause_between_frames_does_not_count_as_held():
    practice = Practice(["happy", "sad"])
    for time_s in (0.0, 60.0, 120.0, 180.0):
        practice.see([_reading("happy")], time_s)
    assert practice.notice.startswith("Show happy")


def test_the_ring_fills_and_the_bar_follows(pack):
    def green(practice) -> int:
        image = picture(640, 360)
        practice.draw(image, pack)
        assert (image[:, 320:] == 128).all()  # the rest of the picture stays
        return int((image == (90, 200, 90)).all(2).sum())

    practice = Practice(["happy"])
    amounts = [green(practice)]
    for until in range(4):
        _show(practice, [_reading("happy")], 0.3, until * 0.3)
        amounts.append(green(practice))
    assert amounts[0] == 0
    assert amounts == sorted(amounts)
    assert len(set(amounts)) == 5


def test_every_emotion_can_be_asked_for_and_drawn(pack):
    assert set(ADVICE) == set(EMOTIONS)
    practice, seen = Practice(), set()
    for second in range(len(ADVICE)):
        practice.see([], float(2 * second))
        practice.see([], 2 * second + 1.0)
        image = picture(320, 240)
        practice.draw(image, pack)  # begins to fade in
        practice.see([], 2 * second + 1.5)
        practice.draw(image, pack)
        seen.add(image.tobytes())
        practice.next()
    assert len(seen) == len(EMOTIONS)


def _run(pack, frames: int, practice: Practice | None, keys: dict[int, str] | None = None) -> tuple[Controls, list]:
    """Run frames of a happy face; return the controls, and the pictures shown."""
    parts = RunParts([pack], classifier=ScriptedClassifier(lambda call: prediction("happy", 0.99)), practice=practice)
    source = ListSource([frame(number, image=readable()) for number in range(frames)])
    return parts.controls, parts.run(source, RecordingOutputs(keys)).frames


def test_a_run_asks_draws_and_listens_to_the_key(pack):
    expressions = ["happy", "fear"]
    controls, shown = _run(pack, 1, Practice(expressions))
    assert controls.state.notice.startswith("Show happy")
    assert not np.array_equal(shown[0].image[150:, :60], readable()[150:, :60])
    assert _run(pack, 60, Practice(expressions))[0].state.notice == "That is happy."
    assert _run(pack, 61, Practice(expressions), {60: "t"})[0].state.notice.startswith("Show fear")
    assert _run(pack, 61, None, {60: "t"})[0].state.notice == ""  # it means nothing without practice


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (["--practise"], tuple(ADVICE)),
        (["--practise", "all"], tuple(ADVICE)),
        (["--practice", "fear,sad"], ("fear", "sad")),
        ([], ()),
    ],
)
def test_one_chooses_what_to_practise(given, asked, tmp_path, monkeypatch):
    monkeypatch.setattr(options, "default_config", lambda: tmp_path / "none.toml")
    assert options.parse(given).practise == asked
    (tmp_path / "none.toml").write_text('practise = "happy"')
    assert options.parse([]).practise == ("happy",)


def test_an_unknown_emotion_is_named(capsys):
    with pytest.raises(SystemExit) as ended:
        app.main(["--practise", "happy,joy"])
    assert ended.value.code == 2
    assert "'joy' is none of happy, surprise" in capsys.readouterr().err
