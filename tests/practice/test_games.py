"""The mirror in words, the game of drawn faces, and the panel that shows them."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import numpy as np
import pytest

from realtime import words
from realtime.drawing.gauges import GuidePanel
from realtime.drawing.guide import Gauge, Guide
from realtime.packs.manifest import DEFAULT_PACK
from realtime.packs.pack import PACKS, load_pack
from realtime.practice.exercises import EXERCISES, MOVEMENTS
from realtime.practice.game import Game
from realtime.practice.gauged import Practice
from realtime.practice.mirror import Mirror
from realtime.practice.plan import plan_of
from realtime.practice.progress import Progress
from tests.practice.test_practice import REST, SMILE, show


@pytest.fixture(scope="module")
def pack():
    return load_pack(PACKS / DEFAULT_PACK)


def test_the_mirror_names_what_it_sees_and_which_part_shows_it():
    mirror = Mirror(plan_of(("mirror",), ()))
    now = show(mirror, 2.2, **REST)
    now = show(mirror, 1, now, **REST)
    assert mirror.notice == "What the program sees: neutral. No single part shows it."
    assert mirror.guide.told == ("All parts are near their rest.",)
    show(mirror, 1, now, emotion="happy", **(SMILE | {"jawOpen": 0.4}))
    assert mirror.notice.startswith("What the program sees: happy. What shows it: ")
    told = {gauge.label: gauge.reached for gauge in mirror.guide.gauges}
    assert told == {"mouth: open": False, "mouth: corners up": True, "eyes: narrow": True}


def test_a_calm_mirror_does_not_flicker():
    def named(*settings: str) -> int:
        mirror = Mirror(plan_of(("mirror",), settings))
        now = show(mirror, 2.2, **REST)
        seen = []
        for turn in range(12):
            now = show(mirror, 0.6, now, emotion=("happy", "sad")[turn % 2], **REST)
            seen.append(mirror.notice)
        return len([1 for one, other in itertools.pairwise(seen) if one != other])

    assert named("calm") < named() / 2


def test_the_game_asks_takes_numbers_and_tells_how_it_is_made(tmp_path):
    game = Game(plan_of(("game",), ()), Progress(tmp_path / "me.json"), random.Random(5))
    for _ in range(20):
        drawn, choices = game.guide.emotion, game.guide.choices
        assert len(set(choices)) == 3
        assert drawn in choices
        other = next(emotion for emotion in choices if emotion != drawn)
        assert game.answer(next(emotion for emotion in EXERCISES if emotion not in choices))  # means nothing here
        assert game.guide.chosen == ""
        game.answer(other)
        assert game.notice.startswith(f"You chose {other}. It is {drawn}: ")
        assert "wrong" not in game.notice
        game.next()
    right = game.guide.emotion
    game.answer(right)
    assert game.notice.startswith("Yes, that fits.")
    assert game.guide.progress == ((right, 1),)
    for number in range(90):
        game.see([], number / 30)
    assert game.guide.chosen == ""  # and the next is asked by itself


def test_a_drawn_face_moves_unless_it_is_to_be_calm():
    moving, still = Game(plan_of(("game",), ())), Game(plan_of(("game",), ("calm",)))
    for game in (moving, still):
        game.see([], 0.0)
        game.see([], 0.2)
    assert 0 < moving.guide.drawn < 1
    assert still.guide.drawn == 1


def _guides() -> list[Guide]:
    practice = Practice(plan_of(("disgust",), ()))
    show(practice, 2.5, **REST)
    most = tuple(Gauge(words.said(one.more), 0.4, 0.3, False, one.arrow) for one in MOVEMENTS.values())[:3]
    mirror = replace(practice.guide, mode="mirror", gauges=(*most, most[0]), told=())
    return [practice.guide, mirror, Game(plan_of(("game",), ())).guide, replace(mirror, progress=(("sad", 40),))]


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
@pytest.mark.parametrize("large", [False, True])
def test_nothing_of_the_panel_is_cut(pack, monkeypatch, language, large):
    from realtime.drawing import gauges

    written = []

    def write(image, line, at, scale, bgr=(255, 255, 255)):
        written.append(line)
        assert at[0] >= 0
        assert at[0] + gauges.width_of(line, scale) <= image.shape[1], line
        assert 0 < at[1] < image.shape[0], line

    monkeypatch.setattr(gauges, "write", write)
    words.speak(language)
    try:
        for guide in _guides():
            for height in (480, 720):
                written.clear()
                shown = replace(guide, large=large)
                panel = GuidePanel().draw(shown, shown.sentence, height, pack)
                assert panel.shape[0] == height
                assert " ".join(written).startswith(shown.sentence)
    finally:
        words.speak("en")


def test_a_panel_is_drawn_again_only_for_what_changed_and_fits_any_height(pack):
    panel, guide = GuidePanel(), Guide("parts", "Show happy.", "happy", gauges=(Gauge("mouth", 0.2, 0.3, False, "up"),))
    first = panel.draw(guide, guide.sentence, 480, pack)
    assert panel.draw(guide, guide.sentence, 480, pack) is first
    there = replace(guide, gauges=(Gauge("mouth", 0.2, 0.3, True, "up"),))
    assert not np.array_equal(panel.draw(there, guide.sentence, 480, pack), first)
    for height in (1, 20, 90, 2160):
        assert panel.draw(guide, guide.sentence, height, pack).shape[0] == height
