"""A report as a user makes it: the program in another process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from realtime.cli.parse import parse
from realtime.cli.passes import two_passes_wanted
from realtime.errors import UsageError
from realtime.metrics import METRICS
from realtime.report.session import read_session

ROOT = Path(__file__).parents[2]


def _app(folder: Path, *args: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment |= {"HOME": str(folder / "home"), "XDG_DATA_HOME": str(folder / "data")}
    command = [sys.executable, str(ROOT / "app.py"), *map(str, args)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture
def clip(tmp_path, astronaut) -> Path:
    """Half a second of somebody who smiles, then nobody."""
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (512, 512))
    for n in range(10):
        writer.write(astronaut if n < 6 else np.full_like(astronaut, 90))
    writer.release()
    return path


@pytest.mark.model
def test_a_session_is_kept_and_becomes_a_page(tmp_path, clip):
    done = _app(
        tmp_path, "--source", clip, "--output", "none", "--report", "--report-format", "csv", "--json", "--metrics"
    )
    faces = [json.loads(line) for line in done.stdout.splitlines()]
    assert list(faces[0]["metrics"]) == list(METRICS)
    assert faces[0]["metrics"]["smile"] > 0.7
    (folder,) = (tmp_path / "data" / "emoji-camera" / "reports").iterdir()
    assert f"report {folder / 'report.html'}" in done.stderr
    session = read_session(folder)
    (me,) = session.people
    assert len(session.times) == 10
    assert me.columns["seen"].sum() == len(faces) == 6
    assert np.nanmin(me.columns["smile"]) > 0.7
    assert "(AI Act" not in done.stderr
    removed = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), "--delete-my-data"],
        env=os.environ | {"XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path / "home")},
        input="yes\n",
        capture_output=True,
        text=True,
    )
    assert folder.name in removed.stdout
    assert not folder.exists()


@pytest.mark.model
def test_who_reports_about_everybody_is_told_what_that_takes(tmp_path, clip):
    done = _app(
        tmp_path, "--source", clip, "--output", "none", "--report", "kept", "--everyone", "--max-seconds", "0.2"
    )
    assert "tell them, and make it only if they agree" in done.stderr
    assert "Article 5(1)(f)" in done.stderr
    assert len(list((tmp_path / "kept").glob("*/report.html"))) == 1


def test_what_does_not_go_together_is_said(tmp_path, portrait):
    cv2.imwrite(str(tmp_path / "photo.png"), portrait)
    refused = _app(tmp_path, "--source", "photo.png", "--output", "none", "--report", "kept", code=2)
    assert "--report needs time to pass" in refused.stderr
    for wrong in (["--everyone"], ["--report-format", "csv"]):
        with pytest.raises(UsageError, match="is for reports"):
            parse(wrong)


def test_a_video_whose_faces_are_asked_about_is_drawn_in_one_pass(clip):
    plain = ["--source", str(clip), "--output", "covered.mp4"]
    assert two_passes_wanted(parse(plain))
    for more in (["--report"], ["--report", "kept"], ["--metrics"]):
        assert not two_passes_wanted(parse([*plain, *more]))
