"""What an answer rests on."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.faces.classifier import Classifier
from realtime.records import EMOTIONS
from training.occlusion import drawn, occlusion


class _Eye:
    """A classifier that finds happiness in the brightness of the upper left corner."""

    def run(self, patches, outputs):
        share = patches[:, 0, :12, :12].mean((1, 2)) / 255
        answers = np.zeros((len(patches), len(EMOTIONS)), np.float32)
        answers[:, EMOTIONS.index("happy")] = share
        return {"emotion": answers}


def test_what_matters_is_where_the_network_looks():
    patch = np.zeros((48, 48), np.uint8)
    patch[:12, :12] = 255
    lost = occlusion(_Eye(), patch, "happy")
    assert lost.shape == (48, 48)
    assert lost[:12, :12].mean() > 5 * abs(lost[24:, 24:]).max() + 0.1
    picture = drawn(patch, lost)
    assert (picture.shape, picture.dtype) == ((240, 240, 3), np.uint8)


@pytest.mark.model
def test_the_shipped_model_can_be_asked(shipped_model):
    patch = np.random.default_rng(0).integers(0, 255, (48, 48), np.uint8)
    lost = occlusion(Classifier(shipped_model), patch, "happy")
    assert np.isfinite(lost).all()
    assert lost.std() > 0
