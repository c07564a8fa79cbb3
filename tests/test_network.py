"""Nothing goes to the network, and nothing is left in the user's home."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from tests.session import SECONDS, files_below, why_not
from tests.test_imports import imported

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
    assert files_below(long_session.home) == []
    assert files_below(long_session.here) == []


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
