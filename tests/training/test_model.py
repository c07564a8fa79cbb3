"""The network, and how its heads are mixed."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("lightning", reason="training/requirements.txt is not installed")

from realtime.records import EMOTIONS  # noqa: E402
from training.labels import FERPLUS, FERPLUS_TO_EMOTION, MODELS  # noqa: E402
from training.model import CONFIGS, ExpressionNet, Mixture, ModelConfig, standardise  # noqa: E402


def test_light_does_not_matter():
    face = torch.randint(40, 120, (2, 1, 48, 48), dtype=torch.uint8)
    brighter = (face * 1.5 + 30).to(torch.uint8)
    assert (standardise(face) - standardise(brighter)).abs().max() < 0.4
    assert standardise(torch.full((1, 1, 48, 48), 9, dtype=torch.uint8)).abs().max() == 0


def test_the_network_is_small():
    net = ExpressionNet(ModelConfig())
    assert sum(p.numel() for p in net.parameters()) <= 2.5e6
    assert {k: tuple(v.shape) for k, v in net(torch.zeros(3, 1, 48, 48, dtype=torch.uint8)).items()} == {
        "fer": (3, 7),
        "ferplus": (3, 8),
        "gender": (3, 2),
    }


def test_every_size_of_the_network_has_a_name():
    assert tuple(CONFIGS) == MODELS


def test_the_mixture_goes_by_name():
    fer = torch.full((1, 7), 1 / 7)
    for name, emotion in FERPLUS_TO_EMOTION.items():
        votes = torch.zeros(1, 8)
        votes[0, FERPLUS.index(name)] = 1
        mixed = Mixture(0.5)(fer, votes)
        assert EMOTIONS[int(mixed.argmax())] == emotion
        assert mixed.sum() == pytest.approx(1)
    rare = Mixture(1.0, (0.1, *[1.0] * 6))(fer, torch.full((1, 8), 1 / 8))
    assert mixed.shape == rare.shape
    assert rare[0, 0] == rare.min()
