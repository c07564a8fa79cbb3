"""Scoring a model from the command line."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("lightning", reason="training/requirements.txt is not installed")

from realtime.faces.classifier import Classifier
from training import evaluate, run_record
from training.metrics import scores_in
from training.model_file import read_metadata, set_metadata

ROOT = Path(__file__).parents[2]


def test_evaluation_prints_scores_and_writes_card_and_pictures(trained, fer_folder, gender_folder, tmp_path, capsys):
    card = tmp_path / "README.md"
    model = tmp_path / "face_expression.onnx"
    about = read_metadata(trained / model.name)
    shutil.copy(trained / model.name, model)
    set_metadata(model, {key: value for key, value in about.items() if key != "scores"})
    assert scores_in(Classifier(model).metadata) == []
    paths = [str(fer_folder), str(gender_folder)]
    assert evaluate.main([str(model), *paths, "--card", str(card), "--pictures", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    for title in ("fer head, FER labels (35 pictures)", "ferplus head", "gender head", "ms per face"):
        assert title in out
    assert scores_in(Classifier(model).metadata) == run_record.read(trained).scores
    text = card.read_text()
    assert "Model card" in text
    assert "AI Act" in text
    assert "--epochs 2" in text
    names = {path.name for path in tmp_path.glob("*.png")}
    for kind in ("confusion", "recall", "reliability", "mistakes"):
        assert {f"{score}_{kind}.png" for score in ("fer", "ferplus", "emotion", "gender")} <= names
    assert evaluate.main([str(model), str(fer_folder), "--split", "test"]) == 6


def test_what_native_libraries_have_to_say_is_kept_from_the_user():
    code = (
        "import os, sys; from training import evaluate\n"
        "evaluate._evaluate = lambda args: (os.write(2, b'chatter'), print('ours', file=sys.stderr))\n"
        "sys.exit(evaluate.main(['m.onnx', 'set']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "ours\n")
