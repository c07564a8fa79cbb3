"""Models that teach the next one."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("lightning", reason="training/requirements.txt is not installed")

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


def test_a_teacher_that_is_none_is_named(fer_folder, gender_folder, tmp_path, capsys):
    assert run(fer_folder, gender_folder, tmp_path, 1, "--teachers", str(tmp_path / "none.onnx")) == 6
    assert "none.onnx can't be read" in capsys.readouterr().err
