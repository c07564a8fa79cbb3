"""The virtual camera on a stand-in for pyvirtualcam; `tests/test_hardware.py` has real devices."""

from __future__ import annotations

import time

import numpy as np
import pytest

from realtime.errors import UsageError, VirtualCameraError
from realtime.images import fitted
from realtime.outputs import virtual_camera as virtual
from realtime.outputs.open import Outputs
from realtime.outputs.picture import FolderOutput
from realtime.outputs.virtual_camera import VirtualCameraOutput
from tests.fakes import frame, picture
from tests.outputs.conftest import context


def test_the_virtual_camera_gets_bgr_cut_to_size_and_not_mirrored(virtual_camera):
    import pyvirtualcam

    output = VirtualCameraOutput(None, (1280, 720), 30)
    assert output.paced
    image = np.zeros((480, 640, 3), np.uint8)
    image[:, :320] = (255, 0, 0)
    output.write(frame(image=image))
    assert output.close() == "virtual camera Fake"
    made = virtual_camera.made[0]
    assert made.closed
    assert (made.size_wh, made.fps, made.fmt) == ((1280, 720), 30, pyvirtualcam.PixelFormat.BGR)
    assert made.sent[0].shape == (720, 1280, 3)
    assert made.sent[0][:, :600].mean((0, 1)).round().tolist() == [255, 0, 0]
    assert made.sent[0][:, 680:].max() == 0


def test_the_virtual_camera_keeps_its_rate_whatever_comes(virtual_camera):
    """Pictures come at half the rate, stop for a while, then come at three times the rate."""
    output = VirtualCameraOutput(None, (160, 120), 50)
    start = time.monotonic()
    for n, pause_s in enumerate([0.04] * 10 + [0.4] + [0.007] * 60):
        output.write(frame(n, image=picture(160, 120, n)))
        time.sleep(pause_s)
    elapsed_s = time.monotonic() - start
    output.close()
    sent = [int(image[0, 0, 0]) for image in virtual_camera.made[0].sent]
    assert output.sent == len(sent) == pytest.approx(50 * elapsed_s, rel=0.1)
    assert sent == sorted(sent)
    assert sent.count(10) >= 10
    assert sent[-1] == 70


def test_pictures_reach_the_virtual_camera_at_once(virtual_camera, monkeypatch):
    """On average within a quarter of an interval; a plain clock would take half of one."""
    late_s, due = [], {}

    def send(self, image):
        late_s.append(time.monotonic() - due.pop(int(image[0, 0, 0]), time.monotonic()))
        self.sent.append(image)

    monkeypatch.setattr(virtual_camera, "send", send)
    output = VirtualCameraOutput(None, (160, 120), 20)
    for n in range(20):
        due[n] = time.monotonic()
        output.write(frame(n, image=picture(160, 120, n)))
        time.sleep(0.05)
    output.close()
    assert np.median(late_s) < 0.015


def test_what_is_written_may_change_afterwards(virtual_camera):
    output = VirtualCameraOutput(None, (320, 240), 30)
    f = frame()
    output.write(f)
    f.image[:] = 0
    output.close()
    assert virtual_camera.made[0].sent[-1].min() == 128


def test_a_card_is_sent_like_a_picture_and_files_leave_it_out(virtual_camera, tmp_path):
    both = Outputs([VirtualCameraOutput(None, (320, 240), 30), FolderOutput(tmp_path / "out", keep_names=False)])
    both.write(frame(0))
    both.show_card(frame(1, image=picture(level=200)))
    both.close()
    assert virtual_camera.made[0].sent[-1].max() == 200
    assert len(list((tmp_path / "out").iterdir())) == 1


@pytest.mark.parametrize("use", ["write", "show_card", "serve", "close"])
def test_a_virtual_camera_that_goes_away_is_told_once(virtual_camera, monkeypatch, use):
    def gone(self, image):
        raise RuntimeError("no such device")

    monkeypatch.setattr(virtual_camera, "send", gone)
    output = VirtualCameraOutput(None, (160, 120), 30)
    output.write(frame())
    output._thread.join()
    with pytest.raises(VirtualCameraError, match=r"is gone: no such device\. Start it again\."):
        {
            "write": lambda: output.write(frame()),
            "show_card": lambda: output.show_card(frame()),
            "serve": output.serve,
            "close": output.close,
        }[use]()
    if not virtual_camera.made[0].closed:
        output.close()
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
        VirtualCameraOutput("/dev/video99", (640, 480), 30)


def test_the_remedy_names_the_device_as_meeting_programs_do(virtual_camera, monkeypatch):
    monkeypatch.setattr(virtual.sys, "platform", "linux")
    monkeypatch.setattr(virtual.loopback, "devices", list)
    with pytest.raises(VirtualCameraError) as caught:
        VirtualCameraOutput("/dev/video99", (640, 480), 30)
    assert caught.value.remedy.endswith('devices=1 exclusive_caps=1 card_label="Emoji Camera"')


