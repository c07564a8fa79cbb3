"""The training package on a tiny data set made here: reading, augmenting, training, resuming, exporting, scoring."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("lightning", reason="training/requirements.txt is not installed")

from tqdm import tqdm  # noqa: E402

from realtime.classifier import Classifier  # noqa: E402
from realtime.errors import AssetError, InputError, UsageError  # noqa: E402
from realtime.records import EMOTIONS, Region  # noqa: E402
from training import evaluate, export, train  # noqa: E402
from training.augment import augmented_patch  # noqa: E402
from training.data import load_fer, load_gender  # noqa: E402
from training.model import FERPLUS, FERPLUS_TO_EMOTION, ExpressionNet, Mixture, ModelConfig, standardise  # noqa: E402

tqdm.monitor_interval = 0  # its thread would outlive the tests


def _face(label: int, rng: np.random.Generator) -> np.ndarray:
    """Return a 48x48 picture whose class can be seen: a bright bar at one of seven heights."""
    image = rng.integers(0, 60, (48, 48), np.uint8)
    image[3 + 6 * label : 8 + 6 * label, 6:42] = 220
    return image


@pytest.fixture(scope="session")
def fer_folder(tmp_path_factory):
    """FER in the layout with labels.csv: train 140 pictures, valid 35."""
    root = tmp_path_factory.mktemp("fer")
    rng = np.random.default_rng(0)
    rows = []
    for usage, split, per_class in (("Training", "train", 20), ("PublicTest", "valid", 5)):
        for label, name in enumerate(EMOTIONS):
            (root / split / name).mkdir(parents=True)
            for n in range(per_class):
                file = f"{split}/{name}/{n}.png"
                cv2.imwrite(str(root / file), _face(label, rng))
                votes = {f: 10 if FERPLUS_TO_EMOTION.get(f) == name else 0 for f in FERPLUS}
                rows.append({"file": file, "usage": usage, "fer_label": name} | votes)
    with (root / "labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return root


@pytest.fixture(scope="session")
def gender_folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("gender")
    (root / "images").mkdir()
    rng = np.random.default_rng(1)
    lines = ["file,split,gender,age,race"]
    for n in range(60):
        image = (
            rng.integers(0, 60, (112, 112, 3), np.uint8)
            + np.uint8(150 * (n % 2)) * (np.arange(112) > 56)[:, None, None]
        )
        cv2.imwrite(str(root / f"images/{n}.jpg"), image.astype(np.uint8))
        lines.append(f"images/{n}.jpg,{'train' if n < 40 else 'valid'},{['female', 'male'][n % 2]},30,other")
    (root / "labels.csv").write_text("\n".join(lines))
    return root


@pytest.fixture(scope="session")
def trained(fer_folder, gender_folder, tmp_path_factory):
    """A run of two epochs; returns its folder."""
    out = tmp_path_factory.mktemp("run")
    assert _train(fer_folder, gender_folder, out, 2) == 0
    return out


def _train(fer, gender, out, epochs, *more) -> int:
    paths = ["--data", str(fer), "--gender-data", str(gender), "--output-dir", str(out)]
    return train.main([*paths, "--epochs", str(epochs), "--batch-size", "28", "--precision", "32-true", *more])


# ---- data


def test_all_layouts_give_the_same_labels_by_name(fer_folder, tmp_path):
    with_votes = load_fer(fer_folder)
    (tmp_path / "folders").mkdir()
    for split in ("train", "valid"):
        (tmp_path / "folders" / split).symlink_to(fer_folder / split)
    folders = load_fer(tmp_path / "folders")
    pixels = {}
    lines = ["emotion,pixels,Usage"]
    csv_order = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    for usage, split in (("Training", "train"), ("PublicTest", "valid")):
        for image, label in zip(with_votes[split].images, with_votes[split].labels, strict=True):
            lines.append(f"{csv_order.index(EMOTIONS[label])},{' '.join(map(str, image.ravel()))},{usage}")
            pixels[split, image.tobytes()] = label
    (tmp_path / "fer2013.csv").write_text("\n".join(lines))
    for loaded in (folders, load_fer(tmp_path / "fer2013.csv")):
        assert {s: len(f) for s, f in loaded.items()} == {"train": 140, "valid": 35}
        for split, faces in loaded.items():
            assert faces.votes is None
            for image, label in zip(faces.images, faces.labels, strict=True):
                assert pixels[split, image.tobytes()] == label
    assert with_votes["train"].votes.shape == (140, 8)
    assert np.allclose(with_votes["train"].votes.sum(1), 1)
    assert (export.ferplus_majority(with_votes["train"].votes) == with_votes["train"].labels).all()


def test_bare_fer_pictures_are_not_touched(fer_folder):
    valid = load_fer(fer_folder)["valid"]
    assert np.array_equal(valid.patches()[:, 0], valid.images)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda root: None, "does not exist"),
        (lambda root: root.mkdir(), "holds no FER-2013 pictures"),
        (lambda root: (root / "train" / "joy").mkdir(parents=True), "Unknown class 'joy'"),
        (lambda root: _put(root / "train" / "happy" / "a.png", b"x"), "can't be read as a picture"),
        (lambda root: _put(root / "train" / "happy" / "a.png", np.zeros((9, 9), np.uint8)), "is 9x9, expected 48x48"),
        (lambda root: _put(root / "labels.csv", b"file,usage\n"), "lacks the columns fer_label, neutral"),
    ],
)
def test_bad_data_is_named(tmp_path, make, message):
    make(tmp_path / "fer")
    with pytest.raises(InputError, match=message):
        load_fer(tmp_path / "fer")


def _put(path, content):
    path.parent.mkdir(parents=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        cv2.imwrite(str(path), content)


def test_gender_set(gender_folder, tmp_path):
    loaded = load_gender(gender_folder)
    assert {s: len(f) for s, f in loaded.items()} == {"train": 40, "valid": 20}
    assert loaded["valid"].patches().shape == (20, 1, 48, 48)
    with pytest.raises(InputError, match=r"labels.csv can't be read"):
        load_gender(tmp_path)


def test_augmentation_is_deterministic_and_keeps_the_face_in_view():
    image = np.zeros((48, 48), np.uint8)
    image[14:34, 14:34] = 255
    region = Region((24, 24), 48)
    patches = [augmented_patch(image, region, np.random.default_rng(seed)) for seed in range(50)]
    assert all(p.shape == (48, 48) and p.dtype == np.uint8 for p in patches)
    assert np.array_equal(patches[7], augmented_patch(image, region, np.random.default_rng(7)))
    assert len({p.tobytes() for p in patches}) == 50
    mean = np.mean(patches, 0)
    assert mean[20:28, 20:28].mean() > mean[:6].mean() + 80


# ---- the network


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


def test_the_mixture_goes_by_name():
    fer = torch.full((1, 7), 1 / 7)
    for name, emotion in FERPLUS_TO_EMOTION.items():
        votes = torch.zeros(1, 8)
        votes[0, FERPLUS.index(name)] = 1
        mixed = Mixture(0.5, 0.0, (1 / 7,) * 7)(fer, votes)
        assert EMOTIONS[int(mixed.argmax())] == emotion
        assert mixed.sum() == pytest.approx(1)
    rare = Mixture(1.0, 1.0, (0.9, *[0.1 / 6] * 6))(fer, torch.full((1, 8), 1 / 8))
    assert mixed.shape == rare.shape
    assert rare[0, 0] == rare.min()


# ---- training


@pytest.mark.parametrize("name", ["metrics.csv", "curves.png", "last.ckpt", "face_expression.onnx"])
def test_a_run_leaves_its_results(trained, name):
    assert (trained / name).stat().st_size > 0
    assert not list(trained.glob("*.part"))


def test_metrics_are_written_by_epoch(trained):
    rows = list(csv.DictReader((trained / "metrics.csv").open()))
    assert [float(r["epoch"]) for r in rows] == [1, 2]
    assert set(rows[0]) >= {"train_loss", "valid_fer_accuracy", "valid_fer_loss", "valid_gender_accuracy"}
    assert float(rows[1]["train_loss"]) < float(rows[0]["train_loss"])


def test_a_stopped_and_resumed_run_ends_like_an_unbroken_one(trained, fer_folder, gender_folder, tmp_path, monkeypatch):
    scored = []

    def killed_at_the_second_epoch(*args):
        scored.append(1)
        if len(scored) == 2:
            raise KeyboardInterrupt
        return train_scores(*args)

    train_scores = train._scores
    monkeypatch.setattr(train, "_scores", killed_at_the_second_epoch)
    assert _train(fer_folder, gender_folder, tmp_path, 2) == 130
    monkeypatch.undo()
    assert _train(fer_folder, gender_folder, tmp_path, 2, "--resume") == 0
    one, two = (torch.load(d / "last.ckpt", weights_only=False) for d in (trained, tmp_path))
    for key, value in one["average"].items():
        assert torch.equal(value, two["average"][key]), key
    assert (trained / "metrics.csv").read_text() == (tmp_path / "metrics.csv").read_text()


def test_resuming_needs_the_same_settings_and_a_checkpoint(trained, fer_folder, tmp_path, capsys):
    parser = train._parser()
    for folder, message in ((tmp_path, "no checkpoint"), (trained, "other settings: epochs")):
        args = parser.parse_args(["--data", str(fer_folder), "--resume", "--epochs", "9", "--batch-size", "28"])
        with pytest.raises(UsageError, match=message):
            train.train(type(args)(**(vars(args) | {"output_dir": folder, "precision": "32-true"})))
    assert train.main(["--data", str(tmp_path / "none")]) == 6
    assert "does not exist" in capsys.readouterr().err


def test_the_schedule_warms_up_and_ends_at_nothing():
    config = train.TrainConfig(epochs=10)
    shares = [train._schedule(e, config) for e in np.linspace(0, 10, 101)]
    assert shares[0] < 0.1
    assert max(shares) == pytest.approx(1, abs=0.02)
    assert shares[-1] == pytest.approx(0, abs=1e-6)


# ---- the exported file


def test_the_file_keeps_the_contract_and_equals_the_network(trained, fer_folder):
    classifier = Classifier(trained / "face_expression.onnx")
    about = {key: json.loads(value) for key, value in classifier.metadata.items()}
    assert about["train_config"]["epochs"] == 2
    assert about["opset"] == export.OPSET
    assert "--epochs 2" in about["command"]
    checkpoint = torch.load(trained / "last.ckpt", weights_only=False)
    net = ExpressionNet(ModelConfig())
    net.load_state_dict({k.removeprefix("module."): v for k, v in checkpoint["average"].items() if k != "n_averaged"})
    faces = load_fer(fer_folder)["valid"].patches()
    with torch.inference_mode():
        expected = net.eval()(torch.from_numpy(faces))["fer"].softmax(1).numpy()
    assert np.abs(classifier.run(faces)["fer"] - expected).max() < 1e-4


def test_a_file_that_differs_is_not_exported(fer_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "_difference", lambda *_: 0.1)
    with pytest.raises(AssetError, match="not exported"):
        export.export(ExpressionNet(ModelConfig()), load_fer(fer_folder)["valid"], tmp_path / "m.onnx", {})
    assert list(tmp_path.iterdir()) == []


def test_evaluation_prints_scores_and_writes_card_and_pictures(trained, fer_folder, gender_folder, tmp_path, capsys):
    model, card = trained / "face_expression.onnx", tmp_path / "README.md"
    paths = [str(fer_folder), str(gender_folder)]
    assert evaluate.main([str(model), *paths, "--card", str(card), "--pictures", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    for title in ("fer head, FER labels (35 pictures)", "ferplus head", "gender head", "ms per face"):
        assert title in out
    text = card.read_text()
    assert "Model card" in text
    assert "AI Act" in text
    assert "--epochs 2" in text
    assert len(list(tmp_path.glob("*.png"))) >= 3
    assert evaluate.main([str(model), str(fer_folder), "--split", "test"]) == 6


def test_scores_are_computed_right():
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
    score = evaluate._score("t", ("a", "b"), probabilities, np.array([0, 0, 1, 1]))
    assert score.confusion.tolist() == [[2, 0], [1, 1]]
    assert (score.accuracy, score.balanced_accuracy, score.recalls) == (0.75, 0.75, {"a": 1.0, "b": 0.5})
    assert score.calibration_error == pytest.approx((0.1 + 0.2 + 0.3 + 0.6) / 4)
    low, high = score.interval
    assert low == pytest.approx(0.3006, abs=1e-3)
    assert high == pytest.approx(0.9544, abs=1e-3)
    assert evaluate._score("t", ("a", "b"), probabilities, np.array([0, -1, -1, -1])).count == 1
    assert replace(score, confusion=np.array([[0, 0], [0, 3]])).recalls == {"b": 1.0}
