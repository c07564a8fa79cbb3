"""Every score."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

pytest.importorskip("tqdm", reason="training/requirements.txt is not installed")

from realtime.faces.classifier import Classifier
from training import metrics
from training.datasets import FER_FRAMING, LabelledFaces


def test_scores_are_computed_right():
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])

    def score_of(*labels, **traits):
        faces = LabelledFaces(("a", "b"), [], FER_FRAMING, np.zeros(0), np.zeros((0, 8)), np.zeros(0), traits)
        return metrics.Score("t", "t", ("a", "b"), faces, probabilities, np.array(labels))

    score = score_of(0, 0, 1, 1)
    assert score.confusion.tolist() == [[2, 0], [1, 1]]
    assert (score.accuracy, score.balanced_accuracy, score.recalls) == (0.75, 0.75, {"a": 1.0, "b": 0.5})
    assert score.calibration_error == pytest.approx((0.1 + 0.2 + 0.3 + 0.6) / 4)
    low, high = score.interval
    assert low == pytest.approx(0.3006, abs=1e-3)
    assert high == pytest.approx(0.9544, abs=1e-3)
    assert score_of(0, -1, -1, -1).count == 1
    assert score_of(-1, -1, 1, -1).recalls == {"b": 1.0}
    assert score.slices == {}
    many = replace(
        score_of(*[0, 1] * 200, age=np.array(["25", "61"] * 200), race=np.array(["", "x"] * 200)),
        probabilities=np.tile([[0.9, 0.1]], (400, 1)),
    )
    assert many.slices == {"age 20 to 29": (200, 1.0), "age 60 and over": (200, 0.0), "race x": (200, 0.0)}


def test_scores_outlive_their_being_written(shipped_model):
    faces = LabelledFaces(("a", "b"), [], FER_FRAMING, np.zeros(0), np.zeros((0, 8)), np.zeros(0), {})
    score = metrics.Score("t", "T, labels", ("a", "b"), faces, np.array([[0.9, 0.1], [0.8, 0.2]]), np.array([0, 1]))
    row = score.row()
    assert row.cells() == ("2", "50.0 (9.5 to 90.5)", "50.0", "0.450")
    assert len(row.cells()) == len(metrics.SCORE_COLUMNS)
    assert metrics.scores_in({"scores": json.dumps([asdict(row)])}) == [row]
    for broken in ("", "{", "3", "[3]", "[{}]", "null"):
        assert metrics.scores_in({"scores": broken}) == []
    assert metrics.scores_in({}) == []
    shipped = {row.name: row for row in metrics.scores_in(Classifier(shipped_model).metadata)}
    assert {"fer", "ferplus", "emotion", "gender"} <= set(shipped)
    assert 0.7 < shipped["fer"].accuracy < 0.75
