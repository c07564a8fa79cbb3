"""Frames that come as they are coded: what nobody drew over is written without rounding, what is hidden never is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from realtime.outputs.to_yuv import ToYuv420
from realtime.outputs.video import VideoOutput
from realtime.records import Coded, Frame
from realtime.sources.video import Video
from tests.media import write_clip

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Return a video whose colours don't survive being converted to a picture and back."""
    images = [RNG.integers(0, 256, (48, 64, 3), np.uint8) for _ in range(3)]
    return write_clip(tmp_path_factory.mktemp("coded") / "a.mp4", images, [0, 0.1, 0.2], crf="1")


def _first(clip, colours="exact") -> Frame:
    source = Video(str(clip), colours=colours)
    frame = source.read()
    source.close()
    assert frame is not None
    assert frame.coded is not None
    return frame


def _levels(frame) -> list[np.ndarray]:
    return [
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
        for plane in frame.planes
    ]


def test_what_nobody_drew_over_stays_as_it_was(clip):
    frame = _first(clip)
    image = frame.image.copy()
    image[11:22, 31:50] = (200, 30, 90)
    convert = ToYuv420((64, 48), full=False)
    over, anew = _levels(convert.over(frame.coded, image)), _levels(convert(image))
    assert any((a != before).any() for a, before in zip(anew, frame.coded.planes, strict=True))
    for step, written, wanted, before in zip((1, 2, 2), over, anew, frame.coded.planes, strict=True):
        drawn = np.zeros(written.shape, bool)
        drawn[11 // step : -(-22 // step), 31 // step : -(-50 // step)] = True
        assert (written == before)[~drawn].all()
        assert (written == wanted)[drawn].mean() > 0.99


def test_a_frame_without_colours_is_written_only_as_it_is(tmp_path, clip):
    frame = _first(clip, "none")
    assert not frame.image.any()
    output = VideoOutput(tmp_path / "out.mp4", 10)
    output.write(frame)
    # Whoever puts another picture in the place of one, as strict privacy does, has that one shown.
    output.write(replace(frame, image=np.zeros_like(frame.image), time_s=0.1))
    output.write(replace(frame, image=np.full_like(frame.image, 90), time_s=0.2))
    output.close()
    source = Video(str(tmp_path / "out.mp4"))
    shown = [source.read().image for _ in range(3)]
    source.close()
    assert np.abs(shown[0].astype(int) - _first(clip).image).mean() < 12
    assert shown[1].max() < 25
    assert np.abs(shown[2].astype(int) - 90).max() < 25


def test_a_coded_frame_of_another_size_is_fitted(tmp_path, clip):
    frame = _first(clip)
    output = VideoOutput(tmp_path / "out.mp4", 10)
    output.write(Frame(np.full((24, 32, 3), 60, np.uint8), 0, 0.0, "list"))
    output.write(replace(frame, time_s=0.1, coded=Coded(frame.coded.planes, frame.image)))
    output.close()
    source = Video(str(tmp_path / "out.mp4"))
    assert [source.read().image.shape for _ in range(2)] == [(24, 32, 3)] * 2
    source.close()
