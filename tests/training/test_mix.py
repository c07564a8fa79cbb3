"""Making the `emotion` output of a model file anew, and natural faces."""

from __future__ import annotations

import json
import shutil

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("lightning", reason="training/requirements.txt is not installed")

from realtime.errors import InputError  # noqa: E402
from realtime.faces.classifier import Classifier  # noqa: E402
from training import evaluate, mix  # noqa: E402
from training.model import Mixture  # noqa: E402
from training.natural import load_natural  # noqa: E402


@pytest.fixture
def model(shipped_model, tmp_path):
    return shutil.copy(shipped_model, tmp_path / "model.onnx")


@pytest.fixture
def natural_folder(tmp_path, portrait, astronaut):
    """A smile, a resting face, and a picture without anybody, in class folders."""
    for name, image in (("neutral", portrait), ("happy", astronaut), ("sad", np.full((160, 160, 3), 90, np.uint8))):
        (tmp_path / "natural" / name).mkdir(parents=True)
        square = image[:512, :512]
        cv2.imwrite(str(tmp_path / "natural" / name / "a.png"), square)
    return tmp_path / "natural"


def test_a_file_is_mixed_as_the_mixture_says(model, fer_folder):
    patches = np.random.default_rng(0).integers(0, 256, (9, 1, 48, 48), dtype=np.uint8)
    before = Classifier(model).run(patches)
    mixture = mix.mix(model, fer_folder)
    after = Classifier(model).run(patches)
    for head in ("fer", "ferplus", "gender"):
        assert np.array_equal(before[head], after[head])
    expected = mixture(torch.from_numpy(after["fer"]), torch.from_numpy(after["ferplus"]))
    assert np.abs(expected.numpy() - after["emotion"]).max() < 1e-4


def test_a_file_can_be_mixed_again_and_tells_how_it_was(model, fer_folder):
    one, again = mix.mix(model, fer_folder), mix.mix(model, fer_folder)
    assert one == again
    about = Classifier(model).metadata
    assert (
        Mixture(**{k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(about["mixture"]).items()}) == one
    )
    assert json.loads(about["command"]).count("training.mix") == 1
    assert "scores" not in about


def test_the_command_line_uses_natural_faces(model, fer_folder, natural_folder, capsys):
    assert mix.main([str(model), str(fer_folder), "--natural", str(natural_folder)]) == 0
    told = capsys.readouterr().out
    assert "2 faces, 1 pictures without one" in told
    assert "classes weighted angry" in told
    assert mix.main([str(model), str(natural_folder / "none")]) != 0
    assert "does not exist" in capsys.readouterr().err


def test_natural_faces_are_cut_as_live_ones(natural_folder):
    faces, missing = load_natural(natural_folder)
    assert (len(faces), missing) == (2, 1)
    assert all(image.shape == (48, 48) for image in faces.images)
    assert faces.patches().shape == (2, 1, 48, 48)


def test_natural_faces_come_with_a_table_too(natural_folder, tmp_path):
    rows = ["file,emotion", "a.png,happy", "a.png,neutral"]
    (natural_folder / "labels.csv").write_text("\n".join(rows) + "\n")
    faces, missing = load_natural(natural_folder)
    assert (faces.labels.tolist(), missing) == ([3, 6], 0)


def test_pictures_without_any_face_are_refused(tmp_path):
    (tmp_path / "happy").mkdir()
    cv2.imwrite(str(tmp_path / "happy" / "a.png"), np.full((160, 160), 90, np.uint8))
    with pytest.raises(InputError, match="No face was found"):
        load_natural(tmp_path)


def test_natural_faces_are_scored_in_card_and_file(model, fer_folder, natural_folder, tmp_path):
    card = tmp_path / "card.md"
    assert evaluate.main([str(model), str(fer_folder), "--natural", str(natural_folder), "--card", str(card)]) == 0
    assert "| emotion output, natural faces | 2 |" in card.read_text()
    assert "emotion_natural" in Classifier(model).metadata["scores"]
