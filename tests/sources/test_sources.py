from __future__ import annotations

import http.server
import socketserver
import threading
import time

import cv2
import numpy as np
import pytest

from realtime.errors import CameraError, InputError, UsageError
from realtime.images import as_bgr
from realtime.slot import Slot
from realtime.sources import camera
from realtime.sources import open as address
from realtime.sources.camera import Camera
from realtime.sources.files import Demo, Pictures, Video
from realtime.sources.live import Live
from tests.fakes import FakeCapture, ListSource, frame, picture


@pytest.fixture
def folder(tmp_path):
    for name, level in (("b.png", 20), ("a.jpg", 10), ("c.bmp", 30)):
        cv2.imwrite(str(tmp_path / name), picture(64, 48, level))
    (tmp_path / "notes.txt").write_text("not a picture")
    return tmp_path


# ---- the contract every source keeps


def _short_demo():
    demo = Demo()
    demo.frames = 5
    return demo


# name -> (how to open it, how many frames it has; None for a device, which goes on until it is told to stop)
SOURCES = {
    "picture": (lambda folder, video: Pictures(folder / "a.jpg"), 1),
    "folder": (lambda folder, video: Pictures(folder), 3),
    "video": (lambda folder, video: Video(str(video)), 12),
    "demo": (lambda folder, video: _short_demo(), 5),
    "live video": (lambda folder, video: Live(Video(str(video), stream=True)), None),
    "live camera": (lambda folder, video: Live(_camera(lambda n: picture())), None),
}


def _camera(script, opens=lambda: True):
    return Camera(0, opener=lambda *_: FakeCapture(script, opens))


@pytest.mark.parametrize("name", SOURCES)
def test_contract(name, folder, video_file):
    opener, count = SOURCES[name]
    source = opener(folder, video_file)
    assert source.fps > 0
    assert isinstance(source.name, str)
    frames = []
    deadline = time.monotonic() + 5
    while not source.ended and time.monotonic() < deadline:
        got = source.read()
        if got is not None:
            frames.append(got)
        if count is None and frames:
            source.stop()
    for got in frames:
        assert got.image.dtype == np.uint8
        assert got.image.ndim == 3
        assert got.image.shape[2] == 3
        assert got.source
    assert [f.index for f in frames] == sorted({f.index for f in frames})
    times = [f.time_s for f in frames]
    assert times == sorted(set(times))
    assert len(frames) == (count or len(frames)) >= 1
    source.close()
    source.close()
    assert source.ended or isinstance(source, Live)


# ---- pictures


@pytest.mark.parametrize(
    "image",
    [
        np.full((6, 8), 9, np.uint8),
        np.full((6, 8, 1), 9, np.uint8),
        np.full((6, 8, 3), 9, np.uint8),
        np.full((6, 8, 4), 9, np.uint8),
        np.full((6, 8), 9 << 8, np.uint16),
    ],
)
def test_any_number_of_channels_becomes_bgr(image):
    bgr = as_bgr(image)
    assert bgr.shape == (6, 8, 3)
    assert (bgr == 9).all()


@pytest.mark.parametrize(
    "image", [None, np.zeros((0, 8, 3), np.uint8), np.zeros((6, 8, 2), np.uint8), np.zeros((6, 8))]
)
def test_what_is_no_picture_becomes_none(image):
    assert as_bgr(image) is None


def test_a_folder_is_read_by_name_and_skips_what_is_damaged(folder, caplog):
    (folder / "aa.png").write_bytes(b"\x89PNG broken")
    (folder / "ab.png").write_bytes(b"")
    source = Pictures(folder)
    frames = list(iter(source.read, None))
    assert [f.source[-5:] for f in frames] == ["a.jpg", "b.png", "c.bmp"]
    assert caplog.text.count("Skipped") == 2


def test_bad_pictures_and_folders_say_what_is_wrong(tmp_path):
    broken = tmp_path / "x.jpg"
    broken.write_bytes(b"nothing")
    with pytest.raises(InputError, match="damaged"):
        Pictures(broken).read()
    with pytest.raises(InputError, match="No such file"):
        Pictures(tmp_path / "none.png").read()
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no picture"):
        Pictures(tmp_path / "empty")


# ---- videos


def test_a_video_is_read_completely_and_in_order(video_file):
    frames = list(iter(Video(str(video_file)).read, None))
    levels = [round(f.image.mean() / 20) for f in frames]
    assert levels == list(range(12))
    assert [round(f.time_s * 12.5) for f in frames] == list(range(12))


def test_a_truncated_video_gives_what_it_holds(tmp_path, caplog):
    path = tmp_path / "cut.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (160, 120))
    noise = np.random.default_rng(0)
    for _ in range(60):
        writer.write(noise.integers(0, 256, (120, 160, 3), np.uint8))
    writer.release()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    frames = list(iter(Video(str(path)).read, None))
    assert 10 < len(frames) < 60


