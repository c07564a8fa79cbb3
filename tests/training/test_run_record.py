"""What run.json says of a run while it goes, and when it is finished, stopped, failed or killed."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("tqdm", reason="training/requirements.txt is not installed")

from realtime.errors import InputError, OutputError
from training import run_record
from training.metrics import ScoreRow
from training.run_record import NAME, RunWriter, read, recorded

ROOT = Path(__file__).parents[2]
SCORE = ScoreRow(
    name="fer",
    title="fer head, FER labels",
    pictures=35,
    accuracy=0.7,
    interval=(0.6, 0.8),
    balanced_accuracy=0.65,
    calibration_error=0.02,
    recalls={"happy": 0.9, "sad": 0.4},
    slices={"age 20 to 29": (120, 0.8)},
)


def test_a_record_follows_its_run(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(run_record.time, "monotonic", lambda: now[0])
    writer = RunWriter(tmp_path, {"epochs": 2, "data": "fer"})
    record = read(tmp_path)
    assert (record.state, record.pid, record.settings) == ("running", os.getpid(), {"epochs": 2, "data": "fer"})
    assert abs(record.updated_s - time.time()) < 60
    writer.doing("reading the data", {"epochs": 2, "data": "fer", "seed": 1})
    assert read(tmp_path).settings["seed"] == 1
    assert read(tmp_path).progress.doing == "reading the data"
    now[0] += 5
    writer.step(1, 2, 5, 10)
    assert read(tmp_path).progress == run_record.Progress(1, 2, 5, 10, 0.25, None, "training")
    now[0] += 10
    writer.step(1, 2, 10, 10)
    progress = read(tmp_path / NAME).progress
    assert (progress.done, progress.left_s) == (0.5, pytest.approx(20))
    writer.epoch([{"epoch": 1, "train_loss": math.nan, "valid_fer_accuracy": 0.5}], 2)
    assert read(tmp_path).history == [{"epoch": 1, "valid_fer_accuracy": 0.5}]
    writer.finished([SCORE])
    record = read(tmp_path)
    assert (record.state, record.scores) == ("finished", [SCORE])
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert json.loads((tmp_path / NAME).read_text())["version"] == 1


def test_nobody_is_told_that_training_is_over_in_no_time_while_the_model_is_tried_and_written(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(run_record.time, "monotonic", lambda: now[0])
    writer = RunWriter(tmp_path, {})
    for step in range(1, 5):
        now[0] += 1
        writer.step(1, 1, step, 4)
    assert read(tmp_path).progress == run_record.Progress(1, 1, 4, 4, 1.0, None, run_record.VALIDATING)
    writer.epoch([{"epoch": 1}], 1)
    assert (read(tmp_path).progress.doing, read(tmp_path).progress.left_s) == ("drawing the curves", None)


def test_the_loss_of_every_step_is_kept_in_few_points(tmp_path):
    writer = RunWriter(tmp_path, {})
    for epoch in (1, 2):
        for step in range(1, 1001):
            writer.step(epoch, 2, step, 1000, 3.0 - epoch - step / 1000)
    losses = read(tmp_path).losses
    assert 100 < len(losses) <= 400
    assert [at for at, _ in losses] == sorted(at for at, _ in losses)
    for at, loss in losses:
        assert loss == pytest.approx(2.0 - at, abs=0.02)
    # A run that goes on from the middle of its second epoch tells of the rest anew.
    again = RunWriter(tmp_path, {}, read(tmp_path))
    again.step(2, 2, 500, 1000, 9.0)
    losses = again.record.losses
    assert losses[-1] == (1.5, 9.0)
    assert losses[-2][0] < 1.5
    again.step(2, 2, 501, 1000, math.nan)
    assert again.record.losses == losses


def test_a_record_of_before_that_knew_no_losses_is_read(tmp_path):
    RunWriter(tmp_path, {})
    about = json.loads((tmp_path / NAME).read_text())
    del about["losses"]
    (tmp_path / NAME).write_text(json.dumps(about))
    assert read(tmp_path).losses == ()


def test_steps_are_written_once_a_second(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(run_record.time, "monotonic", lambda: now[0])
    writer = RunWriter(tmp_path, {})
    seen = set()
    for step in range(1, 101):
        now[0] += 0.1
        writer.step(1, 1, step, 100)
        seen.add(read(tmp_path).progress.step)
    assert 8 <= len(seen) <= 12
    assert writer.record.progress.step == 100


@pytest.mark.parametrize(
    ("error", "state", "problem"),
    [
        (KeyboardInterrupt(), "stopped", ""),
        (InputError("It is broken.", "Get it anew."), "failed", "It is broken. Get it anew."),
        (RuntimeError("odd"), "failed", "RuntimeError: odd"),
    ],
)
def test_what_ends_a_run_is_recorded_and_goes_through(tmp_path, error, state, problem):
    writer = RunWriter(tmp_path, {})
    with pytest.raises(type(error)), recorded(writer):
        raise error
    record = read(tmp_path)
    assert (record.state, record.problem) == (state, problem)


def test_a_killed_run_stays_running_and_its_process_is_gone(tmp_path):
    code = (
        "import os, sys, signal; from pathlib import Path; from training.run_record import RunWriter, recorded\n"
        "writer = RunWriter(Path(sys.argv[1]), {})\n"
        "with recorded(writer):\n"
        "    writer.doing('training')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=ROOT)
    assert done.returncode == -9
    record = read(tmp_path)
    assert (record.state, record.progress.doing) == ("running", "training")
    with pytest.raises(ProcessLookupError):
        os.kill(record.pid, 0)


def test_a_resumed_run_keeps_what_was_known(tmp_path):
    first = RunWriter(tmp_path, {})
    first.epoch([{"epoch": 1, "train_loss": 2.0}], 2)
    first.stopped()
    RunWriter(tmp_path, {"epochs": 2}, read(tmp_path))
    record = read(tmp_path)
    assert (record.state, record.history, record.problem) == ("running", [{"epoch": 1, "train_loss": 2.0}], "")


def test_helper_processes_record_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    RunWriter(None, {}).finished([SCORE])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}", b'{"version": 2}', b'{"version": 1, "state": "running"}', None],
)
def test_a_record_that_can_not_be_read_is_none(tmp_path, content):
    assert read(tmp_path) is None
    if content is None:
        RunWriter(tmp_path, {}).finished([SCORE])
        content = (tmp_path / NAME).read_bytes().replace(b'"accuracy"', b'"precision"')
    (tmp_path / NAME).write_bytes(content)
    assert read(tmp_path) is None


def test_a_place_that_can_not_be_written_is_named(tmp_path):
    with pytest.raises(OutputError, match=r"run\.json can't be written"):
        RunWriter(tmp_path / "none", {})
