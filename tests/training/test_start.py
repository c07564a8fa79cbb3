"""Runs that begin with the weights of an exported model."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training/requirements.txt is not installed")

from realtime.faces.classifier import Classifier  # noqa: E402
from realtime.shipped import SHIPPED_MODEL  # noqa: E402
from training.labels import HEADS  # noqa: E402
from training.model import CONFIGS, ExpressionNet, logits_of  # noqa: E402
from training.start import between, load_start  # noqa: E402

pytestmark = pytest.mark.model


def test_a_network_started_from_the_shipped_model_answers_as_it_does():
    rng = np.random.default_rng(0)
    patches = rng.integers(0, 256, (64, 1, 6, 6), np.uint8).repeat(8, 2).repeat(8, 3)
    net = ExpressionNet(CONFIGS["medium"])
    load_start(SHIPPED_MODEL, net, patches)
    started, shipped = logits_of(net, patches), Classifier(SHIPPED_MODEL).run(patches, HEADS)
    for head in HEADS:
        same = started[head].argmax(1).numpy() == shipped[head].argmax(1)
        assert same.mean() > 0.8, head  # all but what 8 bits round


def test_between_two_networks_lie_others():
    first, last = (ExpressionNet(CONFIGS["small"]) for _ in range(2))
    shares = {share: between(first, last, share).state_dict() for share in (0.0, 0.25, 1.0)}
    for name, value in last.state_dict().items():
        there = first.state_dict()[name]
        assert torch.allclose(shares[0.0][name].double(), value.double())
        if value.is_floating_point():
            assert torch.allclose(shares[0.25][name], 0.75 * value + 0.25 * there, atol=1e-6)
            assert torch.allclose(shares[1.0][name], there)
