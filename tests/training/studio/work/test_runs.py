"""Runs: their settings, and what their folders tell."""

from __future__ import annotations

import os
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from realtime.errors import UsageError
from tests.training.studio.files import files_under, run_folder
from tests.training.studio.running import until
from training import run_record
from training.studio.work import processes, runs
from training.studio.work.places import read_json, write_json
from training.studio.work.runs import PRESETS, Settings

LINE = "epoch 12/60:  47%|███▋      | 105/210 [00:28<00:30,  3.30it/s]"


# What may stand for a process in a file that was tampered with: its id, and when it was created.
STRANGE = [('"x"', "3"), ("-1", '"x"'), ("1", '"x"'), ("0", "1.0"), ("1", "[]"), ("true", "1.0"), ("1e99", "NaN")]


def test_the_presets_are_trainings_own():
    from training import model, train_config
    from training.labels import MODELS

    assert tuple(model.CONFIGS) == MODELS
    full = PRESETS["full"]
    args = train_config.parser("").parse_args([*replace(full, data="x").arguments(), "--output-dir=y"])
    default = train_config.parser("").parse_args(["--data=x"])
    chosen = ("model", "epochs", "batch_size", "seed", "labels", "teachers")
    assert {name: getattr(args, name) for name in chosen} == {name: getattr(default, name) for name in chosen}


def test_settings_become_arguments_that_are_no_options(tmp_path):
    from training import train_config

    settings = Settings(data="--help", gender_data="g", ferplus="f", model="small", epochs=2, teachers=("a", "b"))
    args = train_config.parser("").parse_args([*settings.arguments(), "--output-dir=y"])
    assert Path(args.data).name == "--help"
    assert [path.name for path in args.teachers] == ["a", "b"]
    assert Path(args.gender_data).is_absolute()
    assert args.epochs == 2


def test_half_a_run_can_be_read(places):
    folder = run_folder(places)
    for content in (b"", b"\0\0", b"epoch,train_loss\n1,2.5\n2,", b"epoch,train_loss\n1,2.5\n2,nan\nx,y", b"\xff\xfe"):
        (folder / "metrics.csv").write_bytes(content)
        assert runs.read_metrics(folder / "metrics.csv") == (
            [{"epoch": 1, "train_loss": 2.5}] if b"2.5" in content else []
        )
        for state in ("", "{", "[]", *(f'{{"pid": {pid}, "identity": {who}}}' for pid, who in STRANGE)):
            (folder / "studio.json").write_text(state)
            (folder / "log.txt").write_bytes(b"\xff\xfe broken \r epoch 1/0: | 1/2 [00:01<??,")
            assert runs.read(folder).state in ("failed", "foreign")
    assert [run.name for run in runs.all_runs(places)] == ["one"]
    assert runs.read(places.runs / "not there").state == "foreign"
    shutil.rmtree(places.runs)
    assert runs.all_runs(places) == []


def test_progress_comes_from_the_runs_record(places):
    folder = run_folder(places, pid=os.getpid(), identity=processes.identity(os.getpid()), started_s=1.0)
    assert runs.read(folder).progress is None
    writer = run_record.RunWriter(folder, {"epochs": 60})
    assert runs.read(folder).progress is None  # it reads the data
    writer.step(12, 60, 112, 224)
    progress = runs.read(folder).progress
    assert (progress.epoch, progress.epochs) == (12, 60)
    assert progress.done == pytest.approx(11.5 / 60)
    (folder / "run.json").write_text('{"version": 1, "sta')
    assert runs.read(folder).progress is None


