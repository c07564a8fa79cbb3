"""What is done with runs that are there."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from realtime.errors import UsageError
from tests.training.studio.files import run_folder
from training import run_record
from training.studio.work import kept_runs, processes, runs
from training.studio.work.runs import Settings


def test_the_settings_of_a_run_can_be_taken_again(places):
    settings = Settings(data="/faces", gender_data="/genders", model="small", epochs=7, batch_size=28, seed=3)
    run_folder(places, "begun", pid=0, arguments=settings.arguments())
    assert kept_runs.settings_of(runs.read(places.run("begun"))) == settings
    folder = run_folder(places, "recorded")
    told = {"data": "/faces", "ferplus": "/votes", "model": "small", "epochs": 7, "teacher_files": ["/t.onnx"]}
    run_record.RunWriter(folder, told)
    taken = kept_runs.settings_of(runs.read(folder))
    assert taken == Settings(data="/faces", ferplus="/votes", model="small", epochs=7, teachers=("/t.onnx",))


def test_settings_that_were_tampered_with_are_left_out(places):
    folder = run_folder(places, pid=0, arguments="--data=x")
    run_record.RunWriter(folder, {"model": "huge", "epochs": "many", "seed": -1, "labels": ["fer"], "teacher_files": 3})
    assert kept_runs.settings_of(runs.read(folder)) == Settings()


def test_notes_are_kept_with_the_run(places):
    run = runs.read(run_folder(places, pid=0))
    assert kept_runs.note(run) == ""
    kept_runs.set_note(run, "  with glasses\n")
    assert kept_runs.note(run) == "with glasses"


def test_a_run_is_deleted_unless_it_is_alive(places):
    alive = run_folder(places, "alive", pid=os.getpid(), identity=processes.identity(os.getpid()))
    with pytest.raises(UsageError, match="has not ended"):
        kept_runs.delete(runs.read(alive))
    ended = run_folder(places, "ended", pid=0)
    kept_runs.delete(runs.read(ended))
    assert alive.is_dir()
    assert not ended.exists()
