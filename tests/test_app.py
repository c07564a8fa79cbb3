"""The program as a user runs it: another process, real stages."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from realtime.records import EMOTIONS, GENDERS

ROOT = Path(__file__).parent.parent
APP = str(ROOT / "app.py")

KEYS = {"source", "frame", "time_s", "track", "box", "score", "emotion", "intensity", "hint", "emotions"}
KEYS |= {"own", "gender", "genders", "raw"}


@pytest.fixture
def app(tmp_path):
    """Return a function that runs the program in an empty folder, without a display or a user's configuration."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment |= {"XDG_CONFIG_HOME": str(tmp_path / "config"), "HOME": str(tmp_path / "home")}

    def run(*args, code=0, prefix=(), **more):
        done = subprocess.run(
            [*prefix, sys.executable, APP, *map(str, args)],
            cwd=tmp_path,
            env=environment | more,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    run.environment = environment
    return run


@pytest.fixture
def photo(tmp_path, portrait):
    path = tmp_path / "photo.jpg"
    cv2.imwrite(str(path), portrait)
    return path


def _frames(path) -> int:
    capture = cv2.VideoCapture(str(path))
    count = 0
    while capture.grab():
        count += 1
    return count


# ---- pictures


@pytest.mark.model
def test_one_picture_in_one_picture_out(app, photo, portrait, tmp_path):
    done = app("--source", photo, "--output", "avatar.png")
    line = rf"{photo}: face 1: ({'|'.join(EMOTIONS)}) \d+%, .*(female|male|neutral).*, box \d+,\d+,\d+,\d+"
    assert re.search(line, done.stdout)
    assert "1 read, 1 processed, 0 dropped. Faces: 1." in done.stdout
    assert "avatar.png" in done.stdout
    assert done.stderr == ""
    covered = cv2.imread(str(tmp_path / "avatar.png"))
    assert covered.shape == portrait.shape
    changed = np.abs(covered.astype(int) - cv2.imread(str(photo))).max(2) > 12
    assert changed[160:330, 185:350].mean() > 0.97
    assert not changed[450:].any()


@pytest.mark.model
def test_json_is_all_there_is_on_standard_output(app, photo):
    done = app("--source", photo, "--json")
    (face,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert set(face) >= KEYS
    assert (face["source"], face["frame"], face["time_s"], face["track"]) == (str(photo), 0, 0.0, 1)
    left, top, right, bottom = face["box"]
    assert 150 < left < right < 380
    assert 120 < top < bottom < 360
    assert face["emotion"] == max(face["emotions"], key=face["emotions"].get)
    assert list(face["emotions"]) == list(EMOTIONS)
    assert list(face["genders"]) == list(GENDERS)
    assert face["gender"] in (*GENDERS, "neutral")
    for values in (face, face["raw"]):
        assert sum(values["emotions"].values()) == pytest.approx(1, abs=1e-3)
        assert sum(values["genders"].values()) == pytest.approx(1, abs=1e-3)
    assert "Faces: 1." in done.stderr


@pytest.mark.model
def test_a_folder_of_pictures(app, tmp_path, portrait):
    folder = tmp_path / "in"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), portrait)
    cv2.imwrite(str(folder / "grey.png"), cv2.cvtColor(portrait, cv2.COLOR_BGR2GRAY))
    cv2.imwrite(str(folder / "empty.png"), np.zeros((50, 60, 3), np.uint8))
    (folder / "broken.jpg").write_bytes(b"x")
    done = app("--source", folder, "--output", "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.png", "empty.png", "grey.png"]
    assert "empty.png: no face found" in done.stdout
    assert "Skipped" in done.stderr
    assert "3 pictures in out" in done.stdout


# ---- videos and the demo


@pytest.mark.model
def test_a_video_in_a_video_out(app, video_file, tmp_path):
    done = app("--source", video_file, "--output", "out.mp4")
    assert "12 read, 12 processed, 0 dropped. Faces: 0." in done.stdout
    assert _frames(tmp_path / "out.mp4") == 12


@pytest.mark.model
def test_the_demo_is_covered_from_first_to_last(app, tmp_path):
    done = app("--source", "demo", "--output", "a.mp4", "--output", "last.png", "--json")
    faces = [json.loads(line) for line in done.stdout.splitlines()]
    assert [f["frame"] for f in faces] == list(range(300))
    assert {f["track"] for f in faces} == {1}
    assert [round(f["time_s"] * 30) for f in faces] == list(range(300))
    assert "p50/p95: detect" in done.stderr
    assert _frames(tmp_path / "a.mp4") == 300
    assert cv2.imread(str(tmp_path / "last.png")).shape == (720, 1280, 3)


