"""Scoring a model from the command line."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("lightning", reason="training/requirements.txt is not installed")

from training import evaluate


def test_evaluation_prints_scores_and_writes_card_and_pictures(trained, fer_folder, gender_folder, tmp_path, capsys):
    model, card = trained / "face_expression.onnx", tmp_path / "README.md"
    paths = [str(fer_folder), str(gender_folder)]
    assert evaluate.main([str(model), *paths, "--card", str(card), "--pictures", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    for title in ("fer head, FER labels (35 pictures)", "ferplus head", "gender head", "ms per face"):
        assert title in out
    text = card.read_text()
    assert "Model card" in text
    assert "AI Act" in text
    assert "--epochs 2" in text
    names = {path.name for path in tmp_path.glob("*.png")}
    for kind in ("confusion", "recall", "reliability", "mistakes"):
        assert {f"{score}_{kind}.png" for score in ("fer", "ferplus", "emotion", "gender")} <= names
    assert evaluate.main([str(model), str(fer_folder), "--split", "test"]) == 6
