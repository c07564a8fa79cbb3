"""Making the `emotion` output of a model file anew, on natural faces too."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("lightning", reason="training/requirements.txt is not installed")

from realtime.faces.classifier import FEATURES, HEADS, Classifier  # noqa: E402
from training import evaluate, mix  # noqa: E402
from training.model import Mixture  # noqa: E402


@pytest.fixture
def model(shipped_model, tmp_path):
    return shutil.copy(shipped_model, tmp_path / "model.onnx")


def test_a_file_is_mixed_as_the_mixture_says(model, fer_folder):
    patches = np.random.default_rng(0).integers(0, 256, (9, 1, 48, 48), dtype=np.uint8)
    before = Classifier(model).run(patches, (*HEADS, FEATURES))
    mixture = mix.mix(model, fer_folder)
    after = Classifier(model).run(patches, (*HEADS, FEATURES))
    for head in ("fer", "ferplus", "gender", FEATURES):
        assert np.array_equal(before[head], after[head])
    expected = mixture(torch.from_numpy(after["fer"]), torch.from_numpy(after["ferplus"]))
    assert np.abs(expected.numpy() - after["emotion"]).max() < 1e-4


def test_a_file_can_be_mixed_again_and_tells_how_it_was(model, fer_folder):
    one, again = mix.mix(model, fer_folder), mix.mix(model, fer_folder)
    assert one == again
    about = Classifier(model).metadata
    assert (
        Mixture(**{k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(about["mixture"]).items()}) == one
    )
    assert json.loads(about["command"]).count("training.mix") == 1
    assert "scores" not in about


def test_the_command_line_uses_natural_faces(model, fer_folder, natural_folder, capsys):
    assert mix.main([str(model), str(fer_folder), "--natural", str(natural_folder)]) == 0
    told = capsys.readouterr().out
    assert "2 faces, 1 pictures without one" in told
    assert "classes weighted angry" in told
    assert mix.main([str(model), str(natural_folder / "none")]) != 0
    assert "does not exist" in capsys.readouterr().err


def test_natural_faces_are_scored_in_card_and_file(model, fer_folder, natural_folder, tmp_path):
    card = tmp_path / "card.md"
    assert evaluate.main([str(model), str(fer_folder), "--natural", str(natural_folder), "--card", str(card)]) == 0
    assert "| emotion output, natural faces | 2 |" in card.read_text()
    assert "emotion_natural" in Classifier(model).metadata["scores"]
