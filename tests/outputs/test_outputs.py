from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest

from realtime.controls import Controls
from realtime.errors import OutputError, UsageError, VirtualCameraError
from realtime.images import fitted
from realtime.outputs import files as sinks
from realtime.outputs import open as address
from realtime.outputs import virtual_camera as virtual
from realtime.outputs.files import FolderSink, NullSink, PictureSink, Sinks, VideoSink
from realtime.outputs.virtual_camera import VirtualCameraSink
from realtime.records import Frame
from tests.fakes import ListSource, RecordingSink, frame, picture


class FakeVirtualCamera:
    """Stands for pyvirtualcam.Camera."""

    made: ClassVar[list[FakeVirtualCamera]] = []

    def __init__(self, width, height, fps, *, fmt, device=None):
        if device == "/dev/video99":
            raise RuntimeError("'/dev/video99' not found.")
        self.size_wh, self.fps, self.fmt, self._device = (width, height), fps, fmt, device or "Fake"
        self.sent: list[np.ndarray] = []
        self.closed = False
        FakeVirtualCamera.made.append(self)

    def send(self, image):
        self.sent.append(image.copy())

    @property
    def device(self):
        if self.closed:  # as the real one does
            raise AttributeError("'NoneType' object has no attribute 'device'")
        return self._device

    def close(self):
        self.closed = True


@pytest.fixture
def virtual_camera(monkeypatch):
    import pyvirtualcam

    monkeypatch.setattr(pyvirtualcam, "Camera", FakeVirtualCamera)
    FakeVirtualCamera.made.clear()
    return FakeVirtualCamera


def _frames(count=10, fps=25.0, size=(160, 120)):
    return [Frame(picture(*size, level=20 * n), n, n / fps, f"in/{n}.jpg") for n in range(count)]


def _read(path) -> list[int]:
    """Return the grey level of each frame of a video, in steps of 20."""
    capture = cv2.VideoCapture(str(path))
    levels = []
    while (got := capture.read())[0]:
        levels.append(round(got[1].mean() / 20))
    return levels


# ---- the contract every sink keeps


@pytest.mark.parametrize("name", ["null", "picture", "folder", "video", "virtual", "several"])
def test_contract(name, tmp_path, virtual_camera):
    sink = {
        "null": NullSink,
        "picture": lambda: PictureSink(tmp_path / "out.png"),
        "folder": lambda: FolderSink(tmp_path / "out", keep_names=False),
        "video": lambda: VideoSink(tmp_path / "out.mp4", 25),
        "virtual": lambda: VirtualCameraSink(None, (160, 120), 25),
        "several": lambda: Sinks([NullSink(), RecordingSink()]),
    }[name]()
    assert isinstance(sink.paced, bool)
    assert sink.keys(0) == []
    for f in _frames():
        before = f.image.copy()
        sink.write(f)
        assert np.array_equal(f.image, before)
    assert isinstance(sink.close(), str)


@pytest.mark.parametrize("name", ["picture", "folder", "video"])
def test_a_sink_that_got_nothing_leaves_nothing(name, tmp_path):
    out = tmp_path / "out"
    sink = {
        "picture": lambda: PictureSink(out / "a.png"),
        "folder": lambda: FolderSink(out, False),
        "video": lambda: VideoSink(out / "a.mp4", 25),
    }[name]()
    assert sink.close() == ""
    assert not list(out.rglob("*.*"))


# ---- files


def test_a_video_holds_every_frame_at_its_time(tmp_path):
    sink = VideoSink(tmp_path / "out.mp4", 25)
    for f in _frames():
        sink.write(f)
    assert not (tmp_path / "out.mp4").exists()
    assert sink.close() == f"video {tmp_path / 'out.mp4'} (10 frames, 0.4 s)"
    assert _read(tmp_path / "out.mp4") == list(range(10))
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]


def test_a_video_of_a_slow_source_keeps_real_time(tmp_path):
    sink = VideoSink(tmp_path / "out.mp4", 30)
    for n, time_s in enumerate((100.0, 100.1, 100.2, 100.21)):
        sink.write(frame(n, time_s, picture(160, 120, 20 * n)))
    sink.close()
    assert _read(tmp_path / "out.mp4") == [0, 1, 1, 1, 2, 2, 2]


