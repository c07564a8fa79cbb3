"""Nothing goes to the network, and nothing is left in the user's home."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from tests.session import SECONDS, why_not
from tests.test_imports import imported
from tests.watched import Watched, files_below

ROOT = Path(__file__).parent.parent


@pytest.mark.model
def test_no_internet_socket_is_ever_opened(tmp_path, portrait):
    if reason := why_not():
        pytest.skip(reason)
    cv2.imwrite(str(tmp_path / "photo.jpg"), portrait)
    trace = tmp_path / "trace"
    prefix = ["strace", "-f", "-qq", "-e", "trace=socket,connect,sendto,sendmsg", "-o", str(trace)]
    home = tmp_path / "home"
    home.mkdir()
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    environment = {key: value for key, value in os.environ.items() if key not in hidden} | {"HOME": str(home)}
    for more, *args in (
        ([], "--source", "demo", "--output", "a.mp4", "--max-seconds", "1"),
        (["-A"], "--source", "photo.jpg", "--output", "a.png"),
    ):
        command = [*prefix, *more, sys.executable, str(ROOT / "app.py"), *args]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert not re.findall(r".*AF_INET.*", trace.read_text())
    assert files_below(home) == []
    assert {path.name for path in tmp_path.iterdir()} == {"photo.jpg", "trace", "home", "a.mp4", "a.png"}


@pytest.mark.model
def test_a_session_of_three_minutes_opens_no_internet_socket_and_leaves_nothing(long_session):
    """It has run since the first test; this one is the last and waits for the rest of its time."""
    code, said = long_session.wait()
    assert code == 0, said
    assert long_session.seconds() > SECONDS
    assert int(re.search(r"(\d+) processed", said)[1]) > SECONDS
    assert int(re.search(r"Faces: (\d+)", said)[1]) > SECONDS
    calls = long_session.trace.read_text()
    assert "AF_UNIX" in calls  # its display's, so what is opened is seen
    assert not re.findall(r".*AF_INET.*", calls)
    assert long_session.left() == []
    assert _elsewhere(long_session.written(), long_session.home.parent) == set()


@pytest.mark.model
def test_the_path_to_the_virtual_camera_opens_no_internet_socket_and_leaves_nothing(long_session):
    """All is real but the device itself."""
    watched = _ended(long_session, "virtual")
    assert int(re.search(r"Faces: (\d+)", watched.said())[1]) > 50
    assert watched.internet_calls() == []
    assert watched.left() == []
    assert _elsewhere(watched.written(), watched.home.parent) == set()


def test_the_studio_listens_on_this_machine_alone_and_leaves_nothing(long_session):
    pytest.importorskip("nicegui", reason="the studio is not installed")
    watched = _ended(long_session, "studio")
    assert watched.addresses() == {"127.0.0.1"}
    assert not [call for call in watched.internet_calls() if "AF_INET6" in call]
    assert watched.left() == []  # the folder of runs holds empty folders
    assert _elsewhere(watched.written(), watched.home.parent) == set()


def test_training_opens_no_internet_socket_and_leaves_a_list_of_fonts(long_session):
    """Matplotlib, which draws its curves, keeps that list in the home."""
    pytest.importorskip("lightning", reason="training is not installed")
    watched = _ended(long_session, "training")
    assert (watched.here / "run/face_expression.onnx").exists()
    assert watched.internet_calls() == []
    fonts = [name for name in files_below(watched.home) if not name.startswith(".cache/matplotlib/fontlist-")]
    assert fonts == []
    assert {path.name for path in watched.here.iterdir()} == {"run"}
    assert files_below(watched.temporary) == []
    assert _elsewhere(watched.written(), watched.home.parent) == set()


def _ended(session, name: str) -> Watched:
    """Return a short watch once it has ended well."""
    watched = session.short(name)
    code, said = watched.wait()
    assert code == 0, said
    return watched


def _elsewhere(written: set[Path], folder: Path) -> set[Path]:
    """Return what was written outside a folder; semaphores, which have no name for long, are no files."""
    elsewhere = {path for path in written if not path.is_relative_to(folder)}
    return {path for path in elsewhere if not path.name.startswith("sem.")}


def test_a_watch_sees_what_is_written_and_asked_for(tmp_path):
    """Also by children and threads."""
    if reason := why_not():
        pytest.skip(reason)
    elsewhere = tmp_path / "elsewhere.txt"
    code = (
        "import pathlib, socket, subprocess, sys, threading\n"
        "pathlib.Path('mine.txt').write_text('x'); pathlib.Path.home().joinpath('folder').mkdir()\n"
        f"subprocess.run([sys.executable, '-c', {f'open({str(elsewhere)!r}, chr(119)).close()'!r}], check=True)\n"
        "def ask():\n"
        "    try: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('198.51.100.7', 53))\n"
        "    except OSError: pass  # there is no network\n"
        "thread = threading.Thread(target=ask); thread.start(); thread.join()\n"
    )
    watched = Watched(tmp_path / "watched")
    watched.ended(watched.start([sys.executable, "-c", code]).wait(60))
    code, said = watched.wait()
    assert (code, said) == (0, "")
    assert "198.51.100.7" in watched.addresses()
    assert watched.internet_calls()
    assert watched.left() == ["mine.txt"]
    assert _elsewhere(watched.written(), watched.home.parent) == {elsewhere}
    assert watched.written() >= {watched.here / "mine.txt", watched.home / "folder"}


@pytest.mark.parametrize("package", ["realtime", "training", "tests"])
def test_a_package_turns_telemetry_off_before_onnxruntime_comes(package):
    code = f"import os, sys, {package}; print(os.environ['ORT_DISABLE_TELEMETRY'], 'onnxruntime' in sys.modules)"
    for value in ("0", None):
        environment = {key: text for key, text in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
        environment |= {} if value is None else {"ORT_DISABLE_TELEMETRY": value}
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.stdout.split() == ["1", "False"], done.stderr


def test_only_modules_of_these_packages_import_onnxruntime():
    """The package of a module is imported first, and has then turned the telemetry off."""
    files = [path for folder in ("realtime", "training", "tests") for path in (ROOT / folder).rglob("*.py")]
    files += ROOT.glob("*.py")
    users = {path for path in files if any(name.split(".")[0] == "onnxruntime" for name in imported(path))}
    assert ROOT / "realtime/faces/classifier.py" in users
    for path in users:
        assert path.parent != ROOT, path
        assert (ROOT / path.relative_to(ROOT).parts[0] / "__init__.py").exists()
