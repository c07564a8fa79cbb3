"""A gender head that is fitted anew, even within each expression."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")

from realtime.faces.classifier import FEATURES, Classifier
from realtime.records import EMOTIONS
from training import gender_head
from training.gender_head import even_weights, fit
from training.model_file import read_metadata

HAPPY, ANGRY = EMOTIONS.index("happy"), EMOTIONS.index("angry")


def test_women_and_men_count_equally_within_each_expression():
    expressions = np.repeat([HAPPY, ANGRY], [1000, 500])
    labels = np.repeat([0, 1, 0, 1], [600, 400, 100, 400])
    weights = even_weights(expressions, labels)
    assert weights.mean() == pytest.approx(1)
    for shown, share in ((expressions == HAPPY, 2 / 3), (expressions == ANGRY, 1 / 3)):
        women, men = (weights[shown & (labels == gender)].sum() for gender in (0, 1))
        assert women == pytest.approx(men)
        assert (women + men) / weights.sum() == pytest.approx(share)  # an expression counts as much as it did


def test_a_few_faces_do_not_count_for_everything():
    weights = even_weights(np.full(1000, ANGRY), np.repeat([0, 1], [3, 997]))
    assert weights[:3].sum() < 0.15 * weights[3:].sum()


def test_an_expression_that_goes_with_a_gender_is_taken_for_none():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 4000)
    angry = rng.random(4000) < np.where(labels == 0, 0.05, 0.5)
    features = np.column_stack([rng.normal(labels, 1), angry]).astype(np.float32)
    usual, _ = fit(features, labels, np.ones(4000))
    even, constant = fit(features, labels, even_weights(np.where(angry, ANGRY, HAPPY), labels))
    assert usual[1] < -1  # being angry counts as being a man
    assert abs(even[1]) < 0.2
    assert ((features @ even + constant > 0) == (labels == 0)).mean() > 0.65


def test_the_head_is_written_and_nothing_else_changes(shipped_model, gender_folder, tmp_path, capsys):
    model = tmp_path / "model.onnx"
    shutil.copy(shipped_model, model)
    patches = np.random.default_rng(0).integers(0, 256, (3, 1, 48, 48), dtype=np.uint8)
    before = Classifier(model, features=True).run(patches, ("emotion", "fer", "ferplus", "gender", FEATURES))
    assert gender_head.main([str(model), str(gender_folder)]) == 0
    assert model.read_bytes() == shipped_model.read_bytes()
    assert gender_head.main([str(model), str(gender_folder), "--write"]) == 0
    assert "read rightly, women / men" in capsys.readouterr().out
    after = Classifier(model, features=True).run(patches, tuple(before))
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed == {"gender"}
    assert read_metadata(model)["command"].endswith("python -m training.gender_head model.onnx UTKFACE --write")


def test_a_head_that_is_fitted_tells_the_set_apart(shipped_model, gender_folder, tmp_path):
    from training.datasets import load

    model = tmp_path / "model.onnx"
    shutil.copy(shipped_model, model)
    assert gender_head.main([str(model), str(gender_folder), "--write"]) == 0
    valid = load(gender_folder).split("valid")
    said = Classifier(model).run(valid.patches(), ("gender",))["gender"]
    assert (said.argmax(1) == valid.labels).mean() > 0.9  # its "women" are dark on the right, and its "men" light


def test_other_sets_and_other_models_are_refused(shipped_model, fer_folder, gender_folder, tmp_path, capsys):
    assert gender_head.main([str(shipped_model), str(fer_folder)]) == 6
    assert "does not hold women and men" in capsys.readouterr().err
    (tmp_path / "none.onnx").write_bytes(b"none")
    assert gender_head.main([str(tmp_path / "none.onnx"), str(gender_folder)]) != 0
    assert "none.onnx" in capsys.readouterr().err
