"""What of a run changes while it goes on."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.cli.options import specs
from realtime.engine.changes import LIVE
from realtime.engine.loop import Run
from realtime.engine.painter import PLAIN_BGR, Painter
from realtime.errors import AssetError, EmojiCameraError, OutputError, UsageError
from realtime.outputs.base import UnwatchedOutput
from realtime.outputs.open import Outputs
from realtime.packs.library import PackLibrary
from tests.fakes import ListSource, RecordingOutputs, RunParts, frame

NOISE = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)


def _run(changes: dict[int, tuple[str, object]], frames: int = 8):
    """Run some frames, asking for a change after each frame that has one; return outputs, controls and what came."""
    parts, outputs, came = RunParts([]), RecordingOutputs(), {}
    library = PackLibrary()

    def report(seen, readings):
        if seen.index in changes:
            came[seen.index] = parts.controls.ask(*changes[seen.index])

    source = ListSource([frame(n, image=NOISE) for n in range(frames)])
    Run(source, parts.reader, Painter(library), outputs, parts.controls, parts.stats, report=report)()
    return outputs, parts, library, came


def test_every_live_option_is_one_of_the_program():
    assert set(LIVE) <= set(specs())


def test_cover_pack_and_gender_change_between_two_frames():
    outputs, parts, library, came = _run(
        {0: ("gender", "male"), 1: ("pack", "avatar"), 2: ("cover", "solid"), 3: ("crop", "head"), 4: ("mirror", False)}
    )
    assert [one.result(0) for one in came.values()] == [None] * 5
    assert (parts.controls.state.gender, parts.controls.state.mirror) == ("male", False)
    assert library.chosen == "avatar"
    shown = [one.image for one in outputs.frames]
    assert not np.array_equal(shown[2], shown[3])
    assert (shown[4] == PLAIN_BGR).all(2).mean() > 0.5
    assert not (shown[3] == PLAIN_BGR).all(2).any()


def test_what_can_not_be_had_is_told_and_leaves_everything_as_it_was():
    _, _, library, came = _run({0: ("pack", "no such pack"), 1: ("pack", "avatar"), 2: ("skin", "none of its")})
    for number in (0, 2):
        with pytest.raises(AssetError):
            came[number].result(0)
    assert library.chosen == "avatar"
    assert library.current.skin == library.current.skins[0]


def test_strict_privacy_begins_with_the_next_frame_and_can_end():
    outputs, parts, _, came = _run({2: ("privacy", "strict"), 5: ("privacy", "normal")})
    assert [one.result(0) for one in came.values()] == [None, None]
    corner = [np.array_equal(one.image[:20, :20], NOISE[:20, :20]) for one in outputs.frames]
    assert corner == [True, True, True, False, False, False, True, True]
    assert parts.reader.people._tracker.keep_s == 1.0
    assert not parts.controls.state.strict


class _Named(UnwatchedOutput):
    """An output that tells what becomes of it."""

    def __init__(self, name: str, told: list[str]):
        self._name, self._told = name, told
        told.append(f"open {name}")

    def write(self, frame):
        pass

    def close(self) -> str:
        self._told.append(f"close {self._name}")
        return self._name


def test_outputs_are_opened_and_finished_while_the_others_go_on():
    told: list[str] = []

    def open_one(address: str):
        if address == "full":
            raise OutputError("The disk is full.", "Free some space.")
        return _Named(address, told)

    outputs = Outputs([_Named("a", told), _Named("preview", told)], None, ["a"], open_one)
    outputs.change(["a", "b"])
    assert outputs.addresses == ["a", "b"]
    outputs.change(["b"])
    assert told == ["open a", "open preview", "open b", "close a"]
    with pytest.raises(EmojiCameraError, match="full"):
        outputs.change(["c", "full"])
    assert outputs.addresses == ["b"]
    assert told[-2:] == ["open c", "close c"]
    assert outputs.close() == "a, preview, b"


def test_what_can_not_be_taught_is_told():
    _, _, _, came = _run({0: ("record", "joy"), 1: ("record", "wink"), 2: ("forget", "happy"), 3: ("forget", "all")})
    with pytest.raises(UsageError, match=r"no drawing for 'joy'\. It has some for: .* wink, tongue"):
        came[0].result(0)
    with pytest.raises(UsageError, match="Nothing is kept of your face"):  # the profile of these parts is of nobody
        came[1].result(0)
    assert [came[number].result(0) for number in (2, 3)] == [None, None]
