"""The grammar of --source."""

from __future__ import annotations

import os
import time

import cv2
import pytest

from realtime.errors import CameraError, InputError, UsageError
from realtime.sources import camera
from realtime.sources import open as opening
from realtime.sources.demo import Demo
from realtime.sources.files import Pictures
from realtime.sources.live import Live
from realtime.sources.video import Video
from tests.fakes import ListSource, frame, picture


def test_grammar(folder, video_file, monkeypatch):
    monkeypatch.setattr(opening, "Camera", lambda device, *_: ListSource([frame()], paced=True))
    kinds = {
        "demo": Demo,
        str(folder): Pictures,
        str(folder / "a.jpg"): Pictures,
        str(video_file): Video,
        "0": Live,
        "/dev/video7": Live,
    }
    for text, kind in kinds.items():
        source = opening.open_source(text)
        assert type(source) is kind, text
        source.close()
    with pytest.raises(InputError, match="no file or folder"):
        opening.open_source("nowhere.mp4")
    with pytest.raises(InputError, match="no stream that answers"):
        opening.open_source("file:///nowhere.mp4")


@pytest.fixture
def named_cameras(monkeypatch):
    """Return the list in which the devices that are opened are noted."""
    opened = []
    infos = [
        camera.CameraInfo(0, "Logitech C920"),
        camera.CameraInfo(1, "Integrated Camera"),
        camera.CameraInfo(3, "Logitech Brio"),
        camera.CameraInfo(10, "Emoji Camera", virtual=True),
        camera.CameraInfo(11, "Spare", virtual=True),
    ]
    monkeypatch.setattr(opening, "list_cameras", lambda: infos)
    monkeypatch.setattr(
        opening, "Camera", lambda device, *_: opened.append(device) or ListSource([frame()], paced=True)
    )
    return opened


@pytest.mark.parametrize(("name", "device"), [("brio", 3), ("C920", 0), ("CAMERA", 1), ("emoji", 10), ("spare", 11)])
def test_a_camera_is_found_by_part_of_its_name_and_real_ones_come_first(named_cameras, name, device):
    opening.open_source(name).close()
    assert named_cameras == [device]


def test_a_name_of_several_cameras_is_an_error_that_tells_their_numbers(named_cameras):
    with pytest.raises(UsageError, match=r"0 \(Logitech C920\), 3 \(Logitech Brio\)"):
        opening.open_source("logitech")
    with pytest.raises(InputError, match="--list-cameras"):
        opening.open_source("polaroid")
    assert named_cameras == []


def test_a_file_or_folder_comes_before_a_camera_of_the_same_name(named_cameras, folder, monkeypatch):
    (folder / "brio").mkdir()
    cv2.imwrite(str(folder / "brio" / "a.png"), picture())
    monkeypatch.chdir(folder)
    assert isinstance(opening.open_source("brio"), Pictures)
    (folder / "C920").write_bytes(b"no video")
    with pytest.raises(InputError, match="no video"):
        opening.open_source("C920")
    assert named_cameras == []


def test_auto_takes_the_first_camera_that_works_and_no_loopback(monkeypatch):
    infos = [camera.CameraInfo(1, "dead"), camera.CameraInfo(2, "good"), camera.CameraInfo(0, "loop", virtual=True)]
    tried = []

    def opener(device, *_):
        tried.append(device)
        if device != 2:
            raise CameraError("dead", "Try again.")
        return ListSource([frame()], paced=True)

    monkeypatch.setattr(opening, "Camera", opener)
    monkeypatch.setattr(opening, "list_cameras", lambda: infos)
    opening.open_source("auto").close()
    assert tried == [1, 2]


def test_auto_without_a_camera_plays_the_demo_and_says_so(monkeypatch, caplog):
    monkeypatch.setattr(opening, "list_cameras", list)
    assert isinstance(opening.open_source("auto"), Demo)
    assert [r.getMessage() for r in caplog.records] == [
        "No camera delivers a picture, so the built-in demo plays (--source chooses something else)."
    ]


# ---- names that lead nowhere


@pytest.mark.parametrize(
    "address",
    [
        *("~nobody-of-that-name", "~nobody-of-that-name/a.mp4"),
        *("a\0b", "a\0b.png", "a\0.gif"),
        *("x" * 300, "x" * 300 + ".gif", "x" * 300 + ".png", "x" * 9000),
    ],
)
def test_a_name_that_no_file_can_have_is_answered_in_words(address, monkeypatch):
    monkeypatch.setattr(opening, "list_cameras", list)
    assert not opening.is_repeatable(address)
    with pytest.raises(InputError):
        opening.open_source(address).read()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["pipe", "pipe.mp4", "pipe.png", "pipe.gif"])
def test_a_named_pipe_is_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    started = time.monotonic()
    for address in (str(tmp_path / name), f"file://{tmp_path / name}"):
        with pytest.raises(InputError, match=r"is a named pipe, not a file\. Give a file"):
            opening.open_source(address).read()
    assert time.monotonic() - started < 30  # a reader waits for ever


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_video_may_be_called_like_a_time_of_day(video_file, monkeypatch):
    monkeypatch.chdir(video_file.parent)
    for name in ("12:30.mp4", "concat:a.mp4", "file:b.mp4"):
        video_file.rename(name)
        source = opening.open_source(name)
        assert len(list(iter(source.read, None))) == 12
        assert source.name == name
        os.rename(name, video_file)


@pytest.mark.parametrize("address", ["file:///nowhere.mp4", "rtsp://127.0.0.1:9/none", "no://such/thing"])
def test_an_address_where_nobody_sends_says_what_to_do(address):
    with pytest.raises(InputError, match=r"no stream that answers within 5 s\. Check the address, and whether"):
        opening.open_source(address)
