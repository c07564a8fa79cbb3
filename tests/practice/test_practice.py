"""Practising expressions by the parts of the face: one's own scale, what is asked for, and who is before the camera."""

from __future__ import annotations

import random

import numpy as np
import pytest

import app
from realtime.cli import parse as options
from realtime.controls import Controls
from realtime.errors import InputError
from realtime.packs.manifest import DEFAULT_PACK
from realtime.packs.pack import PACKS, load_pack
from realtime.practice.advice import ADVICE
from realtime.practice.exercises import EXERCISES, MOVEMENTS, PARTS, RESTS, gauged
from realtime.practice.gauged import Practice
from realtime.practice.plan import Plan, checked_settings, plan_of
from realtime.practice.progress import Progress
from realtime.records import BLENDSHAPES, EMOTIONS
from tests.fakes import (
    ListSource,
    RecordingOutputs,
    RunParts,
    ScriptedClassifier,
    frame,
    movement,
    prediction,
    readable,
    reading,
)

STEP_S = 1 / 30
# A face at rest that is none of a book's: a smile is half there, and the brows hang.
REST = {"mouthSmileLeft": 0.4, "mouthSmileRight": 0.4, "browDownLeft": 0.3, "browDownRight": 0.3}
SMILE = REST | {"mouthSmileLeft": 0.7, "mouthSmileRight": 0.7, "eyeSquintLeft": 0.2, "eyeSquintRight": 0.2}


def show(practice, seconds: float, start_s=0.0, track=1, emotion="neutral", parts=True, **made: float) -> float:
    """Show a face for a time; return when it ended."""
    frames = round(seconds / STEP_S)
    for number in range(frames):
        moved = movement(**made) if parts else None
        practice.see([reading(track, emotion, moved=moved)], start_s + number * STEP_S)
    return start_s + frames * STEP_S


def rested(*practised: str, settings=(), **more) -> tuple[Practice, float]:
    """Return practice that knows how the face rests, and the time."""
    practice = Practice(plan_of(practised, settings), **more)
    return practice, show(practice, 2.2, **REST)


def test_every_expression_is_made_of_parts_that_are_measured():
    assert set(EXERCISES) == set(ADVICE) == set(EMOTIONS)
    for name, one in MOVEMENTS.items():
        assert set(one.raises) | set(one.lowers) <= set(BLENDSHAPES), name
        assert not [shape for shape in one.raises if "noseSneer" in shape or "cheekSquint" in shape], name
        assert one.part in PARTS
        assert one.full > 0
    assert all(gauged(emotion, PARTS) for emotion in EXERCISES)
    assert gauged("neutral", PARTS) == list(RESTS)


def test_the_scale_is_ones_own_and_every_part_says_which_way():
    practice, now = rested("happy")
    assert practice.notice.startswith("Show happy: lift the corners of your mouth")
    show(practice, 1, now, **REST)
    assert [gauge.value for gauge in practice.guide.gauges] == pytest.approx([0, 0], abs=0.01)  # though it half smiles
    assert [(g.label, g.reached) for g in practice.guide.gauges] == [
        ("eyes: narrower, cheeks up", False),
        ("mouth: corners higher", False),
    ]
    now = show(practice, 0.8, now, **(REST | {"mouthSmileLeft": 0.7, "mouthSmileRight": 0.7}))
    assert [(g.label, g.reached) for g in practice.guide.gauges][1] == ("mouth: corners up", True)
    assert "wrong" not in str(practice.guide)


def test_what_is_held_is_praised_and_the_next_is_asked_for():
    practice, now = rested("happy", "sad")
    now = show(practice, 0.8, now, **SMILE)
    assert 0 < practice.guide.held < 1
    now = show(practice, 0.6, now, **SMILE)
    assert practice.notice == "All parts are there."
    now = show(practice, 0.5, now, **REST)
    assert all(gauge.reached for gauge in practice.guide.gauges)  # what was praised stays in sight
    show(practice, 1.8, now, **SMILE)
    assert practice.target == "sad"
    practice.next()
    assert practice.target == "happy"


def test_a_larger_step_asks_for_more():
    small, now = rested("happy", settings=("step=10",))
    large, _ = rested("happy", settings=("step=90",))
    for practice in (small, large):
        show(practice, 1, now, **SMILE)
    assert all(gauge.reached for gauge in small.guide.gauges)
    assert not any(gauge.reached for gauge in large.guide.gauges)


def test_calm_gauges_stand_still_most_of_the_time():
    def shown(*settings: str) -> int:
        practice, now = rested("happy", settings=settings)
        values = set()
        for number in range(30):
            share = 0.3 * number / 30
            made = REST | {"mouthSmileLeft": 0.4 + share, "mouthSmileRight": 0.4 + share}
            now = show(practice, STEP_S, now, **made)
            values.add(practice.guide.gauges[1].value)
        return len(values)

    assert shown("calm", "step=100") <= 4 < shown("step=100")


def test_one_part_time_breaks_and_order_can_be_chosen():
    practice, now = rested("fear", "sad", "brows", settings=("seconds=2", "break=5"))
    assert [gauge.label for gauge in practice.guide.gauges] == ["brows: higher"]
    now = show(practice, 2.2, now, **REST)
    assert practice.target == "sad"
    now = show(practice, 2.2, now, **REST)
    assert practice.notice.startswith("A break: ")
    assert practice.guide.gauges == ()
    now = show(practice, 1, now, **REST)
    practice.next()
    assert practice.notice.startswith("Show fear")
    orders = {tuple(Plan(shuffle=True).round(random.Random(seed))) for seed in range(5)}
    assert len(orders) > 1
    assert all(sorted(order) == sorted(ADVICE) for order in orders)


