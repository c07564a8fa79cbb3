"""Runs that begin with the weights of an exported model."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")

from realtime.faces.classifier import Classifier
from realtime.shipped import SHIPPED_MODEL
from training.labels import HEADS
from training.model import CONFIGS, ExpressionNet, logits_of
from training.start import load_start

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
