"""How videos are written: in which form, at which times and in which colours, and what a killed run leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

from realtime.outputs.base import Recording
from realtime.outputs.video import VideoOutput
from realtime.sources.animation import Animation
from realtime.sources.video import Video
from tests.fakes import frame, picture
from tests.media import streams_of, times_of
from tests.sources.test_recordings import UNEVEN_S, chart_fault, colour_chart

ROOT = Path(__file__).parents[2]


def _written(path: Path, images, times_s, fps: float = 25.0, **recording) -> Path:
    output = VideoOutput(path, fps, Recording(**recording), path.with_name("original.mp4"))
    for n, (image, time_s) in enumerate(zip(images, times_s, strict=True)):
        output.write(frame(n, time_s, image))
    output.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    return path


@pytest.mark.parametrize(
    ("name", "codec", "written"),
    [
        *[(f"a.{ending}", codec, codec or "h264") for ending in ("mp4", "mov", "mkv") for codec in (None, "hevc")],
        *[("a.mp4", "av1", "av1"), ("a.webm", None, "vp9"), ("a.webm", "av1", "av1"), ("a.avi", None, "mjpeg")],
    ],
)
def test_a_video_is_of_the_codec_that_is_wanted_and_holds_every_frame(tmp_path, caplog, name, codec, written):
    times = [n / 25 for n in range(30)]
    path = _written(tmp_path / name, [picture(160, 120, 8 * n) for n in range(30)], times, codec=codec)
    assert streams_of(path)["video"].removeprefix("lib").replace("dav1d", "av1") == written
    source = Video(str(path))
    read = list(iter(source.read, None))
    assert [f.time_s for f in read] == pytest.approx(times, abs=0.001)
    assert [f.image.mean() for f in read] == pytest.approx([8 * n for n in range(30)], abs=4)
    assert caplog.text == ""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the priorities of threads")
@pytest.mark.parametrize("codec", ["h264", "hevc", "av1"])
def test_no_encoder_goes_before_everything_else_on_the_machine(tmp_path, codec):
    output = VideoOutput(tmp_path / "a.mp4", 25.0, Recording(codec=codec))
    for n in range(3):
        output.write(frame(n, n / 25, picture(160, 120, 8 * n)))
    threads = [int(name) for name in os.listdir("/proc/self/task")]
    assert len(threads) > 2
    assert {os.sched_getscheduler(thread) for thread in threads} == {os.SCHED_OTHER}
    output.close()


@pytest.mark.parametrize("ending", ["mp4", "mkv", "mov", "webm"])
def test_every_frame_of_a_variable_rate_is_at_its_time(tmp_path, ending):
    path = _written(tmp_path / f"a.{ending}", [picture(64, 48, 20 * n) for n in range(8)], UNEVEN_S)
    assert times_of(path) == pytest.approx(UNEVEN_S, abs=0.001)


@pytest.mark.parametrize(("ending", "codec"), [("mp4", None), ("mp4", "hevc"), ("mkv", None), ("webm", None)])
def test_colours_are_the_same_after_writing_and_reading(tmp_path, ending, codec):
    chart = colour_chart((1280, 720))
    path = _written(tmp_path / f"a.{ending}", [chart] * 3, [0, 0.04, 0.08], codec=codec)
    assert chart_fault(chart, Video(str(path)).read().image) <= 3
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_range, context.pix_fmt) == (1, 1, "yuv420p")


def test_colours_are_the_same_when_written_live(tmp_path):
    chart = colour_chart((1280, 720))
    output = VideoOutput(tmp_path / "a.mp4", 25)
    for n in range(3):
        output.write(frame(n, n / 25, chart))
    output.close()
    assert chart_fault(chart, Video(str(tmp_path / "a.mp4")).read().image) <= 3


def test_an_odd_size_gets_a_pixel_more_and_loses_none(tmp_path):
    path = _written(tmp_path / "a.mp4", [picture(161, 121, 100)] * 3, [0, 0.04, 0.08])
    assert Video(str(path)).read().image.shape == (122, 162, 3)


def test_more_quality_takes_more_space(tmp_path):
    noise = np.random.default_rng(0)
    images = [noise.integers(0, 256, (120, 160, 3), np.uint8) for _ in range(10)]
    for codec in ("h264", "hevc", "av1"):
        sizes = []
        for quality in (0, 60, 100):
            path = _written(tmp_path / "a.mp4", images, [n / 25 for n in range(10)], codec=codec, quality=quality)
            sizes.append(path.stat().st_size)
        assert sizes == sorted(set(sizes)), codec


def test_an_mp4_says_at_its_beginning_where_everything_is(tmp_path):
    data = _written(tmp_path / "a.mp4", [picture(64, 48)] * 9, [n / 25 for n in range(9)]).read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    assert b"moof" not in data


def test_a_gif_moves_and_keeps_its_times_to_a_hundredth_of_a_second(tmp_path):
    images = [np.full((48, 64, 3), (0, 20 * n, 250 - 20 * n), np.uint8) for n in range(10)]
    path = _written(tmp_path / "a.gif", images, [n * 0.1 for n in range(10)])
    source = Animation(path)
    read = list(iter(source.read, None))
    assert [f.time_s for f in read] == pytest.approx([n * 0.1 for n in range(10)], abs=0.011)
    for f, image in zip(read, images, strict=True):
        assert np.abs(f.image.astype(int) - image).max() <= 8


_ENDLESS = """
import sys, time
import numpy as np
from pathlib import Path
from realtime.outputs.video import VideoOutput
from realtime.records import Frame
noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
output = VideoOutput(Path(sys.argv[1]), 25)
for n in range(100_000):
    output.write(Frame(np.roll(noise, n, 1), n, n / 25, "x"))
    if n == 400:
        print("written", flush=True)
        time.sleep(60)
"""


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "webm", "avi"])
def test_what_a_killed_run_has_written_can_be_played(tmp_path, ending):
    process = subprocess.Popen(
        [sys.executable, "-c", _ENDLESS, str(tmp_path / f"a.{ending}")], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout.readline() == b"written\n"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    (part,) = tmp_path.iterdir()
    source = Video(str(part))
    times = [f.time_s for f in iter(source.read, None)]
    # 16 s were given; the last two, and what the encoder looks ahead, need not be there.
    assert times[-1] > 12.5
    assert len(times) == round(times[-1] * 25) + 1


def test_the_first_frame_is_written_at_once(tmp_path):
    """A camera does not wait for its recording."""
    output = VideoOutput(tmp_path / "a.mp4", 25)
    image = picture(1280, 720)
    started = time.thread_time()
    output.write(frame(0, 0.0, image))
    assert time.thread_time() - started < 1
    output.close()


def test_when_there_is_no_room_for_a_copy_the_video_stays_whole(tmp_path, monkeypatch, caplog):
    from realtime.outputs import remux

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(remux, "_copy", full)
    path = _written(tmp_path / "a.mp4", [picture(64, 48)] * 5, [n / 25 for n in range(5)])
    assert len(times_of(path)) == 5
    assert "No space left" in caplog.text


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm", ".avi"])
def test_the_same_pictures_give_the_same_file(tmp_path, suffix):
    written = []
    for name in ("one", "two"):
        output = VideoOutput(tmp_path / f"{name}{suffix}", 25.0)
        for n in range(5):
            output.write(frame(n, n / 25, picture(96, 64, 20 * n)))
        output.close()
        written.append((tmp_path / f"{name}{suffix}").read_bytes())
    assert written[0] == written[1]
