"""Videos as outputs."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from realtime.errors import OutputError
from realtime.outputs import video
from realtime.outputs.open import open_outputs
from realtime.outputs.video import VideoOutput
from tests.fakes import frame, picture
from tests.media import times_of
from tests.outputs.conftest import context, frames, levels


def test_a_video_holds_every_frame_at_its_time(tmp_path):
    output = VideoOutput(tmp_path / "out.mp4", 25)
    for f in frames():
        output.write(f)
    assert not (tmp_path / "out.mp4").exists()
    assert output.close() == f"video {tmp_path / 'out.mp4'} (10 frames, 0.4 s)"
    assert levels(tmp_path / "out.mp4") == list(range(10))
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]


def test_a_video_of_a_slow_source_keeps_real_time(tmp_path):
    output = VideoOutput(tmp_path / "out.mp4", 30)
    for n, time_s in enumerate((100.0, 100.1, 100.2, 100.21)):
        output.write(frame(n, time_s, picture(160, 120, 20 * n)))
    output.close()
    assert levels(tmp_path / "out.mp4") == [0, 1, 2, 3]
    assert times_of(tmp_path / "out.mp4") == pytest.approx([0, 0.1, 0.2, 0.21], abs=0.001)


def test_a_long_gap_is_not_filled(tmp_path):
    output = VideoOutput(tmp_path / "out.mp4", 30)
    for n, time_s in enumerate((0.0, 3600.0, 3600 + 1 / 30)):
        output.write(frame(n, time_s, picture(160, 120, 20 * n)))
    output.close()
    assert levels(tmp_path / "out.mp4") == [0, 1, 2]
    assert times_of(tmp_path / "out.mp4") == pytest.approx([0, 1 / 30, 2 / 30], abs=0.001)


def test_a_video_takes_frames_of_another_size(tmp_path):
    output = VideoOutput(tmp_path / "out.mp4", 30)
    output.write(frame(0, 0.0, picture(160, 120, 40)))
    output.write(frame(1, 1 / 30, picture(320, 200, 80)))
    output.close()
    assert levels(tmp_path / "out.mp4") == [2, 4]


@pytest.mark.parametrize("size", [(161, 121), (33, 47)])
def test_a_video_of_odd_size_can_belevels(tmp_path, size):
    output = VideoOutput(tmp_path / "out.mp4", 25)
    for f in frames(size=size):
        output.write(f)
    output.close()
    assert len(levels(tmp_path / "out.mp4")) == 10


def test_a_full_disk_ends_the_video_with_what_there_is(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    output = VideoOutput(tmp_path / "out.mp4", 25)
    many = [frame(n, n / 25, picture(160, 120)) for n in range(40)]
    for f in many[:20]:
        output.write(f)
    monkeypatch.setattr(video.shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(OutputError, match=r"full .*kept.*Free some space"):
        [output.write(f) for f in many[20:]]
    output.close()
    assert len(levels(tmp_path / "out.mp4")) == 20


def test_a_broken_run_keeps_the_older_video(tmp_path):
    (tmp_path / "out.mp4").write_text("older")
    output = VideoOutput(tmp_path / "out.mp4", 25)
    output.write(frame())
    assert (tmp_path / "out.mp4").read_text() == "older"
    output.close()
    assert levels(tmp_path / "out.mp4") == [6]


def test_an_output_that_got_nothing_leaves_nothing(tmp_path):
    out = tmp_path / "out"
    output = VideoOutput(out / "a.mp4", 25)
    assert output.close() == ""
    assert not list(out.rglob("*.*"))


def test_an_unwritable_place_is_an_error(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(OutputError, match="can't be made"):
        VideoOutput(file / "a.mp4", 25)
    (tmp_path / "folder.mp4").mkdir()
    output = VideoOutput(tmp_path / "folder.mp4", 25)
    output.write(frame())
    with pytest.raises(OutputError, match="can't be written"):
        output.close()


def test_a_folder_that_vanishes_is_an_error(tmp_path):
    output = VideoOutput(tmp_path / "gone" / "a.mp4", 25)
    (tmp_path / "gone").rmdir()
    with pytest.raises(OutputError, match="can't be written"):
        output.write(frame())
    assert output.close() == ""


@pytest.mark.parametrize("name", ["clip.part.mp4", "clip.mp4.part", "clip.sound.mp4"])
def test_files_with_the_name_of_the_video_and_more_are_left_alone(tmp_path, name):
    (tmp_path / name).write_bytes(b"original")
    with open_outputs([str(tmp_path / "clip.mp4")], context(source_name=str(tmp_path / name))) as outputs:
        outputs.write(frame())
    assert (tmp_path / name).read_bytes() == b"original"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["clip.mp4", name])


def test_of_two_runs_with_one_output_each_finishes_and_the_later_replaces(tmp_path):
    one, other = (VideoOutput(tmp_path / "out.mp4", 25) for _ in range(2))
    for f in frames(4):
        one.write(f)
        other.write(f)
    other.write(frame(4, 4 / 25, picture(160, 120, 100)))
    one.close()
    assert len(levels(tmp_path / "out.mp4")) == 4
    other.close()
    assert len(levels(tmp_path / "out.mp4")) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def test_a_disk_that_was_full_from_the_start_keeps_nothing_and_says_so(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(video.shutil, "disk_usage", lambda path: usage._replace(free=1000))
    output = VideoOutput(tmp_path / "out.mp4", 25)
    with pytest.raises(OutputError, match=r"full .*Nothing was written\."):
        output.write(frame())
    assert output.close() == ""
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_really_full(small_disk):
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
    output = VideoOutput(small_disk / "a.mp4", 25)
    with pytest.raises(OutputError, match="full"):
        output.write(frame(image=noise))
    output.close()
    assert list(small_disk.iterdir()) == []
