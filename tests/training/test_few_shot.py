"""Scoring what teaching does for persons."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")

from realtime.errors import InputError, UsageError
from realtime.faces.classifier import FEATURES
from realtime.people.taught import unit
from realtime.records import EMOTIONS
from training import evaluate
from training.datasets import FER_FRAMING, LabelledFaces
from training.few_shot import few_shot


class _Model:
    """Reads everybody as neutral, rather; the features tell the truth."""

    path, has_features = "m.onnx", True

    def __init__(self, labels):
        rng = np.random.default_rng(0)
        own = rng.normal(size=(7, 32))
        self._features = np.stack([unit(own[label] + 0.1 * rng.normal(size=32)) for label in labels])

    def run(self, patches, outputs):
        emotions = np.full((len(patches), 7), 0.1, np.float32)
        emotions[:, EMOTIONS.index("neutral")] = 0.4
        return {"emotion": emotions, FEATURES: self._features}


def _faces(labels, person):
    count = len(labels)
    return LabelledFaces(
        classes=EMOTIONS,
        images=[np.zeros((48, 48), np.uint8)] * count,
        framing=FER_FRAMING,
        labels=np.array(labels, np.int64),
        votes=np.zeros((count, 8)),
        agreed=np.full(count, -1),
        traits={"person": np.array(person)},
    )


def test_a_model_that_misses_a_smile_reads_it_once_it_was_taught():
    labels, person = [3, 6] * 10, ["ann"] * 10 + ["ben"] * 10
    found = few_shot(_Model(labels), _faces(labels, person), 2)
    assert (found.persons, found.pictures) == (2, 12)
    assert found.untaught[0] == pytest.approx(0.5)
    assert found.taught == pytest.approx((1, 1, 1))
    assert found.balanced == pytest.approx((0.5, 1))
    assert "gain: +50.0 points" in found.text()
    assert found == few_shot(_Model(labels), _faces(labels, person), 2)


def test_who_has_too_few_pictures_takes_no_part():
    labels, person = [3, 3, 3, 6, 6, 6, 3, 6], ["ann"] * 6 + ["ben"] * 2
    assert few_shot(_Model(labels), _faces(labels, person), 2).persons == 1
    with pytest.raises(InputError, match="Nobody in this set has more than 3 pictures of two expressions"):
        few_shot(_Model(labels), _faces(labels, person), 3)
    with pytest.raises(InputError, match="Nobody"):
        few_shot(_Model(labels), _faces(labels, [""] * 8), 1)
    with pytest.raises(UsageError, match="teach nothing"):
        few_shot(_Model(labels), _faces(labels, person), 0)


def test_the_command_line_scores_a_collection_with_a_column_person(shipped_model, natural_folder, capsys):
    rows = [f"{name}/a.png,{name},ann" for name in ("happy", "neutral")] * 2
    (natural_folder / "labels.csv").write_text("\n".join(["file,emotion,person", *rows]) + "\n")
    assert evaluate.main([str(shipped_model), str(natural_folder), "--few-shot", "1"]) == 0
    told = capsys.readouterr().out
    assert "Taught by 1 of each class: 1 persons" in told
    assert "emotion output (4 pictures)" in told
