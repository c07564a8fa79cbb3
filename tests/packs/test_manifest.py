"""What is understood of a pack's files, with and without a manifest, and what is refused."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from realtime.errors import AssetError
from realtime.packs.archive import open_archive
from realtime.packs.manifest import nearest, read_manifest
from realtime.packs.pack import load_pack
from realtime.records import PRESENTATIONS
from realtime.toml import MAX_BYTES
from tests.packs.drawings import (
    BLUE,
    GREEN,
    RED,
    colour,
    disc,
    encoded,
    refused,
)


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("happy.png", ("happy", "neutral")),
        ("happy_female.png", ("happy", "female")),
        ("happy_calm_male.webp", ("happy_calm", "male")),
        ("happy_neutral.gif", ("happy", "neutral")),
        ("neutral_female.apng", ("neutral", "female")),
        ("unsure.png", ("unsure", "neutral")),
        ("Happy_Calm.PNG", ("happy_calm", "neutral")),
    ],
)
def test_files_are_known_by_their_names(made, file, key):
    kind = {".webp": "WEBP", ".gif": "GIF"}.get(Path(file).suffix.lower(), "PNG")
    pack = load_pack(
        made({"neutral.png": disc(BLUE), file: encoded(disc(RED), kind), "angry.txt": b"", "hapy.png": b""})
    )
    assert set(pack.drawings) == {("neutral", "neutral"), key}
    assert np.abs(np.subtract(colour(pack.drawings[key].sprites[0]), RED)).max() < 5


def test_a_pack_names_the_expressions_of_ones_own_for_which_it_has_drawings(made):
    files = {"neutral.png": disc(), "wink.png": disc(RED), "wink_male.png": disc(BLUE), "smirk.png": b""}
    pack = load_pack(made(files, 'own = ["wink"]'))
    assert pack.own == ("wink",)
    assert [colour(pack.sprite("wink", p, strong)) for p, strong in (("female", True), ("male", False))] == [RED, BLUE]


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ('own = ["smirk"]', "names 'smirk' under own, of which there is no drawing"),
        ('own = ["blink"]', "has an 'own' that is no list of words"),
        ('own = "wink"', "has an 'own' that is no list of words"),
        ("own = [1]", "has an 'own' that is no list of words"),
        ('[drawings.wink]\nneutral = "neutral.png"', "has an unknown 'wink' in [drawings]"),
    ],
)
def test_words_that_can_not_be_are_refused(made, toml, says):
    with pytest.raises(AssetError) as refusal:
        load_pack(made({"neutral.png": disc()}, toml))
    assert says in str(refusal.value)


def test_the_manifest_wins_over_file_names(made):
    toml = '[drawings.happy]\nneutral = "x.png"\nmale = "sad.png"'
    files = {
        "neutral.png": disc(),
        "happy.png": disc(RED),
        "happy.gif": b"",
        "sad.png": disc(BLUE),
        "x.png": disc(GREEN),
    }
    pack = load_pack(made(files, toml))
    assert [colour(pack.sprite("happy", p)) for p in ("neutral", "male", "female")] == [GREEN, BLUE, GREEN]
    assert colour(pack.sprite("sad", "neutral")) == BLUE
    assert pack.sprite("sad", "neutral") is pack.sprite("happy", "male")


ALL = [(n + c, p) for n in ("happy", "neutral") for c in ("", "_calm") for p in PRESENTATIONS] + [("unsure", "neutral")]


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        (
            ("happy", "female", True),
            "happy female, happy_calm female, happy neutral, happy_calm neutral, happy male, happy_calm male, "
            "neutral female, neutral_calm female, neutral neutral, neutral_calm neutral, neutral male",
        ),
        (("happy", "male", False), "happy_calm male, happy male, happy_calm neutral, happy neutral, happy_calm female"),
        (("happy", "neutral", True), "happy neutral, happy_calm neutral, happy female, happy_calm female, happy male"),
        (("sad", "female", True), "neutral female, neutral_calm female, neutral neutral"),
        (("unsure", "male", True), "unsure neutral, neutral male, neutral_calm male, neutral neutral"),
    ],
)
def test_what_is_missing_is_replaced_in_order(asked, order):
    there = list(ALL)
    for expected in order.split(", "):
        found = nearest(there, *asked)
        assert " ".join(found) == expected
        there.remove(found)


def test_a_pack_needs_a_neutral_drawing(made):
    with pytest.raises(AssetError, match=r"has no neutral drawing.*Add a neutral\.png"):
        load_pack(made({"happy.png": disc()}))


@pytest.mark.parametrize("other", ["neutral.gif", "Neutral.PNG", "neutral_neutral.png"])
def test_two_files_for_one_thing_are_refused(made, other):
    with pytest.raises(AssetError, match=r"for one thing\. Remove one"):
        load_pack(made({"neutral.png": disc(), other: disc()}))


MANIFESTS = {
    "no toml": ("name = [", "no valid TOML"),
    "deep": ("x = " + "[" * 15_000, "no valid TOML"),
    "deep tables": ("x = " + "{a=" * 5_000, "no valid TOML"),
    "long number": ("x = " + "1" * 15_000, "no valid TOML"),
    "large": ("#" * 21_000, "larger than 20 kB"),
    "control characters": ("name = '\x1b[2J'", "no valid TOML"),
    "name": ("name = 3", "has a name that is no text"),
    "author": ("author = ['x']", "has a author that is no text"),
    "licence": ("licence = {}", "has a licence that is no text"),
    "cover": ("cover = 3", "has a 'cover' that is no table"),
    "cover without": ("[cover]\nradii = [3, 3]", r"no valid \[cover\]"),
    "cover of text": ("[cover]\ncenter = ['a', 'b']\nradii = [3, 3]", r"no valid \[cover\]"),
    "cover of truths": ("[cover]\ncenter = [true, true]\nradii = [3, 3]", r"no valid \[cover\]"),
    "cover of one": ("[cover]\ncenter = [3]\nradii = [3, 3, 3]", r"no valid \[cover\]"),
    "cover of nothing": ("[cover]\ncenter = [nan, inf]\nradii = [3, 3]", r"no valid \[cover\]"),
    "cover below": ("[cover]\ncenter = [-3, 3]\nradii = [3, 3]", r"no valid \[cover\]"),
    "cover beyond": ("[cover]\ncenter = [1e300, 3]\nradii = [3, 3]", r"no valid \[cover\]"),
    "cover too small": ("[cover]\ncenter = [32, 32]\nradii = [1e-300, 1e-300]", "or is tiny"),
    "drawings": ("drawings = 'x'", "has a 'drawings' that is no table"),
    "drawings of a list": ("[[drawings]]\n", "has a 'drawings' that is no table"),
    "drawing": ("drawings.happy = 'happy.png'", "has a 'drawings.happy' that is no table"),
    "unknown drawing": ("[drawings.bored]", "unknown 'bored' in .drawings.. Known are: angry, angry_calm"),
    "unknown presentation": ("[drawings.happy]\nboth = 'neutral.png'", "unknown 'both'"),
    "number": ("[drawings.happy]\nmale = 3", "male in .drawings.happy. that is no file's name"),
    "traversal": ("[drawings.happy]\nmale = '../secret.png'", "outside the pack"),
    "absolute": ("[drawings.happy]\nmale = '/etc/passwd'", "outside the pack"),
    "drive": ("[drawings.happy]\nmale = 'C:secret.png'", "outside the pack"),
    "backslash": ("[drawings.happy]\nmale = '..\\secret.png'", "outside the pack"),
    "parent": ("[drawings.happy]\nmale = '..'", "not there"),
    "nothing": ("[drawings.happy]\nmale = ''", "not there"),
    "missing": ("[drawings.happy]\nmale = 'happy.png'", "a file that is not there"),
    "itself": ("[drawings.happy]\nmale = 'pack.toml'", "pack.toml is no PNG"),
    "escape": ('[drawings.happy]\nmale = "\\u001b[2J"', "a file that is not there"),
    "long": ("[drawings.happy]\nmale = '" + "x" * 9000 + "'", "a file that is not there"),
    "skins": ("skins = ['neutral.png']", "has a 'skins' that is no table"),
    "skin": ("[skins]\na = ['neutral.png']", "that is no file's name"),
    "skin missing": ("[skins]\na = 'a.png'", "a file that is not there"),
    "cards": ("cards = 3", "has a 'cards' that is no table"),
    "unknown card": ("[cards]\nwelcome = 'neutral.png'", "Known are: paused, lost"),
    "card missing": ("[cards]\nlost = '../lost.png'", "outside the pack"),
}


@pytest.mark.parametrize("name", MANIFESTS)
def test_hostile_manifests_are_refused(made, name):
    toml, message = MANIFESTS[name]
    refused(made({"neutral.png": disc()}, toml), message)


def test_a_manifest_in_another_encoding_is_refused(made):
    refused(made({"neutral.png": disc(), "pack.toml": "name = 'ü'".encode("latin-1")}), "no valid TOML")


def test_a_key_of_thousands_of_parts_is_refused_at_once(made):
    """It takes tomllib a time that grows faster than its length."""
    path = made({"neutral.png": disc()}, ".".join("a" * (MAX_BYTES // 2 - 10)) + " = 1")
    start = time.process_time()
    refused(path, "no valid TOML")
    assert time.process_time() - start < 1


def test_what_is_shown_of_a_manifest_is_harmless(made):
    names = read_manifest(
        open_archive(made({"neutral.png": disc()}, f'name = "a\\u001b[2J\\nb"\nauthor = "{"x" * 999}"'))
    )
    assert names.name == "a?[2J?b"
    assert len(names.author) == 200