def test_resting_is_an_exercise_too():
    practice, now = rested("neutral")
    show(practice, 0.5, now, **(REST | {"jawOpen": 0.5}))
    assert [gauge.reached for gauge in practice.guide.gauges] == [True, True, False]
    show(practice, 1.6, now + 0.5, **REST)
    assert practice.notice == "All parts are there."


def test_nobody_another_person_and_the_same_again():
    practice, now = rested("happy")
    for _ in range(300):  # minutes in which nobody is there: nothing runs on
        now += 1
        practice.see([], now)
    assert practice.notice.startswith("No face is seen.")
    assert practice.guide.gauges == ()
    now = show(practice, 1, now, track=2, **SMILE)
    assert practice.notice.startswith("Somebody else is here.")
    now = show(practice, 1.5, now, track=2, **SMILE)  # is how this one rests, and no smile
    assert [gauge.value for gauge in practice.guide.gauges] == pytest.approx([0, 0], abs=0.01)
    now = show(practice, 0.5, now + 5, track=1, **REST)  # whose rest is still known
    assert practice.notice.startswith("Show happy")
    practice.rest_again()
    assert practice.notice.startswith("Rest your face")


def test_who_comes_nearer_does_not_take_the_place_of_who_practises():
    practice, now = rested("happy")
    for number in range(60):
        near = reading(2, size=200, moved=movement(**SMILE))
        practice.see([reading(1, moved=movement(**REST)), near], now + number * STEP_S)
    assert practice.guide.gauges[1].value == pytest.approx(0, abs=0.01)
    assert practice.notice.startswith("Show happy")


def test_without_parts_the_whole_face_is_told():
    practice = Practice(plan_of(("happy", "sad"), ()))
    now = show(practice, 2.5, parts=False)
    assert "The parts of the face can't be told" in practice.notice
    assert [gauge.label for gauge in practice.guide.gauges] == ["The whole face"]
    show(practice, 1.2, now, emotion="happy", parts=False)
    assert practice.notice == "That is happy."


def test_progress_is_kept_by_day_as_numbers(tmp_path):
    path = tmp_path / "practice" / "me.json"
    practice, now = rested("happy", progress=Progress(path))
    show(practice, 2, now, **SMILE)
    assert Progress(path).today() == (("happy", 1),)
    assert practice.guide.progress == (("happy", 1),)
    path.write_text('{"version": 1, "days": {"2026-12-01": {"joy": 1}}}')
    with pytest.raises(InputError, match="practise without keeping progress"):
        Progress(path)


def _run(pack, frames: int, practice: Practice | None, keys: dict[int, str] | None = None) -> tuple[Controls, list]:
    parts = RunParts([pack], classifier=ScriptedClassifier(lambda call: prediction("happy", 0.99)), practice=practice)
    source = ListSource([frame(number, image=readable()) for number in range(frames)])
    return parts.controls, parts.run(source, RecordingOutputs(keys)).frames


def test_a_run_asks_and_listens_to_keys_and_shows_nobody_else():
    pack = load_pack(PACKS / DEFAULT_PACK)
    happy = lambda: Practice(plan_of(("happy", "fear"), ()))  # noqa: E731
    _, plain = _run(pack, 70, None)
    controls, shown = _run(pack, 70, happy())
    assert controls.state.notice.startswith("Show happy")
    assert all(np.array_equal(one.image, other.image) for one, other in zip(plain, shown, strict=True))
    assert _run(pack, 71, happy(), {70: "t"})[0].state.notice.startswith("Show fear")
    assert _run(pack, 71, None, {70: "t"})[0].state.notice == ""  # it means nothing without practice


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (["--practise"], tuple(ADVICE)),
        (["--practise", "all"], tuple(ADVICE)),
        (["--practice", "fear,sad"], ("fear", "sad")),
        (["--practise", "game,happy", "--practise-with", "calm,step=50"], ("game", "happy")),
        ([], ()),
    ],
)
def test_one_chooses_what_to_practise(given, asked, tmp_path, monkeypatch):
    monkeypatch.setattr(options, "default_config", lambda: tmp_path / "none.toml")
    assert options.parse(given).practise == asked
    (tmp_path / "none.toml").write_text('practise = "happy"\npractise-with = "large,hold=2"')
    assert options.parse([]).practise == ("happy",)
    assert options.parse([]).practise_with == ("large", "hold=2")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--practise", "happy,joy"], "'joy' is none of happy, surprise"),
        (["--practise", "game,mirror"], "one at a time"),
        (["--practise", "nose"], "the camera can't tell that by nose"),
        (["--practise", "--practise-with", "loud"], "'loud' is none of calm, large"),
        (["--practise", "--practise-with", "step=0"], "'step=0' needs a number from 5 to 100"),
    ],
)
def test_what_can_not_be_practised_is_told(given, told, capsys):
    with pytest.raises(SystemExit) as ended:
        app.main(given)
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_settings_make_a_plan():
    plan = plan_of(("mirror", "brows"), checked_settings("calm,large,step=50,hold=2.5,seconds=20"))
    assert plan == Plan("mirror", parts=("brows",), step=0.5, hold_s=2.5, seconds=20, calm=True, large=True)
