"""Whose options shape a replay: the command line's, then the trace's, and about privacy what hides more."""

from __future__ import annotations

import logging

import pytest

from realtime.cli import parse as parsing
from realtime.cli.options import Options
from realtime.cli.parse import parse, with_traced


@pytest.fixture(autouse=True)
def config(monkeypatch, tmp_path):
    monkeypatch.setattr(parsing, "default_config", lambda: tmp_path / "user.toml")
    return tmp_path / "user.toml"


def _recorded(**options):
    return Options(**options).traced()


def test_what_is_typed_wins_over_the_trace_and_the_trace_over_defaults():
    trace = _recorded(gender="male", smooth=0.2, motion=True, pack="classic")
    used = with_traced(parse(["--gender", "female", "--no-motion"]), trace)
    assert (used.gender, used.motion, used.smooth) == ("female", False, 0.2)


def test_a_default_that_is_typed_wins_too():
    assert with_traced(parse(["--smooth", "0.5"]), _recorded(smooth=0.1)).smooth == 0.5
    assert with_traced(parse(["--cover", "emoji"]), _recorded(cover="none")).cover == "emoji"


def test_a_trace_of_bare_faces_is_replayed_hidden_when_that_is_typed(caplog):
    used = with_traced(parse(["--privacy", "strict", "--cover", "solid"]), _recorded(cover="none"))
    assert (used.privacy, used.cover) == ("strict", "solid")
    assert not caplog.messages


@pytest.mark.parametrize(
    ("typed", "recorded"), [(["--crop", "off"], "head"), (["--crop", "head"], "off"), ([], "head")]
)
def test_a_room_that_was_hidden_or_is_to_be_stays_hidden(typed, recorded):
    assert with_traced(parse(typed), _recorded(crop=recorded)).crop == "head"


def test_strict_privacy_alone_covers_a_trace_of_bare_faces(caplog):
    used = with_traced(parse(["--privacy", "strict"]), _recorded(cover="none", pictures="ignore"))
    assert (used.privacy, used.cover, used.placement, used.pictures) == ("strict", "emoji", "face", "cover")
    (told,) = caplog.messages
    assert "--pictures cover and --cover emoji, not --pictures ignore and --cover none" in told


@pytest.mark.parametrize(
    ("typed", "recorded", "stays"),
    [
        (["--cover", "none"], {"cover": "solid"}, ("normal", "solid", "face", "cover")),
        (["--placement", "beside"], {"cover": "emoji"}, ("normal", "emoji", "face", "cover")),
        (["--cover", "emoji"], {"cover": "blur", "placement": "corner"}, ("normal", "blur", "corner", "cover")),
        (["--privacy", "normal"], {"privacy": "strict"}, ("strict", "emoji", "face", "cover")),
        (["--pictures", "ignore"], {}, ("normal", "emoji", "face", "cover")),
    ],
)
def test_what_the_trace_hid_stays_hidden_and_one_sentence_tells(caplog, typed, recorded, stays):
    with caplog.at_level(logging.WARNING):
        used = with_traced(parse(typed), _recorded(**recorded))
    assert (used.privacy, used.cover, used.placement, used.pictures) == stays
    (told,) = caplog.messages
    assert "differ about privacy" in told
    assert told.count(".") == 1


def test_what_the_configuration_hides_stays_hidden(config, caplog):
    config.write_text('privacy = "strict"\ncover = "solid"\n')
    used = with_traced(parse([]), _recorded(cover="none"))
    assert (used.privacy, used.cover) == ("strict", "solid")
    assert len(caplog.messages) == 1


def test_a_trace_of_bare_faces_is_replayed_as_it_was_where_nobody_asked_for_more(caplog):
    assert with_traced(parse([]), _recorded(cover="none")).cover == "none"
    assert not caplog.messages