@pytest.mark.model
def test_max_seconds(app):
    assert "15 processed" in app("--source", "demo", "--output", "none", "--max-seconds", "0.5").stdout


@pytest.mark.model
def test_without_a_camera_or_display_the_demo_goes_to_a_file(app, tmp_path):
    if list(Path("/dev").glob("video*")) or sys.platform != "linux":
        pytest.skip("this machine has cameras, or isn't Linux")
    done = app("--max-seconds", "0.3")
    assert "the built-in demo plays" in done.stderr
    (video,) = tmp_path.glob("emoji-camera-*.mp4")
    assert video.name in done.stdout
    assert _frames(video) == 9


@pytest.mark.model
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_cleanly_with_the_files_readable(app, photo, tmp_path, number):
    source = tmp_path / "long.avi"
    writer = cv2.VideoWriter(str(source), cv2.VideoWriter.fourcc(*"MJPG"), 30, (512, 600))
    for _ in range(400):
        writer.write(cv2.imread(str(photo)) if _ == 0 else np.zeros((600, 512, 3), np.uint8))
    writer.release()
    command = [sys.executable, APP, "--source", source, "--output", "out.mp4"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=app.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("emoji-camera-part-*.mp4")) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == ""
    written = int(re.search(r"(\d+) processed", out)[1])
    assert 0 < written < 400
    assert _frames(tmp_path / "out.mp4") == written


@pytest.mark.model
def test_a_reader_that_stops_reading_is_no_error(app, tmp_path):
    command = f"{sys.executable} {APP} --source demo --json | head -n 2"
    done = subprocess.run(command, shell=True, cwd=tmp_path, env=app.environment, capture_output=True, text=True)
    assert len(done.stdout.splitlines()) == 2
    assert re.match(r"Frames: \d+ read", done.stderr)
    assert "Error" not in done.stderr


