"""Many files at once: what is done, what goes wrong, and how it goes on after whatever stopped it."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from realtime.cli.batch import worst
from realtime.cli.batch_journal import NAME
from realtime.images import PART_PREFIX

APP = str(Path(__file__).parents[2] / "app.py")

pytestmark = pytest.mark.model


def _command(*more: str) -> list[str]:
    return [sys.executable, APP, "--source", "in", "--output", "out/", "--detector", "mediapipe", *more]


def _run(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(_command(*more), cwd=folder, env=_alone(folder), capture_output=True, text=True, timeout=120)


def _alone(folder: Path) -> dict[str, str]:
    return os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}


def _video(path: Path, portrait: np.ndarray, frames: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (400, 400))
    for n in range(frames):
        writer.write(np.ascontiguousarray(portrait[n % 40 : n % 40 + 400, 50:450]))
    writer.release()


def _until(what: Callable[[], object], seconds: float = 60) -> object:
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return found


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob(f"{PART_PREFIX}*"))


def _rows(out: str) -> dict[str, str]:
    return {line.split()[0]: " ".join(line.split()[1:]) for line in out.splitlines() if line}


@pytest.fixture
def files(tmp_path, portrait) -> Path:
    """A folder with a long video, a broken one, a picture and a short video."""
    _video(tmp_path / "in" / "a.avi", portrait, 250)
    (tmp_path / "in" / "broken.mp4").write_bytes(b"nothing")
    cv2.imwrite(str(tmp_path / "in" / "photo.png"), portrait)
    _video(tmp_path / "in" / "sub" / "z.avi", portrait, 5)
    return tmp_path


def test_a_broken_file_stops_no_other_and_the_next_run_does_it_alone(files):
    done = _run(files, "--jobs", "2")
    assert done.returncode == 6
    assert "Traceback" not in done.stderr
    rows = _rows(done.stdout)
    assert [rows[name].split()[0] for name in ("a.avi", "photo.png", "sub/z.avi")] == ["covered"] * 3
    assert rows["broken.mp4"].startswith("failed (6)")
    assert "is no video that can be read" in rows["broken.mp4"]
    assert rows["Covered:"].startswith("3 of 4 files")
    made = {path.relative_to(files / "out").as_posix() for path in (files / "out").rglob("*") if path.is_file()}
    beside = {f"{video}.{kind}" for video in ("a", "sub/z") for kind in ("report.json", "contact.jpg")}
    assert made == {"a.avi", "photo.png", "sub/z.avi", NAME} | beside

    before = {path: path.stat().st_mtime_ns for path in (files / "out").rglob("*.*") if path.name != NAME}
    (files / "in" / "broken.mp4").unlink()
    again = _run(files)
    assert again.returncode == 0
    assert "3 of 3 files (3 of them by an earlier run)" in again.stdout
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_what_has_changed_is_done_again_and_nothing_else(files, portrait):
    for name in ("a.avi", "broken.mp4"):
        (files / "in" / name).unlink()
    assert _run(files).returncode == 0
    os.utime(files / "in" / "photo.png")  # touched, but the same
    _video(files / "in" / "sub" / "z.avi", portrait, 6)
    with (files / "out" / NAME).open("a") as journal:
        journal.write('{"name": "photo.png", "torn')
    rows = _rows(_run(files).stdout)
    assert rows["photo.png"] == "covered earlier 1"
    assert not rows["sub/z.avi"].startswith("covered earlier")
    assert "2 of them by an earlier run" in _run(files).stdout
    (files / "out" / "photo.png").unlink()
    assert "1 of them by an earlier run" in _run(files).stdout
    assert "earlier" not in _run(files, "--cover", "solid").stdout  # other options
    assert "earlier" not in _run(files, "--cover", "solid", "--again").stdout


def test_a_hostile_journal_is_no_journal(files):
    for name in ("a.avi", "broken.mp4"):
        (files / "in" / name).unlink()
    (files / "out").mkdir()
    entry = {"name": "photo.png", "why": "", "exit_code": 0, "people": 1, "written": 10**400, "source": {"x": []}}
    lines = ["[" * 100_000, "\0", "3", json.dumps(entry), json.dumps(entry | {"options": 3, "result": "../../x"})]
    (files / "out" / NAME).write_text("\n".join(lines))
    done = _run(files)
    assert (done.returncode, "Traceback" in done.stderr, "earlier" in done.stdout) == (0, False, False)


def _children(of: int) -> list[int]:
    """Return the processes that a process has begun to cover files."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                parent = (place / "stat").read_text().rpartition(")")[2].split()[1]
                if int(parent) == of and b"spawn_main" in (place / "cmdline").read_bytes():
                    found.append(int(place.name))
            except OSError:
                continue
    return found


