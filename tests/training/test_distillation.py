"""Models that teach the next one."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("lightning", reason="training/requirements.txt is not installed")

from realtime.errors import OutputError
from realtime.faces.classifier import Classifier
from tests.training.runs import run
from training import distillation
from training.datasets import load


def test_a_model_teaches_the_next(trained, fer_folder, gender_folder, tmp_path, undrawn):
    teacher = trained / "face_expression.onnx"
    faces = load(fer_folder).split("train")
    said = distillation.answers([teacher, teacher], faces)
    assert {head: values.shape for head, values in said.items()} == {
        "fer": (len(faces), 7),
        "ferplus": (len(faces), 8),
        "gender": (len(faces), 2),
    }
    assert all(np.allclose(values.sum(1), 1, atol=1e-3) for values in said.values())
    assert np.allclose(said["fer"], distillation.answers([teacher], faces)["fer"], atol=1e-6)
    assert run(fer_folder, gender_folder, tmp_path, 1, "--teachers", str(teacher)) == 0
    about = Classifier(tmp_path / "face_expression.onnx").metadata
    assert "--teachers face_expression.onnx" in about["command"]
    assert about["command"].count("python -m training.train") == 2  # the teacher's too


def test_answers_are_kept_for_the_same_question_only(trained, fer_folder, tmp_path, monkeypatch):
    teacher, faces, kept = trained / "face_expression.onnx", load(fer_folder).split("train"), tmp_path / "kept.npz"
    said = distillation.kept_answers([teacher], faces, kept)
    asked = []
    monkeypatch.setattr(distillation, "answers", lambda *question: asked.append(question) or said)
    again = distillation.kept_answers([teacher], faces, kept)
    assert not asked
    assert all(np.array_equal(again[head], said[head]) for head in said)
    distillation.kept_answers([teacher, teacher], faces, kept)
    distillation.kept_answers([teacher], faces, kept)
    kept.write_bytes(kept.read_bytes()[:1000])
    distillation.kept_answers([teacher], faces, kept)
    assert len(asked) == 3
    assert distillation.kept_answers([], faces, kept) == {}


def test_answers_that_can_not_be_kept_are_told(trained, fer_folder, tmp_path):
    faces = load(fer_folder).split("train")
    with pytest.raises(OutputError, match=r"answers.npz can't be written"):
        distillation.kept_answers([trained / "face_expression.onnx"], faces, tmp_path / "none" / "answers.npz")


def test_a_teacher_that_is_none_is_named(fer_folder, gender_folder, tmp_path, capsys):
    assert run(fer_folder, gender_folder, tmp_path, 1, "--teachers", str(tmp_path / "none.onnx")) == 6
    assert "none.onnx can't be read" in capsys.readouterr().err
