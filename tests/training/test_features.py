"""Giving older models the output by which a face is taught."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")

from realtime.faces.classifier import FEATURES, HEADS, Classifier
from training import features


@pytest.fixture
def older(shipped_model, tmp_path):
    """The shipped model as it was before it gave features."""
    loaded = onnx.utils.Extractor(onnx.load(str(shipped_model))).extract_model(["faces"], list(HEADS))
    loaded.metadata_props.extend(onnx.load(str(shipped_model)).metadata_props)
    onnx.save(loaded, str(tmp_path / "older.onnx"))
    return tmp_path / "older.onnx"


def test_an_older_model_is_given_features_and_answers_as_before(older, shipped_model, capsys):
    patches = np.random.default_rng(3).integers(0, 256, (9, 1, 48, 48), np.uint8)
    before = Classifier(older).run(patches)
    assert features.main([str(older)]) == 0
    assert "has the output 'features' now" in capsys.readouterr().out
    after = Classifier(older).run(patches, (*HEADS, FEATURES))
    assert all(np.array_equal(before[head], after[head]) for head in HEADS)
    assert np.array_equal(after[FEATURES], Classifier(shipped_model).run(patches, (FEATURES,))[FEATURES])
    assert json.loads(Classifier(older).metadata["command"]).endswith("python -m training.features older.onnx")


def test_a_model_that_has_them_stays_as_it_is(older, capsys):
    features.main([str(older)])
    content = older.read_bytes()
    assert features.main([str(older)]) == 0
    assert "has it already" in capsys.readouterr().out
    assert older.read_bytes() == content


def test_what_is_no_network_of_ours_is_refused(older, tmp_path, capsys):
    loaded = onnx.load(str(older))
    for node in loaded.graph.node:
        node.input[:] = ["other" if name == "net.gender.weight" else name for name in node.input]
    for value in loaded.graph.initializer:
        value.name = value.name.replace("net.gender.weight", "other")
    onnx.save(loaded, str(older))
    assert features.main([str(older)]) != 0
    assert "do not show what they are made of" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["older.onnx"]
    assert features.main([str(tmp_path / "none.onnx")]) != 0