@pytest.fixture
def running(files):
    """A run that is at the long video."""
    if not Path("/proc/self/cmdline").exists():
        pytest.skip("there is no /proc to find the processes in")
    app = subprocess.Popen(
        _command(), cwd=files, env=_alone(files), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    _until(lambda: any(path.stat().st_size for path in (files / "out").rglob(f"*-batch/*/*{PART_PREFIX}*")))
    yield app
    if app.poll() is None:
        app.kill()
    app.communicate()


def test_a_file_whose_process_is_killed_is_done_again(files, running):
    (child,) = _children(running.pid)
    os.kill(child, signal.SIGKILL)
    out, err = running.communicate(timeout=120)
    rows = _rows(out)
    assert rows["a.avi"].startswith("covered")
    assert rows["Covered:"].startswith("3 of 4 files")
    assert "Traceback" not in err
    assert _left(files) == []


def test_a_file_whose_process_dies_every_time_is_given_up_and_the_others_go_on(files, running):
    for _ in range(2):
        place = _until(lambda: list((files / "out").rglob("*-batch/*/*")))[0].parent
        (child,) = _until(lambda: _children(running.pid))
        os.kill(child, signal.SIGKILL)
        _until(lambda place=place: any(one != place for one in (files / "out").glob("*-batch/*")))
    out, _ = running.communicate(timeout=120)
    rows = _rows(out)
    assert rows["a.avi"].startswith("failed (6)")
    assert "died 2 times" in rows["a.avi"]
    assert rows["Covered:"].startswith("2 of 4 files")
    assert running.returncode == 6
    assert _left(files) == []


def test_ctrl_c_leaves_nothing_half_and_says_what_to_type(files, running):
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("Stopped: 0 of 4 files are covered. To go on with the others: ")
    assert "--source in --output out/" in err
    assert [path.name for path in (files / "out").iterdir()] == [NAME]


def test_after_a_kill_nothing_goes_on_in_secret_and_the_next_run_cleans_up(files, running):
    children = _children(running.pid)
    running.kill()
    running.communicate()
    _until(lambda: not any(Path(f"/proc/{child}/cmdline").exists() for child in children), 20)
    assert _left(files)
    assert not (files / "out" / "a.avi").exists()
    assert _run(files).returncode == 6
    assert _left(files) == []
    assert (files / "out" / "a.avi").exists()


def test_two_runs_into_one_folder_are_told_of_each_other(files, running):
    second = _run(files)
    assert second.returncode == 2
    assert "Another run is writing to" in second.stderr


def test_the_worst_exit_code_is_that_of_a_file_that_is_not_done():
    assert worst([0, 7, 0]) == 7
    assert worst([0, 7, 6, 1]) == 6
    assert worst([1, 7]) == 1


def test_without_ray_one_line_says_how_to_get_it(files):
    if importlib.util.find_spec("ray") is not None:
        pytest.skip("Ray is installed")
    done = _run(files, "--ray")
    assert done.returncode == 5
    (line,) = done.stderr.splitlines()
    assert "pip install -r requirements-ray.txt" in line
    assert _left(files) == []


def test_ray_gives_the_same_bytes_although_a_worker_is_killed(files):
    pytest.importorskip("ray", reason="Ray is not installed: pip install -r requirements-ray.txt")
    _run(files)
    (files / "out").rename(files / "alone")
    app = subprocess.Popen(
        _command("--ray", "--jobs", "2"), cwd=files, env=_alone(files), stdout=subprocess.PIPE, text=True
    )
    _until(lambda: any(path.stat().st_size for path in (files / "out").rglob(f"*-batch/*/*{PART_PREFIX}*")), 90)
    os.kill(_worker_at(files / "out"), signal.SIGKILL)
    out, _ = app.communicate(timeout=120)
    assert _rows(out)["a.avi"].startswith("covered")
    for name in ("a.avi", "photo.png", "sub/z.avi"):
        assert (files / "out" / name).read_bytes() == (files / "alone" / name).read_bytes()
    assert _left(files) == []


def _worker_at(folder: Path) -> int:
    """Return the process that writes an unfinished file, as its name tells."""
    (part,) = [path for path in folder.rglob(f"*-batch/*/*{PART_PREFIX}*") if path.suffix != ".png"]
    return int(part.name[part.name.index(PART_PREFIX) + len(PART_PREFIX) :].partition("-")[0])
