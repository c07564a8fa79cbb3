"""Clips are looked at before anybody sits before the camera, and give their frames to the report."""

from __future__ import annotations

import re
from dataclasses import replace

import cv2
import numpy as np
import pytest

from realtime.errors import EmojiCameraError
from realtime.stimulus.files import found_again, frames_at, read_stimuli, read_stimulus
from tests.media import write_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Four seconds, brighter and brighter, with a tone."""
    frames = [np.full((90, 160, 3), 20 + 2 * n, np.uint8) for n in range(100)]
    return write_clip(
        tmp_path_factory.mktemp("clip") / "film.mkv", frames, [n / 25 for n in range(100)], g="25", tone_s=4.0
    )


def test_a_clip_is_known_by_its_content(clip, tmp_path):
    stimulus = read_stimulus(clip)
    assert (stimulus.name, stimulus.fps) == ("film.mkv", 25.0)
    assert stimulus.length_s == pytest.approx(4.0, abs=0.05)
    assert found_again(stimulus) == clip
    moved = replace(stimulus, path=str(tmp_path / "gone.mkv"))
    assert found_again(moved) is None
    (tmp_path / "film.mkv").write_bytes(clip.read_bytes())
    assert found_again(moved, [tmp_path]) == tmp_path / "film.mkv"
    (tmp_path / "film.mkv").write_bytes(b"another")
    assert found_again(moved, [tmp_path]) is None


def test_frames_are_those_that_are_seen_at_a_time(clip):
    pictures = frames_at(clip, [0.0, 2.93, 1.03, 99.0])
    levels = [cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_GRAYSCALE).mean() for one in pictures]
    assert levels == pytest.approx([20, 20 + 2 * 73, 20 + 2 * 25, 20 + 2 * 99], abs=2)
    assert max(map(len, pictures)) < 20_000


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda data: data[: len(data) * 4 // 10], "is cut off: it says that it lasts 4"),
        (lambda data: data[:200], "no video that can be read|no picture"),
        (lambda data: b"no film", "no video that can be read"),
    ],
)
def test_what_is_cut_off_or_no_video_is_told_of(clip, tmp_path, spoil, told):
    (tmp_path / "bad.mkv").write_bytes(spoil(clip.read_bytes()))
    with pytest.raises(EmojiCameraError, match=re.compile(told)):
        read_stimulus(tmp_path / "bad.mkv")


def test_what_is_given_twice_or_not_there_is_told_of(clip, tmp_path):
    (tmp_path / "copy.mkv").write_bytes(clip.read_bytes())
    with pytest.raises(EmojiCameraError, match="are the same clip"):
        read_stimuli([clip, tmp_path / "copy.mkv"])
    with pytest.raises(EmojiCameraError, match=r"nowhere\.mp4"):
        read_stimuli([tmp_path / "nowhere.mp4"])
