"""What the network is shown at each step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("lightning", reason="training/requirements.txt is not installed")

from realtime.records import Region  # noqa: E402
from training.augment import augmented_patch  # noqa: E402
from training.batches import Batches  # noqa: E402
from training.datasets import FER_FRAMING, load  # noqa: E402
from training.labels import LABELS  # noqa: E402


def _batches_of(faces, **changes):
    options = {"gender": None, "batch_size": 28, "gender_batch_size": 8, "labels": "mixed", "seed": 3}
    return Batches(faces, **(options | changes))


def test_batches_do_not_depend_on_where_an_epoch_is_entered(fer_folder, gender_folder):
    batches = _batches_of(load(fer_folder).split("train"), gender=load(gender_folder).split("train"))
    whole = list(batches.epoch(1))
    entered = list(batches.epoch(1, first_step=3))
    assert len(whole) == batches.steps == 5
    assert len(entered) == 2
    for one, other in zip(whole[3:], entered, strict=True):
        for name in ("faces", "fer", "votes", "gender"):
            assert torch.equal(getattr(one, name), getattr(other, name))
    assert whole[0].faces.shape == (36, 1, 48, 48)
    assert not torch.equal(whole[0].faces, next(iter(batches.epoch(2))).faces)


def test_the_batches_of_two_processes_make_up_that_of_one(fer_folder, gender_folder):
    faces, gender = load(fer_folder).split("train"), load(gender_folder).split("train")
    (whole, *_), (even, *_), (odd, *_) = (
        list(_batches_of(faces, gender=gender, rank=rank, world=world).epoch(0))
        for rank, world in ((0, 1), (0, 2), (1, 2))
    )
    for start, stop in ((0, 28), (28, 36)):
        middle = (start // 2, stop // 2)
        assert torch.equal(whole.faces[start:stop:2], even.faces[slice(*middle)])
        assert torch.equal(whole.faces[start + 1 : stop : 2], odd.faces[slice(*middle)])
    assert torch.equal(whole.fer[1::2], odd.fer)
    assert torch.equal(whole.gender[::2], even.gender)


@pytest.mark.parametrize("labels", LABELS)
def test_targets_of_the_votes(fer_folder, labels):
    faces = load(fer_folder).split("train")
    votes = np.zeros((len(faces), 8), np.float32)
    votes[:, :3] = (0.5, 0.4, 0.1)
    votes[0] = 0
    faces = replace(faces, votes=votes)
    targets = np.concatenate([b.votes.numpy() for e in range(6) for b in _batches_of(faces, labels=labels).epoch(e)])
    sums = targets.sum(1)
    assert ((np.abs(sums - 1) < 1e-6) | (sums == 0)).all()
    mean = targets[sums > 0].mean(0) if (sums > 0).any() else np.zeros(8)
    expected = {"fer": (0, 0, 0), "majority": (1, 0, 0), "multi": (0.5, 0.5, 0)}.get(labels, (0.5, 0.4, 0.1))
    assert mean[:3] == pytest.approx(expected, abs=0.06)


def test_augmentation_is_deterministic_and_keeps_the_face_in_view():
    image = np.zeros((48, 48), np.uint8)
    image[14:34, 14:34] = 255
    region = FER_FRAMING.region(image)
    assert region == Region((24, 24), 48)
    patches = [augmented_patch(image, region, np.random.default_rng(seed)) for seed in range(50)]
    assert all(p.shape == (48, 48) and p.dtype == np.uint8 for p in patches)
    assert np.array_equal(patches[7], augmented_patch(image, region, np.random.default_rng(7)))
    assert len({p.tobytes() for p in patches}) == 50
    mean = np.mean(patches, 0)
    assert mean[20:28, 20:28].mean() > mean[:6].mean() + 80