def test_a_run_tells_what_it_does_and_since_when(places):
    folder = run_folder(places, pid=os.getpid(), identity=processes.identity(os.getpid()), started_s=1.0)
    writer = run_record.RunWriter(folder, {})
    writer.doing("reading the data")
    assert (runs.read(folder).doing, runs.read(folder).progress) == ("reading the data", None)
    writer.step(1, 1, 2, 2)
    assert runs.read(folder).doing == "validating"
    writer.epoch([{"epoch": 1, "valid_fer_accuracy": 0.5}], 1)
    writer.doing("exporting")
    run = runs.read(folder)
    assert run.doing == "exporting"
    assert run.progress.left_s is None  # nobody knows how long that takes
    assert 0 <= time.time() - run.since_s < 60


def test_the_words_of_an_earlier_attempt_are_not_taken_for_those_of_the_last(places):
    folder = run_folder(places)
    run_record.RunWriter(folder, {}).failed("The disk was full.")
    write_json(folder / "studio.json", {"pid": 0, "started_s": time.time() + 60})
    (folder / "log.txt").write_text("There is no checkpoint.\n")
    assert runs.read(folder).problem == "There is no checkpoint."


def test_another_process_with_the_number_of_a_run_is_not_taken_for_it(places):
    folder = run_folder(places, pid=os.getpid(), identity=1.0, started_s=1.0)
    (folder / "log.txt").write_text(f"{LINE}\nMemory is full.\n")
    run = runs.read(folder)
    assert (run.state, run.problem) == ("failed", "Memory is full.")
    runs.stop(run)  # must not stop the tests
    runs.pause(run)
    assert read_json(folder / "studio.json")["pid"] == os.getpid()


def test_a_run_of_before_is_finished_only_if_it_ended_after_it_began(places, shipped_model):
    folder = run_folder(places)
    shutil.copy(shipped_model, folder / "face_expression.onnx")
    (folder / "README.md").write_text("card")
    assert runs.read(folder).state == "finished"
    write_json(folder / "studio.json", {"pid": 0, "started_s": time.time() + 60, "stopping": True})
    assert runs.read(folder).state == "stopped"


@pytest.mark.parametrize(
    ("name", "settings", "word"),
    [
        ("../up", Settings(data="x"), "no name"),
        ("one", Settings(data=" "), "no data set"),
        ("one", Settings(data="x", model="huge"), "unknown"),
        ("one", Settings(data="x", epochs=0), "1 or more"),
        ("taken", Settings(data="x"), "already"),
    ],
)
def test_settings_that_can_not_be_are_refused_before_anything_is_made(places, name, settings, word):
    run_folder(places, "taken")
    with pytest.raises(UsageError, match=word):
        runs.start(places, name, settings)
    assert files_under(places.runs) == set()


def test_a_run_that_was_killed_goes_on(places, monkeypatch):
    folder = run_folder(places)
    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    pid = processes.start_apart(sleeping, folder / "log.txt")
    write_json(folder / "studio.json", {"pid": pid, "identity": processes.identity(pid), "arguments": ["--data=x"]})
    assert (runs.read(folder).state, runs.read(folder).progress) == ("running", None)  # there is no run.json yet
    run_record.RunWriter(folder, {}).step(1, 3, 1, 2)
    processes.stop(pid, at_once=True)
    until(lambda: runs.read(folder).state != "running")
    (folder / "log.txt").write_text("Litlogger: try a free account of our cloud\n")
    killed = runs.read(folder)
    assert "ended from outside while it was training" in killed.problem  # and no library's chatter
    assert "Nothing was saved yet" in killed.problem
    (folder / "last.ckpt").write_bytes(b"")
    assert "'Go on' continues" in runs.read(folder).problem
    (folder / "last.ckpt").unlink()
    assert run_record.read(folder).state == "running"  # nobody was left to write anything else
    assert killed.state == "failed"
    start = processes.start_apart
    monkeypatch.setattr(processes, "start_apart", lambda command, log: start(sleeping, log))
    again = runs.go_on(killed)
    assert again.state == "running"
    assert "--data=x" in again.started["command"]
    runs.stop(runs.stop(again))
    until(lambda: not runs.read(folder).alive)
