"""How evenly the gender head errs, and the thresholds that make it err evenly."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")

from realtime.faces.classifier import Classifier
from realtime.faces.gender_thresholds import thresholds_in
from realtime.records import GENDERS
from training import evaluate, gender
from training.gender import USUAL, even_shift, even_thresholds, gender_row, shifted
from training.variants import AS_IS, VARIANTS


def _answers(male: list[float]) -> np.ndarray:
    return np.array([[1 - p, p] for p in male], np.float32)


# Ten women, of whom three look like men to the model, and ten men, of whom one looks like a woman.
ANSWERS = _answers([0.1] * 7 + [0.8, 0.85, 0.95] + [0.97] * 9 + [0.2])
LABELS = np.array([0] * 10 + [1] * 10)


def test_right_wrong_and_neutral_drawings_are_counted_for_women_and_men():
    row = gender_row("", ANSWERS, LABELS, np.array([0.75, 0.9]))
    assert row.recalls == pytest.approx((0.7, 0.9))
    assert row.wrong == pytest.approx((0.1, 0.1))
    assert row.neutral == pytest.approx((0.2, 0.0), abs=1e-6)


def test_thresholds_are_chosen_by_which_both_are_drawn_wrongly_equally_rarely():
    chosen = even_thresholds(ANSWERS, LABELS)
    assert chosen[0] == USUAL[0]
    assert gender_row("", ANSWERS, LABELS, np.array(chosen)).wrong == pytest.approx((0.1, 0.1))


def test_a_model_that_errs_on_men_needs_more_for_women():
    assert even_thresholds(ANSWERS[:, ::-1], 1 - LABELS)[0] > USUAL[0] == even_thresholds(ANSWERS, LABELS)[0]


def test_a_model_that_errs_evenly_keeps_the_usual_thresholds():
    even = _answers([0.1, 0.9, 0.9, 0.1])
    assert even_thresholds(even, np.array([0, 0, 1, 1])) == USUAL


def test_a_shift_makes_women_and_men_be_read_rightly_equally_often():
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], 500)
    logits = np.where(labels == 0, 1.0, -2.0) + random.normal(0, 1, 1000)  # leans to men
    answers = np.stack([1 / (1 + np.exp(-logits)), 1 / (1 + np.exp(logits))], 1)
    by = even_shift(answers, labels)
    assert by == pytest.approx(0.5, abs=0.15)
    recalls = gender_row("", shifted(answers, by), labels, np.array(USUAL)).recalls
    assert recalls[0] == pytest.approx(recalls[1], abs=0.005)
    assert even_shift(shifted(answers, by), labels) == pytest.approx(0.0, abs=0.02)


def test_faces_are_seen_in_many_ways(gender_folder):
    from training.datasets import load

    faces = load(gender_folder).split("valid")
    plain = AS_IS.patches(faces)
    assert np.array_equal(plain, faces.patches())
    seen = [variant.patches(faces) for variant in VARIANTS[1:]]
    assert all(patches.shape == plain.shape and not np.array_equal(patches, plain) for patches in seen)


def test_what_is_chosen_is_written_into_the_file_and_told_by_the_card(shipped_model, gender_folder, tmp_path, capsys):
    model = shutil.copy(shipped_model, tmp_path / "model.onnx")
    patches = np.random.default_rng(0).integers(0, 256, (3, 1, 48, 48), dtype=np.uint8)
    before = Classifier(model).run(patches)
    assert gender.main([str(model), str(gender_folder), "--write"]) == 0
    told = capsys.readouterr().out
    assert "half 2, chosen on the other" in told
    by = float(re.search(r"Chosen: (\S+) for female", told)[1])
    before["gender"] = shifted(before["gender"], by)
    classifier = Classifier(model)
    stored = json.loads(classifier.metadata["gender_thresholds"])
    assert thresholds_in(classifier.metadata) == tuple(stored[name] for name in GENDERS)
    assert all(values == pytest.approx(before[head], abs=1e-5) for head, values in classifier.run(patches).items())
    assert evaluate.main([str(model), str(gender_folder), "--card", str(tmp_path / "card.md")]) == 0
    assert f"{100 * stored['male']:.0f} % for male" in (tmp_path / "card.md").read_text()


def test_a_collection_by_gender_is_scored_as_live(shipped_model, gender_folder, natural_folder, capsys):
    (natural_folder / "labels.csv").write_text("file,gender\nhappy/a.png,female\nneutral/a.png,male\n")
    assert gender.main([str(shipped_model), str(gender_folder), "--collection", str(natural_folder)]) == 0
    told = capsys.readouterr().out
    assert "2 faces, 0 pictures without one" in told
    assert "natural, chosen" in told


def test_a_set_of_expressions_is_refused(shipped_model, fer_folder, capsys):
    assert gender.main([str(shipped_model), str(fer_folder)]) != 0
    assert "does not hold women and men" in capsys.readouterr().err
