"""The grammar of --source."""

from __future__ import annotations

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
