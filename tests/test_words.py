"""What is said in other languages: complete, and with the same values in it."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest

from realtime import words
from realtime.cli.options import specs
from realtime.controls import KEYS, Command
from realtime.engine.load import STEPS, STILL
from realtime.practice.advice import ADVICE, ANY_OTHER, OWN_ADVICE
from realtime.practice.exercises import EXERCISES, MOVEMENTS, RESTS
from realtime.records import EMOTIONS, PRESENTATIONS, UNSURE

ROOT = Path(__file__).parents[1]
OTHERS = [language for language in words.LANGUAGES if language != "en"]
# Words of the quality of a face, which `realtime.faces.quality` and the lesson give.
HINTS = ("too dark", "too bright", "too little contrast", "come closer", "turn to the camera", "turn to it")
# What the lesson says where the landmarks are missing, from which an expression of one's own is learnt.
UNSEEN = "how your face moves can't be seen"
# What is the same in every language, or the doctor's word for it.
STATES = ("ok", "warning", "fault")


@pytest.fixture(autouse=True)
def english_again():
    yield
    words.speak("en")


@functools.cache
def needed() -> frozenset[str]:
    """Return every text that is said somewhere: those in the code, and those in its tables."""
    found: set[str] = set()
    for path in (ROOT / "realtime").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        for call in calls:
            if getattr(call.func, "id", "") == "said" and call.args and isinstance(call.args[0], ast.Constant):
                found.add(call.args[0].value)
    found |= {text for one in MOVEMENTS.values() for text in (one.more, one.seen)}
    found |= {text for asked_and_there in RESTS.values() for text in asked_and_there}
    found |= {text for one in EXERCISES.values() for text in one.unseen.values()}
    found |= {meaning for _, meaning in KEYS.values()} | {command.value for command in Command}
    found |= {
        *EMOTIONS,
        *PRESENTATIONS,
        UNSURE,
        *ADVICE.values(),
        *HINTS,
        UNSEEN,
        ANY_OTHER,
        *STATES,
        *filter(None, STEPS),
        STILL,
    }
    found |= {UNSEEN, ANY_OTHER, *OWN_ADVICE, *OWN_ADVICE.values()}
    return frozenset(found | _of_the_panel())


def _tables(page: str) -> dict[str, ast.expr]:
    """Return what a page assigns to names, without importing it, as it needs NiceGUI."""
    tree = ast.parse((ROOT / "realtime/pages" / page).read_text(encoding="utf-8"))
    told = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}
    return told | {node.target.id: node.value for node in tree.body if isinstance(node, ast.AnnAssign) and node.value}


def _of_the_panel() -> set[str]:
    """Return the tables of the panel and of the page for practice."""
    form = _tables("practice_form.py")
    found = {value.value for name in ("_MODES", "_PARTS", "_SWITCHES") for value in form[name].values}
    found |= {value.elts[0].value for value in form["_NUMBERS"].values}
    found.add(ast.literal_eval(_tables("practice_page.py")["ABOUT"]))
    tables = _tables("panel_page.py")
    for name in ("_SOURCES", "_OUTPUTS", "_LIGHTS"):
        found |= {value.value for value in tables[name].values}
    found.add(ast.literal_eval(tables["HIDES"]))
    shown = {element.value for name in ("_LOOKS", "_PRIVACY", "_READING") for element in tables[name].elts}
    for name in shown:
        found |= {name.replace("_", " ").capitalize(), *specs()[name].choices}
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_there_in_each_language_and_no_other(language):
    there, wanted = words.translations(language), needed()
    assert sorted(wanted - set(there)) == []
    assert sorted(set(there) - wanted) == []
    assert not [text for text, translated in there.items() if not translated.strip()]


@pytest.mark.parametrize("language", OTHERS)
def test_translations_have_the_same_values_in_them(language):
    for text, translated in words.translations(language).items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", translated)), text


def test_a_language_is_spoken_from_then_on(monkeypatch):
    assert words.said("happy") == "happy"
    assert words.speak("de") == "de"
    assert words.said("happy") == "fröhlich"
    assert words.said("Show {emotion}: {advice}.", emotion="x", advice="y") == "Zeige x: y."
    assert words.said("what nobody has translated") == "what nobody has translated"
    assert words.speak("en") == "en"
    assert words.said("happy") == "happy"


@pytest.mark.parametrize(
    ("system", "language"),
    [("de_AT.UTF-8", "de"), ("hi_IN", "hi"), ("C.UTF-8", "en"), ("ja_JP.UTF-8", "en"), ("", "en")],
)
@pytest.mark.skipif(not hasattr(words.os, "fork"), reason="Windows tells it in another way")
def test_the_systems_language_is_the_default(monkeypatch, system, language):
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", system)
    assert words.speak("auto") == language
