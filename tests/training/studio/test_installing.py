"""What `make` and run.bat do before the studio starts."""

from __future__ import annotations

import platform
import shutil
import subprocess

import pytest

pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from training.studio.work.places import ROOT

BATCH = (ROOT / "run.bat").read_text()


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
@pytest.mark.skipif(platform.system() != "Linux", reason="torch for graphics cards comes by itself on Linux alone")
def test_torch_comes_without_graphics_card_libraries_unless_they_are_wanted(tmp_path):
    pip = tmp_path / "bin" / "python"
    pip.parent.mkdir()
    pip.write_text('#!/bin/sh\necho "$@" >> "$0.log"\n')
    pip.chmod(0o755)
    (tmp_path / "run.ok").write_text("")

    def asked(*more: str) -> str:
        (tmp_path / "training.ok").unlink(missing_ok=True)
        pip.with_name("python.log").unlink(missing_ok=True)
        made = ["make", f"{tmp_path}/training.ok", f"VENV={tmp_path}", "-o", f"{tmp_path}/run.ok", *more]
        subprocess.run(made, cwd=ROOT, check=True, capture_output=True, timeout=60)
        return pip.with_name("python.log").read_text()

    first, second = asked().splitlines()
    assert "torch==" in first
    assert first.endswith("--index-url https://download.pytorch.org/whl/cpu")
    assert second.endswith("-r training/requirements.txt")
    assert "whl/cpu" not in asked("TORCH=default")


def test_the_double_click_refuses_an_old_python_before_and_after_the_environment_is_made():
    check = 'sys.exit(sys.version_info < (3, 10))"'
    asking = [line for line in BATCH.splitlines() if check in line]
    assert len(asking) == 2
    made = BATCH.rindex(":make_environment")
    assert made < BATCH.index(f'%* -c "import sys; {check}') < BATCH.index("%* -m venv .venv")
    assert BATCH.index(f'.venv\\Scripts\\python.exe -c "import sys; {check}') < BATCH.index("-m pip install")


def test_a_window_of_the_double_click_stays_until_its_words_are_read():
    lines = [line.strip() for line in BATCH.splitlines()]
    asked = lines.index('if "%~1"=="" (')
    assert lines[asked + 1] == "set wait=yes"
    ended = lines[lines.index(":ended") :]
    assert ended.index("if defined wait pause") < ended.index("exit /b %code%")
