"""What changes over a run."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("lightning", reason="training/requirements.txt is not installed")

from training.schedule import learning_rate, resized, side_px  # noqa: E402
from training.train_config import TrainConfig  # noqa: E402


def test_patches_grow_over_a_run():
    config = TrainConfig(epochs=20)
    sides = [side_px(epoch, config) for epoch in range(20)]
    assert sides == sorted(sides)
    assert sides[0] < sides[-1] == 48
    faces = torch.randint(0, 255, (2, 1, 48, 48), dtype=torch.uint8)
    assert resized(faces, 48) is faces
    small = resized(faces, 32)
    assert small.shape == (2, 1, 32, 32)
    assert small.mean() == pytest.approx(faces.float().mean(), abs=3)


def test_the_schedule_warms_up_and_ends_at_nothing():
    config = TrainConfig(epochs=10)
    shares = [learning_rate(e, config) / config.lr for e in np.linspace(0, 10, 101)]
    assert shares[0] < 0.1
    assert max(shares) == pytest.approx(1, abs=0.02)
    assert shares[-1] == pytest.approx(0, abs=1e-6)
