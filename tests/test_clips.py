"""Ordinary recordings with and without people, where a folder of them lies beside the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime import FaceReader
from realtime.records import Frame
from realtime.sources.video import Video

CLIPS = Path(__file__).resolve().parents[2] / "shared" / "data" / "clips"
# Clip -> how many people are in every frame of it.
PEOPLE = {
    "webcam_learn.mkv": 1,
    "webcam_help.mkv": 1,
    "one_face_profile.mp4": 1,
    "two_faces_head_pose.mp4": 2,
    "three_from_behind.mp4": 0,
    "one_from_behind.mp4": 0,
}

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not CLIPS.is_dir(), reason="the clips are not here: shared/data/clips beside the project"),
]


def _frames(name):
    return list(iter(Video(str(CLIPS / name)).read, None))


@pytest.mark.parametrize("clip", PEOPLE)
def test_everybody_is_covered_from_the_first_frame_on_and_nobody_else(clip, far_detector):
    with FaceReader.open() as reader:
        counts = [len(reader.read(frame)) for frame in _frames(clip)]
    assert counts == [PEOPLE[clip]] * len(counts)


def test_after_a_hard_cut_the_first_frame_is_covered(far_detector):
    shots = [_frames(name)[:20] for name in ("webcam_walk.mkv", "one_from_behind.mp4", "one_face_profile.mp4")]
    images = [frame.image for shot in shots for frame in shot]
    with FaceReader.open() as reader:
        counts = [len(reader.read(Frame(image, n, n / 30, "cut"))) for n, image in enumerate(images)]
    assert counts == [1] * 20 + [0] * 20 + [1] * 20
