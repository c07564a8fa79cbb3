"""The 8-bit form of a model."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("lightning", reason="training/requirements.txt is not installed")

from realtime.faces.classifier import Classifier
from tests.training.runs import averaged
from training import export, quantise
from training.datasets import load


def _valid(fer_folder, gender_folder):
    return {"fer": load(fer_folder).split("valid"), "gender": load(gender_folder).split("valid")}


@pytest.mark.parametrize(
    ("losses", "speed", "kept"), [((0.002, 0), 0.5, True), ((0.004, 0), 0.5, False), ((0, 0), 1.0, False)]
)
def test_eight_bits_are_kept_only_if_they_pay(
    trained, fer_folder, gender_folder, tmp_path, monkeypatch, losses, speed, kept
):
    path = tmp_path / "m.onnx"
    export.export(averaged(trained / "last.ckpt"), _valid(fer_folder, gender_folder), path, {"seed": 5})
    float_bytes = path.read_bytes()
    figures = iter([{"fer": 0.7, "gender": 0.9}, {"fer": 0.7 - losses[0], "gender": 0.9 - losses[1]}])
    monkeypatch.setattr(quantise, "_accuracies", lambda *_: next(figures))
    monkeypatch.setattr(quantise, "_time_ratio", lambda *_: speed)
    said = quantise.quantise(path, load(fer_folder).split("train"), _valid(fer_folder, gender_folder))
    assert said.startswith("8-bit model" if kept else "Kept the float model")
    assert (path.read_bytes() != float_bytes) == kept
    assert [p.name for p in tmp_path.iterdir()] == ["m.onnx"]
    about = Classifier(path).metadata
    assert {key: json.loads(value) for key, value in about.items()}["seed"] == 5
    assert ("int8" in about) == kept


def test_an_eight_bit_model_answers_much_like_the_float_one(trained, fer_folder, gender_folder, tmp_path):
    path, valid = tmp_path / "m.onnx", _valid(fer_folder, gender_folder)
    export.export(averaged(trained / "last.ckpt"), valid, path, {})
    faces = load(fer_folder).split("train").patches()
    before = Classifier(path).run(faces)["gender"]
    quantise._write_int8(path, tmp_path / "q.onnx", faces)
    after = Classifier(tmp_path / "q.onnx").run(faces)["gender"]
    assert 0 < np.abs(before - after).max() < 0.1
    assert Classifier(tmp_path / "q.onnx", features=True).predict([faces[0, 0]])[0].features is not None
    assert (tmp_path / "q.onnx").stat().st_size < 0.4 * path.stat().st_size
