"""The exported file."""

from __future__ import annotations

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("lightning", reason="training/requirements.txt is not installed")

from realtime.errors import AssetError  # noqa: E402
from realtime.faces.classifier import Classifier  # noqa: E402
from tests.training.runs import averaged  # noqa: E402
from training import export  # noqa: E402
from training.datasets import load  # noqa: E402
from training.model import ExpressionNet, ModelConfig  # noqa: E402


def test_the_file_keeps_the_contract_and_equals_the_network(trained, fer_folder):
    classifier = Classifier(trained / "face_expression.onnx")
    about = {key: json.loads(value) for key, value in classifier.metadata.items()}
    assert about["train_config"]["epochs"] == 2
    assert about["opset"] == export.OPSET
    assert "--epochs 2" in about["command"]
    net = averaged(trained / "last.ckpt")
    faces = load(fer_folder).split("valid").patches()
    with torch.inference_mode():
        logits = net.eval()(torch.from_numpy(faces))["fer"]
    expected = (logits / about["temperatures"]["fer"]).softmax(1).numpy()
    assert np.abs(classifier.run(faces)["fer"] - expected).max() < 1e-4
    with torch.inference_mode():
        features = torch.nn.functional.normalize(net.features(torch.from_numpy(faces))).numpy()
    assert np.abs(classifier.run(faces, ["features"])["features"] - features).max() < 1e-4


def test_a_file_that_differs_is_not_exported(fer_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "_difference", lambda *_: 0.1)
    with pytest.raises(AssetError, match="not exported"):
        export.export(ExpressionNet(ModelConfig()), {"fer": load(fer_folder).split("valid")}, tmp_path / "m.onnx", {})
    assert list(tmp_path.iterdir()) == []