@pytest.mark.parametrize("content", [b"", b"not a video", b"\0" * 5000])
def test_what_is_no_video_is_refused(tmp_path, content):
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(InputError, match="no video that can be read"):
        Video(str(path))


def test_a_video_behind_an_address_is_read_like_a_file_and_a_stream_live(video_file):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(video_file.parent))

        def log_message(self, *_):
            pass

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
        source = address.open_source(f"{base}/{video_file.name}")
        assert len(list(iter(source.read, None))) == 12
        with pytest.raises(InputError, match="no stream that answers"):
            address.open_source(f"{base}/none.mp4")
        server.shutdown()
        thread.join()


# ---- the demo


def test_the_demo_is_the_same_every_time():
    first, second = Demo(), Demo()
    assert first.frames / first.fps == 10
    for _ in range(3):
        a, b = first.read(), second.read()
        assert a.image.shape == (720, 1280, 3)
        assert np.array_equal(a.image, b.image)


def test_the_demo_moves_rolls_and_changes_its_light(detector):
    demo = Demo()
    faces = [detector.detect(f) for n, f in enumerate(iter(demo.read, None)) if n % 10 == 0]
    assert all(len(found) == 1 for found in faces)
    rolls = np.degrees([found[0].region.roll_rad for found in faces])
    assert rolls.max() > 12
    assert rolls.min() < -12
    assert np.ptp([found[0].region.center[0] for found in faces]) > 300


# ---- live


def test_slot_keeps_the_newest_and_counts_the_rest():
    slot: Slot[int] = Slot()
    for item in (1, 2, 3):
        slot.put(item)
    assert slot.take(0) == 3
    assert slot.dropped == 2
    assert slot.take(0.01) is None
    slot.put(4)
    slot.close()
    assert not slot.finished
    assert slot.take(0) == 4
    assert slot.finished


def test_slot_raises_what_it_was_closed_with_after_its_last_item():
    slot: Slot[int] = Slot()
    slot.put(1)
    slot.close(CameraError("gone"))
    assert slot.take(0) == 1
    with pytest.raises(CameraError, match="gone"):
        slot.take(0)


def test_slot_wakes_a_waiting_taker():
    slot: Slot[int] = Slot()
    threading.Timer(0.05, slot.put, [7]).start()
    start = time.monotonic()
    assert slot.take(5) == 7
    assert time.monotonic() - start < 2


def test_live_drops_late_frames_and_hands_on_errors():
    live = Live(ListSource([frame(n) for n in range(50)], error=InputError("cut")))
    time.sleep(0.1)
    assert live.read().index == 49
    assert live.dropped == 49
    with pytest.raises(InputError, match="cut"):
        live.read()
    live.close()
    assert live.source.closed


# ---- cameras