# ---- which device, and what it shows at first


@pytest.fixture
def loopbacks(tmp_path, monkeypatch):
    """Two devices of v4l2loopback, as the system tells of them."""
    monkeypatch.setattr(virtual.sys, "platform", "linux")
    monkeypatch.setattr(virtual.loopback, "_FOLDER", tmp_path)
    for number, label in ((10, "Emoji Camera"), (11, "Emoji Camera Two")):
        (tmp_path / f"video{number}").mkdir()
        (tmp_path / f"video{number}/name").write_text(f"{label}\n")


@pytest.mark.parametrize(
    ("named", "path"),
    [
        ("/dev/video11", "/dev/video11"),
        ("11", "/dev/video11"),
        ("emoji camera", "/dev/video10"),
        ("Two", "/dev/video11"),
        ("camera", "/dev/video10"),
    ],
)
def test_a_device_is_named_by_path_number_label_or_part_of_it(virtual_camera, loopbacks, named, path):
    output = VirtualCameraOutput.open(f"virtual:{named}", context(size_wh=(160, 120)))
    assert output.close() == f"virtual camera {path}"


def test_a_label_nobody_bears_is_told_with_those_there_are(virtual_camera, loopbacks):
    for use in (lambda: VirtualCameraOutput("zoom", (160, 120), 30), lambda: virtual.check(["virtual:zoom"])):
        with pytest.raises(VirtualCameraError, match="No virtual camera is called 'zoom'") as caught:
            use()
        assert (
            caught.value.remedy == "Virtual devices are: /dev/video10 'Emoji Camera', /dev/video11 'Emoji Camera Two'."
        )


def test_addresses_are_checked_without_opening_anything(virtual_camera, loopbacks, monkeypatch):
    there = {"/dev/video10", "/dev/video11"}
    monkeypatch.setattr(virtual.os.path, "exists", lambda path: path in there)
    monkeypatch.setattr(virtual.os, "access", lambda path, mode: path != "/dev/video11")
    virtual.check(["auto", "window", "out.mp4", "virtual", "virtual:10", "virtual:/dev/video10"])
    with pytest.raises(VirtualCameraError, match=r"/dev/video99 does not exist. Virtual devices are: /dev/video10 "):
        virtual.check(["none", "virtual:99"])
    with pytest.raises(VirtualCameraError, match=r"may not be used by you.*group 'video'"):
        virtual.check(["virtual:Two"])
    with pytest.raises(UsageError, match="of no known kind"):
        virtual.check(["clip.odd"])
    assert virtual_camera.made == []


def test_without_any_device_the_check_says_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setattr(virtual.sys, "platform", "linux")
    for place in ((virtual.loopback, "_FOLDER"), (virtual, "_DEVICES")):
        monkeypatch.setattr(*place, tmp_path)
    with pytest.raises(VirtualCameraError, match="modprobe v4l2loopback"):
        virtual.check(["virtual"])
    (tmp_path / "video0").touch()  # what it is can't be told in a container: it will be tried
    virtual.check(["virtual"])


def test_elsewhere_than_on_linux_names_are_left_to_the_system(virtual_camera, monkeypatch):
    monkeypatch.setattr(virtual.sys, "platform", "win32")
    virtual.check(["virtual:OBS Virtual Camera"])
    output = VirtualCameraOutput.open("virtual:OBS Virtual Camera", context(size_wh=(160, 120)))
    assert output.close() == "virtual camera OBS Virtual Camera"


def test_a_card_is_sent_until_the_first_picture_comes(virtual_camera):
    output = VirtualCameraOutput.open("virtual", context(size_wh=(640, 360), fps=50.0))
    sent = virtual_camera.made[0].sent
    _until(lambda: len(sent) > 2)
    output.write(frame(image=picture(640, 360, 200)))
    output.close()
    card = virtual.starting_card((640, 360))
    assert all((image == card).all() for image in sent[:3])
    assert card.std() > 5  # something is written on it
    assert sent[-1].min() == 200


@pytest.mark.parametrize("size_wh", [(2, 2), (160, 120), (640, 480), (1920, 1080)])
def test_the_text_of_the_card_fits(size_wh):
    card = virtual.starting_card(size_wh)
    assert card.shape == (size_wh[1], size_wh[0], 3)
    if size_wh[0] > 2:
        edge = np.concatenate([card[:, :2].reshape(-1, 3), card[:, -2:].reshape(-1, 3)])
        assert np.ptp(edge, axis=0).max() == 0


def _until(true, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_it_is_closed_once(virtual_camera):
    output = VirtualCameraOutput(None, (160, 120), 30)
    assert output.close() == "virtual camera Fake"
    assert output.close() == ""
    assert virtual_camera.made[0].closed


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
