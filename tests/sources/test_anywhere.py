"""Frames in any order: the right one, whatever was asked for before."""

from __future__ import annotations

import random

import numpy as np
import pytest

from realtime.sources.anywhere import Anywhere
from realtime.sources.open import open_source
from tests.media import write_clip

TIMES = [at / 30 + (0.4 if at > 40 else 0) for at in range(90)]  # a rate that changes


@pytest.fixture(scope="module", params=["mp4", "mkv", "avi"])
def clip(request, tmp_path_factory):
    images = [_numbered(at) for at in range(90)]
    path = tmp_path_factory.mktemp("anywhere") / f"clip.{request.param}"
    if request.param == "avi":
        return write_clip(path, images, [at / 25 for at in range(90)], "mjpeg", pix_fmt="yuvj420p")
    return write_clip(path, images, TIMES, g="25", bf="2")


def _numbered(at: int) -> np.ndarray:
    """Return a picture whose left half tells the tens of a number, and whose right half tells the ones."""
    image = np.full((48, 64, 3), 30 + 20 * (at % 10), np.uint8)
    image[:, :32] = 30 + 20 * (at // 10)
    return image


def _shown(frame) -> int:
    tens, ones = (round((float(half.mean()) - 30) / 20) for half in (frame.image[:, :24], frame.image[:, 40:]))
    return 10 * tens + ones


def test_every_frame_is_found_in_any_order(clip):
    source = open_source(str(clip))
    times = []
    while (frame := source.read()) is not None:
        times.append(frame.time_s)
    source.close()
    opened = []

    def open_again():
        opened.append(open_source(str(clip)))
        return opened[-1]

    anywhere = Anywhere(open_again, times)
    chance = random.Random(1)
    for at in [0, 89, 0, 1, 2, 60, 59, 58, 88, 89, *(chance.randrange(90) for _ in range(15))]:
        frame = anywhere.frame(at)
        assert (frame.index, _shown(frame)) == (at, at)
        assert frame.time_s == pytest.approx(times[at], abs=1e-4)
    anywhere.close()
    anywhere.close()
    assert len(opened) <= 2, "it is sought in, not read anew each time"


def test_what_has_other_times_is_read_from_its_start(clip):
    source = open_source(str(clip))
    times = [frame.time_s + 0.01 for frame in iter(source.read, None)]
    source.close()
    anywhere = Anywhere(lambda: open_source(str(clip)), times)
    assert _shown(anywhere.frame(30)) == 30
    assert _shown(anywhere.frame(10)) == 10
    anywhere.close()


def test_a_frame_that_is_gone_is_none(clip):
    anywhere = Anywhere(lambda: open_source(str(clip)), [at / 25 for at in range(200)])
    assert anywhere.frame(150) is None
    assert _shown(anywhere.frame(3)) == 3
    anywhere.close()
