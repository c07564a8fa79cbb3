"""How sure the heads are, and their mixture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("lightning", reason="training/requirements.txt is not installed")

from training import calibrate  # noqa: E402
from training.calibrate import Answers  # noqa: E402
from training.datasets import load  # noqa: E402
from training.labels import VOTE_ORDER  # noqa: E402
from training.metrics import accuracies, recalls  # noqa: E402
from training.model import ExpressionNet, ModelConfig  # noqa: E402


def test_temperatures_make_the_heads_as_sure_as_they_are_right():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 4000)
    logits = torch.from_numpy(rng.normal(0, 1, (4000, 3)) + 1.5 * np.eye(3)[labels]).float() * 1.5
    for factor in (0.3, 1.0, 3.0):
        assert calibrate.temperature(logits * factor, labels) == pytest.approx(factor, rel=0.1)
    assert calibrate.temperature(logits, np.full(4000, -1)) == 1.0


def _answers(rng, count, noise, plus_noise, prior):
    """Return labels and what two heads of this noise say of them, which know how often each class comes."""
    labels = rng.choice(7, count, p=prior)
    fer = rng.normal(0, noise, (count, 7)) + 2.5 * np.eye(7)[labels] + np.log(prior)
    ferplus = np.full((count, 8), -9.0)
    ferplus[:, list(VOTE_ORDER)] = rng.normal(0, plus_noise, (count, 7)) + 2.5 * np.eye(7)[labels] + np.log(prior)
    return Answers(torch.from_numpy(fer).float().softmax(1), torch.from_numpy(ferplus).float().softmax(1), labels)


PRIOR = np.array([0.1, 0.02, 0.04, 0.3, 0.12, 0.12, 0.3])


def _votes(labels):
    votes = np.zeros((len(labels), 8), np.float32)
    votes[np.arange(len(labels)), np.array(VOTE_ORDER)[labels]] = 1
    return votes


def test_the_mixture_is_better_than_either_head():
    rng = np.random.default_rng(0)
    one = _answers(rng, 4000, 1.4, 1.2, PRIOR)
    mixture = calibrate.choose_mixture([one], _votes(one.labels))
    new = _answers(rng, 4000, 1.4, 1.2, PRIOR)
    mixed = mixture(new.fer, new.ferplus)
    balanced = [accuracies(answers, new.labels)[1] for answers in (mixed.argmax(1).numpy(), new.fer.argmax(1).numpy())]
    assert balanced[0] > balanced[1] + 0.05
    # As sure as it is right.
    right = mixed.argmax(1).numpy() == new.labels
    assert float(mixed.max(1).values.mean()) == pytest.approx(right.mean(), abs=0.03)


def test_rare_classes_are_within_reach_of_the_mixture():
    """Heads that hardly ever dare a rare class get weights with which it does."""
    rng = np.random.default_rng(1)
    one = _answers(rng, 4000, 1.4, 1.4, PRIOR)
    mixture = calibrate.choose_mixture([one], _votes(one.labels))
    new = _answers(rng, 4000, 1.4, 1.4, PRIOR)
    before = recalls(new.fer.argmax(1).numpy(), new.labels)
    after = recalls(mixture(new.fer, new.ferplus).argmax(1).numpy(), new.labels)
    assert min(after) > min(before) + 0.1


def test_natural_faces_have_a_say_in_the_mixture():
    """A class that the heads underrate on them is weighted up."""
    rng = np.random.default_rng(2)
    one = _answers(rng, 3000, 1.2, 1.2, PRIOR)
    natural = _answers(rng, 3000, 1.2, 1.2, np.full(7, 1 / 7))
    shy = natural.fer.clone()
    shy[:, 5] *= 0.2
    natural = Answers(shy / shy.sum(1, keepdim=True), natural.ferplus, natural.labels)
    alone = calibrate.choose_mixture([one], _votes(one.labels))
    both = calibrate.choose_mixture([one, natural], _votes(one.labels))
    assert both.class_weights[5] > alone.class_weights[5]


def test_without_votes_the_emotion_output_is_made_of_the_fer_head(fer_folder):
    faces = load(fer_folder).split("valid")
    faces = replace(faces, votes=np.zeros_like(faces.votes))
    temperatures, mixture = calibrate.calibrate(ExpressionNet(ModelConfig()), {"fer": faces})
    assert mixture.fer_weight == 1.0
    assert (temperatures["ferplus"], temperatures["gender"]) == (1.0, 1.0)
