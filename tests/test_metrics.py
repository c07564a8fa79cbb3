"""What is told of a face besides its emotion: the sums, and that real faces get what is seen on them."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.faces.landmarks import Landmarker
from realtime.metrics import METRICS, PARTS, expressiveness, lines_of, metrics_of, parts_of, valence
from realtime.records import EMOTIONS, Frame, Reading
from tests.fakes import face, movement, prediction


def _emotions(**shares: float) -> np.ndarray:
    return np.array([shares.get(name, 0.0) for name in EMOTIONS])


@pytest.mark.parametrize(
    ("shown", "pleasant", "expressive"),
    [
        ({"happy": 1.0}, 1.0, 1.0),
        ({"neutral": 1.0}, 0.0, 0.0),
        ({"angry": 0.4, "sad": 0.6}, -0.6, 1.0),  # the likeliest of the unpleasant counts, not their sum
        ({"happy": 0.5, "fear": 0.2, "neutral": 0.3}, 0.3, 0.7),
        ({"surprise": 1.0}, 0.0, 1.0),  # neither pleasant nor unpleasant
    ],
)
def test_valence_and_expressiveness(shown, pleasant, expressive):
    assert valence(_emotions(**shown)) == pytest.approx(pleasant)
    assert expressiveness(_emotions(**shown)) == pytest.approx(expressive)
    assert valence(np.stack([_emotions(**shown)] * 3)).shape == (3,)


def test_parts_are_means_of_both_sides_and_a_smile_with_the_eyes_takes_both():
    told = parts_of(
        movement(mouthSmileLeft=0.8, mouthSmileRight=0.6, eyeSquintLeft=0.3, eyeSquintRight=0.1, jawOpen=0.5)
    )
    assert tuple(told) == PARTS
    assert told["smile"] == pytest.approx(0.7)
    assert told["cheek_raise"] == told["smile_with_eyes"] == pytest.approx(0.2)
    assert told["mouth_open"] == 0.5
    assert parts_of(movement(browInnerUp=1.0))["brow_raise"] == 0.5
    assert parts_of(movement(browInnerUp=1.0, browOuterUpLeft=1.0, browOuterUpRight=1.0))["brow_raise"] == 1.0


def test_a_reading_has_all_metrics_and_says_so_where_nobody_looked():
    said = prediction("happy", 0.9)
    seen = Reading(2, face(), said, said, "happy", "neutral", movement=movement(jawOpen=0.25))
    assert tuple(metrics_of(seen)) == METRICS
    unseen = Reading(2, face(), said, said, "happy", "neutral")
    assert [name for name, value in metrics_of(unseen).items() if value is None] == list(PARTS)
    assert lines_of(unseen) == ["face 2:  valence 0.88  expressiveness 0.98"]
    lines = lines_of(seen)
    assert len(lines) == 3
    assert "mouth open 0.25" in " ".join(lines)


@pytest.mark.model
def test_a_smile_is_seen_on_who_smiles(detector, astronaut, portrait):
    landmarker = Landmarker(movements=True)
    told = []
    for image in (astronaut, portrait):
        (found,) = detector.detect(Frame(image, 0, 0.0, "picture"))
        told.append(parts_of(landmarker.movement(image, found.region)))
    landmarker.close()
    smiling, serious = told
    assert smiling["smile"] > 0.7
    assert serious["smile"] < 0.2
    assert smiling["smile_with_eyes"] > serious["smile_with_eyes"] + 0.1
    assert max(smiling["lip_corner_depressor"], smiling["eye_closure"], smiling["mouth_open"]) < 0.3