def test_a_long_gap_is_not_filled(tmp_path):
    sink = VideoSink(tmp_path / "out.mp4", 30)
    for n, time_s in enumerate((0.0, 3600.0, 3600 + 1 / 30)):
        sink.write(frame(n, time_s, picture(160, 120, 20 * n)))
    sink.close()
    assert _read(tmp_path / "out.mp4") == [0, 1, 2]


def test_a_video_takes_frames_of_another_size(tmp_path):
    sink = VideoSink(tmp_path / "out.mp4", 30)
    sink.write(frame(0, 0.0, picture(160, 120, 40)))
    sink.write(frame(1, 1 / 30, picture(320, 200, 80)))
    sink.close()
    assert _read(tmp_path / "out.mp4") == [2, 4]


@pytest.mark.parametrize("size", [(161, 121), (33, 47)])
def test_a_video_of_odd_size_can_be_read(tmp_path, size):
    sink = VideoSink(tmp_path / "out.mp4", 25)
    for f in _frames(size=size):
        sink.write(f)
    sink.close()
    assert len(_read(tmp_path / "out.mp4")) == 10


def test_a_full_disk_ends_the_video_with_what_there_is(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    sink = VideoSink(tmp_path / "out.mp4", 25)
    frames = [frame(n, n / 25, picture(160, 120)) for n in range(40)]
    for f in frames[:20]:
        sink.write(f)
    monkeypatch.setattr(sinks.shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(OutputError, match=r"full .*kept.*Free some space"):
        [sink.write(f) for f in frames[20:]]
    sink.close()
    assert len(_read(tmp_path / "out.mp4")) == 20


def test_an_unwritable_place_is_an_error(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    for make in (
        lambda: PictureSink(file / "a.png"),
        lambda: FolderSink(file / "a", False),
        lambda: VideoSink(file / "a.mp4", 25),
    ):
        with pytest.raises(OutputError, match="can't be made"):
            make()
    (tmp_path / "folder.png").mkdir()
    sink = PictureSink(tmp_path / "folder.png")
    sink.write(frame())
    with pytest.raises(OutputError, match="can't be written"):
        sink.close()
    assert not list(tmp_path.glob("*.part"))


def test_a_broken_run_keeps_the_older_video(tmp_path):
    (tmp_path / "out.mp4").write_text("older")
    sink = VideoSink(tmp_path / "out.mp4", 25)
    sink.write(frame())
    assert (tmp_path / "out.mp4").read_text() == "older"
    sink.close()
    assert _read(tmp_path / "out.mp4") == [6]


def test_a_folder_keeps_names_or_numbers(tmp_path):
    for keep in (True, False):
        sink = FolderSink(tmp_path / str(keep), keep)
        for f in _frames(2):
            sink.write(f)
        assert sink.close() == f"2 pictures in {tmp_path / str(keep)}"
    assert sorted(p.name for p in (tmp_path / "True").iterdir()) == ["0.png", "1.png"]
    assert sorted(p.name for p in (tmp_path / "False").iterdir()) == ["frame_000000.png", "frame_000001.png"]


def test_pictures_of_one_name_do_not_overwrite_each_other(tmp_path):
    sink = FolderSink(tmp_path / "out", keep_names=True)
    for n, name in enumerate(("in/a.jpg", "in/a.png")):
        sink.write(Frame(picture(level=50 * n), n, n, name))
    sink.close()
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_the_source_is_never_overwritten(tmp_path):
    original = tmp_path / "a.png"
    original.write_bytes(b"original")
    sink = FolderSink(tmp_path, keep_names=True)
    sink.write(Frame(picture(), 0, 0, str(original)))
    sink.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.png", "a_emoji.png"]
    source = ListSource([])
    source.name = str(original)
    with pytest.raises(UsageError, match="source itself"):
        address.open_sinks([str(original)], source, Controls(), list)
    assert original.read_bytes() == b"original"


# ---- the virtual camera


def test_the_virtual_camera_gets_bgr_cut_to_size_and_not_mirrored(virtual_camera):
    import pyvirtualcam

    sink = VirtualCameraSink(None, (1280, 720), 30)
    assert sink.paced
    image = np.zeros((480, 640, 3), np.uint8)
    image[:, :320] = (255, 0, 0)
    sink.write(frame(image=image))
    assert sink.close() == "virtual camera Fake"
    made = virtual_camera.made[0]
    assert made.closed
    assert (made.size_wh, made.fps, made.fmt) == ((1280, 720), 30, pyvirtualcam.PixelFormat.BGR)
    assert made.sent[0].shape == (720, 1280, 3)
    assert made.sent[0][:, :600].mean((0, 1)).round().tolist() == [255, 0, 0]
    assert made.sent[0][:, 680:].max() == 0


def test_the_virtual_camera_keeps_its_rate_whatever_comes(virtual_camera):
    """Pictures come at half the rate, stop for a while, then come at three times the rate."""
    sink = VirtualCameraSink(None, (160, 120), 50)
    start = time.monotonic()
    for n, pause_s in enumerate([0.04] * 10 + [0.4] + [0.007] * 60):
        sink.write(frame(n, image=picture(160, 120, n)))
        time.sleep(pause_s)
    elapsed_s = time.monotonic() - start
    sink.close()
    levels = [int(image[0, 0, 0]) for image in virtual_camera.made[0].sent]
    assert sink.sent == len(levels) == pytest.approx(50 * elapsed_s, rel=0.1)
    assert levels == sorted(levels)
    assert levels.count(10) >= 10
    assert levels[-1] == 70


def test_pictures_reach_the_virtual_camera_at_once(virtual_camera, monkeypatch):
    """On average within a quarter of an interval; a plain clock would take half of one."""
    late_s, due = [], {}

    def send(self, image):
        late_s.append(time.monotonic() - due.pop(int(image[0, 0, 0]), time.monotonic()))
        self.sent.append(image)

    monkeypatch.setattr(virtual_camera, "send", send)
    sink = VirtualCameraSink(None, (160, 120), 20)
    for n in range(20):
        due[n] = time.monotonic()
        sink.write(frame(n, image=picture(160, 120, n)))
        time.sleep(0.05)
    sink.close()
    assert np.median(late_s) < 0.015


def test_what_is_written_may_change_afterwards(virtual_camera):
    sink = VirtualCameraSink(None, (320, 240), 30)
    f = frame()
    sink.write(f)
    f.image[:] = 0
    sink.close()
    assert virtual_camera.made[0].sent[-1].min() == 128


def test_a_card_is_sent_like_a_picture_and_files_leave_it_out(virtual_camera, tmp_path):
    both = Sinks([VirtualCameraSink(None, (320, 240), 30), FolderSink(tmp_path / "out", keep_names=False)])
    both.write(frame(0))
    both.hold(frame(1, image=picture(level=200)))
    both.close()
    assert virtual_camera.made[0].sent[-1].max() == 200
    assert len(list((tmp_path / "out").iterdir())) == 1


@pytest.mark.parametrize("use", ["write", "keys", "close"])
def test_a_virtual_camera_that_goes_away_is_told_once(virtual_camera, monkeypatch, use):
    def gone(self, image):
        raise RuntimeError("no such device")

    monkeypatch.setattr(virtual_camera, "send", gone)
    sink = VirtualCameraSink(None, (160, 120), 30)
    sink.write(frame())
    sink._thread.join()
    with pytest.raises(VirtualCameraError, match=r"is gone: no such device\. Start it again\."):
        {"write": lambda: sink.write(frame()), "keys": lambda: sink.keys(0), "close": sink.close}[use]()
    if not virtual_camera.made[0].closed:
        sink.close()
    assert virtual_camera.made[0].closed


@pytest.mark.parametrize(
    ("platform", "devices", "may_use", "remedy"),
    [
        ("linux", [], True, r"not found\. Install v4l2loopback-dkms"),
        ("linux", ["/dev/video10"], True, r"Virtual devices are: /dev/video10\."),
        ("linux", ["/dev/video99"], False, "group 'video'"),
        ("linux", ["/dev/video99"], True, "Close the program that sends to it"),
        ("win32", [], True, "OBS"),
    ],
)
def test_a_virtual_camera_that_cannot_be_opened_is_explained(
    virtual_camera, monkeypatch, platform, devices, may_use, remedy
):
    monkeypatch.setattr(virtual.sys, "platform", platform)
    monkeypatch.setattr(virtual.loopback, "devices", lambda: devices)
    monkeypatch.setattr(virtual.os, "access", lambda path, mode: may_use)
    with pytest.raises(VirtualCameraError, match=remedy):
        VirtualCameraSink("/dev/video99", (640, 480), 30)


@pytest.mark.parametrize("size_wh", [(1280, 720), (640, 480), (100, 300)])
@pytest.mark.parametrize("source_wh", [(640, 480), (1920, 1080), (33, 77)])
def test_fitting_cuts_at_the_middle_and_never_stretches(size_wh, source_wh):
    y, x = np.mgrid[: source_wh[1], : source_wh[0]]
    circle = np.hypot(x - source_wh[0] / 2, y - source_wh[1] / 2) < min(source_wh) * 0.15
    out = fitted(np.repeat(circle[:, :, None], 3, 2).astype(np.uint8) * 255, size_wh)
    assert out.shape == (size_wh[1], size_wh[0], 3)
    ys, xs = np.nonzero(out[:, :, 0] > 127)
    assert abs(np.ptp(xs) - np.ptp(ys)) <= 0.08 * np.ptp(xs) + 2
    assert abs(xs.mean() - size_wh[0] / 2) < 0.03 * max(size_wh)
    assert abs(ys.mean() - size_wh[1] / 2) < 0.03 * max(size_wh)


# ---- several, and the grammar of --output


def test_all_sinks_are_closed_even_if_one_fails(tmp_path):
    class Failing(RecordingSink):
        def close(self):
            raise OutputError("full")

    last = PictureSink(tmp_path / "a.png")
    both = Sinks([Failing(), last])
    both.write(frame())
    with pytest.raises(OutputError, match="full"):
        both.close()
    assert (tmp_path / "a.png").exists()


def _open(*addresses, stills=False, **options):
    return address.open_sinks(addresses, ListSource([], stills=stills), Controls(), list, **options)


def test_grammar(tmp_path, virtual_camera, monkeypatch):
    kinds = {
        "none": NullSink,
        "virtual": VirtualCameraSink,
        "virtual:/dev/video10": VirtualCameraSink,
        str(tmp_path / "a.mp4"): VideoSink,
        str(tmp_path / "a.PNG"): PictureSink,
        str(tmp_path): FolderSink,
        str(tmp_path / "new"): FolderSink,
    }
    for text, kind in kinds.items():
        opened = _open(text)
        assert [type(s) for s in opened._sinks] == [kind], text
        opened.close()
    assert [made._device for made in virtual_camera.made] == ["Fake", "/dev/video10"]
    with pytest.raises(UsageError, match="no known kind"):
        _open("a.xyz")


def test_what_was_opened_is_closed_when_the_next_fails(virtual_camera):
    with pytest.raises(UsageError):
        _open("virtual", "a.xyz")
    assert virtual_camera.made[0].closed


def test_without_a_display_auto_writes_a_file_and_window_is_an_error(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("realtime.outputs.window.sys.platform", "linux")
    with pytest.raises(OutputError, match="no display"):
        _open("window")
    for stills, ending in ((False, ".mp4"), (True, ".png")):
        opened = _open("auto", stills=stills)
        opened.write(frame())
        opened.close()
        assert len(list(tmp_path.glob(f"emoji-camera-*{ending}"))) == 1


def test_a_display_that_does_not_answer_is_none(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":987")
    monkeypatch.setattr("realtime.outputs.window.sys.platform", "linux")
    with pytest.raises(OutputError, match="no display"):
        _open("window")


def test_full_tmpfs(tmp_path):
    """A disk that is really full: the picture fails with a clear error and leaves no rest."""
    mount = tmp_path / "small"
    mount.mkdir()
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(mount)], capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if done.returncode:
        pytest.skip(f"this user may not mount a small disk: {done.stderr.decode().strip()}")
    try:
        noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
        sink = PictureSink(mount / "a.png")
        sink.write(frame(image=noise))
        with pytest.raises(OutputError, match="No space left"):
            sink.close()
        assert list(Path(mount).iterdir()) == []
        video = VideoSink(mount / "a.mp4", 25)
        with pytest.raises(OutputError, match="full"):
            video.write(frame(image=noise))
        video.close()
        assert list(Path(mount).iterdir()) == []
    finally:
        subprocess.run(["umount", str(mount)], check=True)
