"""How sure the heads are, and their mixture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("lightning", reason="training/requirements.txt is not installed")

from training import calibrate  # noqa: E402
from training.datasets import load  # noqa: E402
from training.metrics import recalls  # noqa: E402
from training.model import ExpressionNet, ModelConfig  # noqa: E402


def test_temperatures_make_the_heads_as_sure_as_they_are_right():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 4000)
    logits = torch.from_numpy(rng.normal(0, 1, (4000, 3)) + 1.5 * np.eye(3)[labels]).float() * 1.5
    for factor in (0.3, 1.0, 3.0):
        assert calibrate.temperature(logits * factor, labels) == pytest.approx(factor, rel=0.1)
    assert calibrate.temperature(logits, np.full(4000, -1)) == 1.0


def test_every_emotion_is_within_reach_of_the_mixture(fer_folder):
    """A head that hardly ever dares a rare class gets weights with which it does."""
    faces = load(fer_folder).split("valid")
    count = 2000
    rng = np.random.default_rng(0)
    labels = rng.choice(7, count, p=(0.3, 0.02, 0.05, 0.2, 0.2, 0.03, 0.2))
    logits = rng.normal(0, 1, (count, 7)) + 1.6 * np.eye(7)[labels] + np.log([0.3, 0.02, 0.05, 0.2, 0.2, 0.03, 0.2])
    fer = torch.from_numpy(logits).float().softmax(1)
    many = replace(faces, labels=labels, votes=np.zeros((count, 8), np.float32))
    mixture = calibrate.choose_mixture(fer, torch.full((count, 8), 1 / 8), many)
    before = recalls(fer.argmax(1).numpy(), labels)
    after = recalls(mixture(fer, torch.full((count, 8), 1 / 8)).argmax(1).numpy(), labels)
    assert min(before) < 0.4
    assert min(after) >= 0.5


def test_without_votes_the_emotion_output_is_made_of_the_fer_head(fer_folder):
    faces = load(fer_folder).split("valid")
    faces = replace(faces, votes=np.zeros_like(faces.votes))
    temperatures, mixture = calibrate.calibrate(ExpressionNet(ModelConfig()), {"fer": faces})
    assert mixture.fer_weight == 1.0
    assert (temperatures["ferplus"], temperatures["gender"]) == (1.0, 1.0)