def test_a_camera_asks_for_everything_at_once():
    asked = []

    def opener(*args):
        asked.append(args)
        return FakeCapture(lambda n: picture())

    Camera(3, (640, 480), 25, opener).close()
    device, _, parameters = asked[0]
    assert device == 3
    wanted = dict(zip(parameters[::2], parameters[1::2], strict=True))
    assert wanted[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")
    assert (wanted[cv2.CAP_PROP_FRAME_WIDTH], wanted[cv2.CAP_PROP_FRAME_HEIGHT]) == (640, 480)
    assert wanted[cv2.CAP_PROP_FPS] == 25


def test_a_camera_that_refuses_the_request_is_asked_piece_by_piece():
    captures = []

    def opener(device, backend, parameters=None):
        captures.append(FakeCapture(lambda n: picture(), opens=lambda: parameters is None))
        return captures[-1]

    opened = Camera(0, (640, 480), 30, opener)
    assert captures[-1].properties[cv2.CAP_PROP_FRAME_WIDTH] == 640
    assert opened.read() is not None
    opened.close()


def test_a_camera_without_a_picture_is_an_error(monkeypatch):
    monkeypatch.setattr(camera, "_FIRST_FRAME_TIMEOUT_S", 0.05)
    for script, opens in ((lambda n: None, lambda: True), (lambda n: picture(), lambda: False)):
        with pytest.raises(CameraError, match=r"Camera 0 .*--source"):
            _camera(script, opens)


def test_an_unplugged_camera_is_waited_for(monkeypatch, caplog):
    monkeypatch.setattr(camera, "_RETRY_S", 0.02)
    monkeypatch.setattr(camera, "_FIRST_FRAME_TIMEOUT_S", 0.02)
    plugged = [True]
    opened = []

    def opener(*_):
        opened.append(FakeCapture(lambda n: picture() if plugged[0] else None, opens=lambda: plugged[0]))
        return opened[-1]

    source = Camera(0, opener=opener)
    assert source.read() is not None
    plugged[0] = False
    assert source.read() is None
    assert source.read() is None
    assert opened[0].released
    plugged[0] = True
    frames = [source.read() for _ in range(3)]
    assert frames[-1] is not None
    assert "Waiting for it" in caplog.text
    assert "is back" in caplog.text
    source.close()


def test_closing_does_not_wait_for_a_lost_camera(monkeypatch):
    monkeypatch.setattr(camera, "_RETRY_S", 60)
    live = Live(_camera(lambda n: picture() if n < 2 else None))
    while live.read() is not None:
        pass
    start = time.monotonic()
    live.close()
    assert time.monotonic() - start < 2


def test_odd_frames_of_a_camera_are_made_bgr_or_passed_over():
    images = [
        picture(),
        np.zeros((0, 0, 3), np.uint8),
        np.full((48, 64), 5, np.uint8),
        np.full((48, 64, 4), 5, np.uint8),
    ]
    source = _camera(lambda n: images[min(n, 3)])
    shapes = [source.read().image.shape for _ in range(3)]
    assert shapes == [(240, 320, 3), (48, 64, 3), (48, 64, 3)]
    source.close()


def test_cameras_are_listed_with_their_sizes(monkeypatch):
    infos = [camera.CameraInfo(0, "Webcam"), camera.CameraInfo(2, "Loopback", virtual=True)]
    monkeypatch.setattr(camera, "list_cameras", lambda: infos)
    monkeypatch.setattr(camera.cv2, "VideoCapture", None)
    monkeypatch.setattr(camera, "Camera", lambda device: _camera(lambda n: picture(640, 480)))
    assert camera.describe_cameras() == [
        "--source 0  Webcam  640x480",
        "--source 2  Loopback  (virtual: written by a program)",
    ]
    monkeypatch.setattr(camera, "list_cameras", list)
    assert "No camera found" in camera.describe_cameras()[0]


# ---- the grammar of --source


def test_grammar(folder, video_file, monkeypatch):
    monkeypatch.setattr(address, "Camera", lambda device, *_: ListSource([frame()], paced=True))
    kinds = {
        "demo": Demo,
        str(folder): Pictures,
        str(folder / "a.jpg"): Pictures,
        str(video_file): Video,
        "0": Live,
        "/dev/video7": Live,
    }
    for text, kind in kinds.items():
        source = address.open_source(text)
        assert type(source) is kind, text
        source.close()
    with pytest.raises(InputError, match="no file or folder"):
        address.open_source("nowhere.mp4")
    with pytest.raises(InputError, match="no stream that answers"):
        address.open_source("file:///nowhere.mp4")


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
    monkeypatch.setattr(address, "list_cameras", lambda: infos)
    monkeypatch.setattr(
        address, "Camera", lambda device, *_: opened.append(device) or ListSource([frame()], paced=True)
    )
    return opened


@pytest.mark.parametrize(("name", "device"), [("brio", 3), ("C920", 0), ("CAMERA", 1), ("emoji", 10), ("spare", 11)])
def test_a_camera_is_found_by_part_of_its_name_and_real_ones_come_first(named_cameras, name, device):
    address.open_source(name).close()
    assert named_cameras == [device]


def test_a_name_of_several_cameras_is_an_error_that_tells_their_numbers(named_cameras):
    with pytest.raises(UsageError, match=r"0 \(Logitech C920\), 3 \(Logitech Brio\)"):
        address.open_source("logitech")
    with pytest.raises(InputError, match="--list-cameras"):
        address.open_source("polaroid")
    assert named_cameras == []


def test_a_file_or_folder_comes_before_a_camera_of_the_same_name(named_cameras, folder, monkeypatch):
    (folder / "brio").mkdir()
    cv2.imwrite(str(folder / "brio" / "a.png"), picture())
    monkeypatch.chdir(folder)
    assert isinstance(address.open_source("brio"), Pictures)
    (folder / "C920").write_bytes(b"no video")
    with pytest.raises(InputError, match="no video"):
        address.open_source("C920")
    assert named_cameras == []


def test_auto_takes_the_first_camera_that_works_and_no_loopback(monkeypatch):
    infos = [camera.CameraInfo(1, "dead"), camera.CameraInfo(2, "good"), camera.CameraInfo(0, "loop", virtual=True)]
    tried = []

    def opener(device, *_):
        tried.append(device)
        if device != 2:
            raise CameraError("dead")
        return ListSource([frame()], paced=True)

    monkeypatch.setattr(address, "Camera", opener)
    monkeypatch.setattr(address, "list_cameras", lambda: infos)
    address.open_source("auto").close()
    assert tried == [1, 2]


def test_auto_without_a_camera_plays_the_demo_and_says_so(monkeypatch, caplog):
    monkeypatch.setattr(address, "list_cameras", list)
    assert isinstance(address.open_source("auto"), Demo)
    assert [r.getMessage() for r in caplog.records] == [
        "No camera delivers a picture, so the built-in demo plays (--source chooses something else)."
    ]