# ---- errors and exit codes


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--nonsense"], 2, "unrecognized arguments: --nonsense"),
        (["--output", "a.xyz", "--source", "demo"], 2, "no known kind"),
        (["--config", "none.toml"], 2, "No such file"),
        (["--source", "57"], 3, "Camera 57"),
        (["--source", "/dev/video57"], 3, "Camera /dev/video57"),
        (["--source", "demo", "--output", "virtual:/dev/video57"], 4, "virtual camera"),
        (["--model", "none.onnx"], 5, "none.onnx does not exist"),
        (["--pack", "nothing"], 5, "no emoji pack 'nothing'"),
        (["--source", "nowhere.mp4"], 6, "no file or folder nowhere.mp4"),
        (["--source", "broken.mp4"], 6, "broken.mp4 is no video"),
        (["--source", "broken.png"], 6, "broken.png is no picture"),
        (["--source", "empty"], 6, "empty holds no picture"),
        (["--source", "demo", "--output", "window"], 1, "there is no display"),
        (["--source", "demo", "--output", "/proc/none/a.mp4"], 1, "can't be made"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_users_can_cause_has_a_message_and_a_code(app, tmp_path, args, code, message):
    (tmp_path / "broken.mp4").write_bytes(b"nothing")
    (tmp_path / "broken.png").write_bytes(b"nothing")
    (tmp_path / "empty").mkdir()
    done = app(*args, code=code)
    assert message in done.stderr
    assert done.stdout == ""
    if code != 2 or "usage" not in done.stderr:
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert done.stderr.startswith("app.py: ")


def test_our_own_bugs_show_a_traceback():
    code = "import app, realtime.packs.library; realtime.packs.library.find_packs = None; app.main([])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "TypeError" in done.stderr


def test_strict_privacy_blurs_a_picture_without_a_face(app, tmp_path):
    source = tmp_path / "wall.png"
    rng = np.random.default_rng(0)
    cv2.imwrite(str(source), rng.integers(0, 256, (240, 320, 3), dtype=np.uint8))
    for privacy, same in (("normal", True), ("strict", False)):
        out = tmp_path / f"{privacy}.png"
        assert app("--source", source, "--output", out, "--privacy", privacy).returncode == 0
        assert np.array_equal(cv2.imread(str(out)), cv2.imread(str(source))) is same


def test_strict_privacy_keeps_files_complete(app, tmp_path, portrait):
    """Pictures of a folder take as long as they take: none is replaced for that."""
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(3):
        cv2.imwrite(str(folder / f"{n}.png"), portrait)
    out = tmp_path / "out"
    assert app("--source", folder, "--output", f"{out}/", "--privacy", "strict").returncode == 0
    assert sorted(path.name for path in out.iterdir()) == ["0.png", "1.png", "2.png"]


def test_forgetting_a_profile(app, tmp_path):
    home = {"XDG_DATA_HOME": str(tmp_path)}
    profile = tmp_path / "emoji-camera" / "profiles" / "me.json"
    profile.parent.mkdir(parents=True)
    profile.write_text("{")
    demo = ("--source", "demo", "--output", "none", "--profile", "me")
    broken = app(*demo, "--max-seconds", "0.1", code=6, **home)
    assert "--forget-profile" in broken.stderr
    app("--forget-profile", "--profile", "me", **home)
    assert not profile.exists()
    app(*demo, "--max-seconds", "3", "--calibrate", **home)
    assert set(json.loads(profile.read_text())["resting"]) == set(EMOTIONS)


def test_version_help_and_cameras(app):
    assert re.fullmatch(r"emoji camera \d+\.\d+\.\d+\n", app("--version").stdout)
    text = app("--help").stdout
    for option in ("--source", "--output", "--gender", "--pack", "--min-face", "--max-seconds", "--list-cameras"):
        assert option in text
    assert "space pause" in text
    assert app("--list-cameras").stdout.strip()


@pytest.mark.model
def test_native_chatter_is_shown_only_when_asked_for(app, photo):
    assert app("--source", photo, "--output", "none").stderr == ""
    assert "TensorFlow" in app("--source", photo, "--output", "none", "--verbose").stderr


@pytest.mark.model
def test_the_program_leaves_its_process_as_it_was(photo, capsys, monkeypatch, tmp_path):
    """As when another program calls it: streams, log handlers and signal handlers are put back."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("realtime.cli.parse.default_config", lambda: tmp_path / "none.toml")
    import app as program

    before = (sys.stderr, logging.getLogger().handlers[:], signal.getsignal(signal.SIGINT), len(os.listdir("/dev/fd")))
    for _ in range(2):
        assert program.main(["--source", str(photo), "--output", "a.png"]) == 0
    after = (sys.stderr, logging.getLogger().handlers[:], signal.getsignal(signal.SIGINT), len(os.listdir("/dev/fd")))
    assert before[:3] == after[:3]
    assert after[3] <= before[3] + 2
    assert "Faces: 1." in capsys.readouterr().out
    assert program.main(["--source", "nowhere.mp4"]) == 6
    assert "nowhere.mp4" in capsys.readouterr().err


# ---- promises


@pytest.mark.model
def test_a_real_window_and_its_keys(app, tmp_path):
    """Under Xvfb: the window shows the covered demo, keys work, and q ends the program."""
    for tool in ("Xvfb", "xdotool"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x900x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            environment = app.environment | {"DISPLAY": f":{pipe.readline().strip()}"}
        process = subprocess.Popen(
            [sys.executable, APP, "--source", "demo", "--output", "auto", "--output", "a.png"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        tool = ["timeout", "60", "xdotool"]
        name = "Emoji camera"
        found = subprocess.run([*tool, "search", "--sync", "--onlyvisible", "--name", name], env=environment)
        assert found.returncode == 0
        time.sleep(1.0)
        subprocess.run([*tool, "search", "--name", name, "windowfocus"], env=environment, check=True)
        for key in ("f", "h", "m", "g", "n", "space"):
            subprocess.run([*tool, "key", key], env=environment, check=True)
            time.sleep(0.2)
        time.sleep(9)  # paused, so the demo's ten seconds do not go by
        assert process.poll() is None
        if shutil.which("import"):  # ImageMagick's, for a look at the window
            subprocess.run(["import", "-window", "root", tmp_path / "window.png"], env=environment)
        subprocess.run([*tool, "key", "q"], env=environment, check=True)
        out, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (0, "")
        assert 10 < int(re.search(r"(\d+) processed", out)[1]) < 300
        assert (tmp_path / "a.png").exists()
    finally:
        server.terminate()
        server.wait()
