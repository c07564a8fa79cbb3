"""Work in a process of its own: looking at sets, preparing, scoring."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path

import cv2
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from realtime.records import EMOTIONS
from training.studio.work import worker
from training.studio.work.jobs import Job
from training.studio.work.places import Places


def _job(task: str, **request) -> Job:
    job = Job(task, **request)
    job.wait(90)
    return job


def _look(places: Places, path: object, ferplus: object = "") -> Job:
    sheet = places.shown / "sheet.png"
    return _job("look", path=str(path), ferplus=str(ferplus), uploads=str(places.uploads), contact_sheet=str(sheet))


def test_looking_at_a_set_tells_what_training_data_tells(places, face_folder):
    from training import datasets as data
    from training import findings
    from training.data import described

    job = _look(places, face_folder)
    face_set = data.load(face_folder)
    assert job.error == ""
    assert job.result["counts"] == findings.counts(face_set)
    assert job.result["findings"] == findings.findings(face_set)
    assert any("broken.jpg" in line for line in job.result["findings"])
    assert any("also in" in line for line in job.result["findings"])
    assert job.total == 157  # told on the way
    assert cv2.imread(str(places.shown / "sheet.png")) is not None
    assert described(face_set)[1].split() == ["train", *["16"] * 7, "112"]


def test_a_zip_can_be_looked_at(places, face_folder, tmp_path):
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", face_folder))
    job = _look(places, packed)
    assert job.error == ""
    assert Path(job.result["path"]).is_relative_to(places.uploads)


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("missing", None, "does not exist"),
        ("fer2013.csv", b"emotion,pixels,Usage\n3,1 2 3", "breaks off in row 1"),
        ("fer2013.csv", b"emotion,pixels\n3,1 2 3 4", "lacks the columns Usage"),
        ("fer2013.csv", b"emotion,pixels,Usage\n3,1 2 3 4,Elsewhere", "unknown split"),
        ("fer2013.csv", b"\xff\xfe\x00\x01" * 50, "no table"),
        ("fer2013.csv", b"", "lacks the columns"),
        ("fer2013.csv", b'emotion,pixels,Usage\n"' + b"9" * 200_000, "no table"),
        ("broken.zip", b"PK\x03\x04", "no .zip"),
        ("", None, "No place was given"),
    ],
)
def test_a_set_that_is_none_is_told_in_a_sentence(places, tmp_path, monkeypatch, capsys, name, content, word):
    path = tmp_path / name if name else ""
    if content is not None:
        path.write_bytes(content)
    request = {
        "task": "look",
        "path": str(path),
        "ferplus": "",
        "uploads": str(places.uploads),
        "contact_sheet": "none",
    }
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(request).encode())))
    assert worker.main() == 0  # here, not in a process of its own, which takes seconds to start
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert word in " ".join(told[-1]["error"])
    assert "Traceback" not in " ".join(told[-1]["error"])


def test_preparing_shows_faces_as_training_sees_them(places, face_folder):
    job = _job("prepare", path=str(face_folder), ferplus="", uploads=str(places.uploads))
    assert job.error == ""
    assert job.result["cut"] == {"train": 112, "valid": 43}
    assert len(job.result["remarks"]) == 2
    assert {face["class"] for face in job.result["faces"]} == set(EMOTIONS)
    names = [stage["name"] for stage in job.result["faces"][0]["stages"]]
    assert names == ["as it is", "cut", "varied", "varied", "varied", "normalised"]
    assert all(stage["size"] == "48x48" for stage in job.result["faces"][0]["stages"])


def test_models_are_scored_on_the_same_pictures(face_folder, shipped_model):
    both = {"one": str(shipped_model), "other": str(shipped_model)}
    job = _job("scores", path=str(face_folder), ferplus="", gender="", models=both)
    assert job.error == ""
    assert job.result["scores"]["one"] == job.result["scores"]["other"]
    assert job.result["scores"]["one"]["fer head, FER labels"][0] == "43"
    job = _job("scores", path=str(face_folder) + "gone", ferplus="", gender="", models=both)
    assert "does not exist" in job.error


def test_a_job_can_be_cancelled_and_may_die(places, face_folder):
    job = Job("prepare", path=str(face_folder), ferplus="", uploads=str(places.uploads))
    job.cancel()
    job.wait(30)
    assert (job.running, job.result, job.what) == (False, None, "Cancelled.")
    job = Job("prepare", path=str(face_folder), ferplus="", uploads=str(places.uploads))
    job._process.kill()  # as a machine without memory does
    job.wait(30)
    assert "ended before it was done" in job.error
    job = _job("look")
    assert "could not be read" in job.error
