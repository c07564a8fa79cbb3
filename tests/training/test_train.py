"""Runs: what they leave behind, and how they are resumed."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import sys
import time
import types

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("lightning", reason="training/requirements.txt is not installed")
onnx = pytest.importorskip("onnx", reason="training/requirements.txt is not installed")

from lightning.fabric import Fabric  # noqa: E402

from realtime.errors import UsageError  # noqa: E402
from realtime.faces.classifier import Classifier  # noqa: E402
from tests.training.runs import averaged, run  # noqa: E402
from training import learner, run_record, train, train_config  # noqa: E402
from training.datasets import load  # noqa: E402
from training.metrics import scores_in  # noqa: E402
from training.model import CONFIGS, ExpressionNet  # noqa: E402
from training.start import load_start  # noqa: E402


@pytest.mark.parametrize("name", ["metrics.csv", "curves.png", "last.ckpt", "face_expression.onnx", "README.md"])
def test_a_run_leaves_its_results(trained, name):
    assert (trained / name).stat().st_size > 0
    assert not list(trained.glob("*.part"))


def test_a_finished_run_is_recorded(trained, fer_folder, gender_folder):
    record = run_record.read(trained)
    assert (record.state, record.problem, record.pid) == ("finished", "", os.getpid())
    assert {"model": "small", "epochs": 2, "data": str(fer_folder), "ferplus": ""}.items() <= record.settings.items()
    assert record.settings["gender_data"] == str(gender_folder)
    progress = record.progress
    assert (progress.epoch, progress.epochs, progress.done, progress.left_s) == (2, 2, 1.0, None)
    assert progress.step == progress.steps == 5
    rows = list(csv.DictReader((trained / "metrics.csv").open()))
    assert [{key: str(value) for key, value in row.items()} for row in record.history] == [
        {key: str(float(value)) for key, value in row.items()} for row in rows
    ]
    assert [score.name for score in record.scores] == [
        "fer",
        "emotion",
        "ferplus",
        "ferplus_agreed",
        "emotion_ferplus",
        "emotion_sure",
        "gender",
    ]
    assert scores_in(Classifier(trained / "face_expression.onnx").metadata) == record.scores
    assert all(score.title in (trained / "README.md").read_text() for score in record.scores)


def test_a_run_is_recorded_while_it_goes_and_stopped_by_sigterm(
    trained, fer_folder, gender_folder, tmp_path, monkeypatch
):
    seen = []

    def asked_to_end(*_):
        seen.append(run_record.read(tmp_path))
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)

    monkeypatch.setattr(learner, "validation", asked_to_end)
    before = signal.getsignal(signal.SIGTERM)
    assert run(fer_folder, gender_folder, tmp_path, 2) == 143
    assert signal.getsignal(signal.SIGTERM) is before
    assert (seen[0].state, seen[0].progress.doing, seen[0].progress.epoch) == ("running", "validating", 1)
    assert run_record.read(tmp_path).state == "stopped"


def test_why_a_run_failed_is_recorded(trained, fer_folder, gender_folder, tmp_path, monkeypatch, capsys):
    assert run(tmp_path / "none", gender_folder, tmp_path / "a", 2) == 6
    record = run_record.read(tmp_path / "a")
    assert (record.state, record.problem) == ("failed", capsys.readouterr().err.strip())
    monkeypatch.setattr(train, "load", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(fer_folder, gender_folder, tmp_path / "b", 2)
    assert run_record.read(tmp_path / "b").problem == "ZeroDivisionError: division by zero"


def test_metrics_are_written_by_epoch(trained):
    rows = list(csv.DictReader((trained / "metrics.csv").open()))
    assert [float(r["epoch"]) for r in rows] == [1, 2]
    assert set(rows[0]) >= {"train_loss", "train_fer_accuracy"}
    assert set(rows[0]) >= {"valid_fer_loss", "valid_fer_accuracy", "valid_gender_accuracy"}
    assert float(rows[1]["train_loss"]) < float(rows[0]["train_loss"])
    assert 0 < float(rows[1]["train_fer_accuracy"]) <= 1


def test_a_stopped_and_resumed_run_ends_like_an_unbroken_one(
    trained, fer_folder, gender_folder, tmp_path, monkeypatch, undrawn
):
    scored = []

    def killed_at_the_second_epoch(*args):
        scored.append(1)
        if len(scored) == 2:
            raise KeyboardInterrupt
        return validation(*args)

    validation = learner.validation
    monkeypatch.setattr(learner, "validation", killed_at_the_second_epoch)
    assert run(fer_folder, gender_folder, tmp_path, 2) == 130
    record = run_record.read(tmp_path)
    assert (record.state, len(record.history), record.scores) == ("stopped", 1, [])
    monkeypatch.setattr(learner, "validation", validation)
    assert run(fer_folder, gender_folder, tmp_path, 2, "--resume") == 0
    one, two = (torch.load(d / "last.ckpt", weights_only=False) for d in (trained, tmp_path))
    for key, value in one["average"].items():
        assert torch.equal(value, two["average"][key]), key
    assert (trained / "metrics.csv").read_text() == (tmp_path / "metrics.csv").read_text()


def test_resuming_needs_the_same_settings_and_a_checkpoint(trained, fer_folder, tmp_path, capsys):
    parser = train_config.parser("")
    for folder, message in ((tmp_path, "no checkpoint"), (trained, "other settings: epochs")):
        args = parser.parse_args(["--data", str(fer_folder), "--resume", "--epochs", "9", "--batch-size", "28"])
        with pytest.raises(UsageError, match=message):
            train.train(type(args)(**(vars(args) | {"output_dir": folder, "precision": "32-true"})))
    assert train.main(["--data", str(tmp_path / "none"), "--output-dir", str(tmp_path / "run")]) == 6
    assert "does not exist" in capsys.readouterr().err


def test_a_run_starts_from_the_averaged_weights_of_another(trained, fer_folder, gender_folder, tmp_path, undrawn):
    checkpoint = trained / "last.ckpt"
    saved = torch.load(checkpoint, weights_only=True)["average"]
    net = ExpressionNet(CONFIGS["small"])
    load_start(checkpoint, net, np.zeros((1, 1, 48, 48), np.uint8))
    assert all(torch.equal(value, saved[f"module.{name}"]) for name, value in net.state_dict().items())
    started = ("--start-from", str(checkpoint), "--model", "small", "--lr", "0.001")
    assert run(fer_folder, gender_folder, tmp_path, 1, *started) == 0
    before, after = (list(csv.DictReader((run / "metrics.csv").open())) for run in (trained, tmp_path))
    assert float(after[0]["valid_fer_loss"]) < float(before[0]["valid_fer_loss"])
    about = json.loads(Classifier(tmp_path / "face_expression.onnx").metadata["command"])
    assert about.startswith("# The checkpoint last.ckpt is of the run with model small, ")
    assert about.endswith("--start-from last.ckpt")
    config = json.loads(Classifier(tmp_path / "face_expression.onnx").metadata["train_config"])
    assert config["sides"] == [[48, 1.0]]


def test_a_run_starts_from_an_exported_model(trained, fer_folder, gender_folder, tmp_path, undrawn):
    started = ("--start-from", str(trained / "face_expression.onnx"), "--model", "small", "--lr", "0.001")
    assert run(fer_folder, gender_folder, tmp_path, 1, *started) == 0
    before, after = (list(csv.DictReader((run / "metrics.csv").open())) for run in (trained, tmp_path))
    assert float(after[0]["valid_fer_loss"]) < float(before[0]["valid_fer_loss"])
    about = json.loads(Classifier(tmp_path / "face_expression.onnx").metadata["command"])
    assert about.startswith("# The start face_expression.onnx, with revision ")


def test_a_run_goes_on_with_frozen_stages_and_ends_between_what_it_began_with_and_what_it_learnt(
    trained, fer_folder, gender_folder, tmp_path, undrawn
):
    model = trained / "face_expression.onnx"
    started = ("--start-from", str(model), "--model", "small", "--lr", "0.01", "--frozen-stages", "2")
    assert run(fer_folder, gender_folder, tmp_path, 1, *started) == 0
    first, last = averaged(tmp_path / "last.ckpt"), _weights(tmp_path)
    kept, begun = first.first_stages(2).state_dict(), ExpressionNet(CONFIGS["small"])
    train.beginning(model, load(fer_folder).split("train"))(begun)
    for name, value in begun.first_stages(2).state_dict().items():
        assert torch.allclose(kept[name], value, atol=1e-5), name
    assert not torch.allclose(first.fer.weight, begun.fer.weight)
    assert run(fer_folder, gender_folder, tmp_path, 1, *started, "--start-share", "1", "--resume") == 0
    back = _weights(tmp_path)
    assert np.allclose(back["net.fer.weight"], begun.fer.weight.detach(), atol=1e-6)
    assert not np.allclose(back["net.fer.weight"], last["net.fer.weight"])
    assert "--start-share 1.0" in json.loads(Classifier(tmp_path / "face_expression.onnx").metadata["command"])


def _weights(folder):
    graph = onnx.load(str(folder / "face_expression.onnx")).graph
    return {one.name: onnx.numpy_helper.to_array(one) for one in graph.initializer}


def test_dropout_and_batch_statistics_have_a_part_in_a_run_that_starts_from_a_model(trained, fer_folder):
    config = train_config.TrainConfig(model="small", frozen_stages=1)
    begin = train.beginning(trained / "face_expression.onnx", load(fer_folder).split("train"))
    net = learner.Learner(config, {"fer"}, Fabric(accelerator="cpu"), begin)._net
    assert net.dropout.training
    frozen = len(net.first_stages(1))
    assert [layer.training for layer in net.trunk] == [place >= frozen for place in range(len(net.trunk))]


@pytest.mark.parametrize(
    "words", [("--frozen-stages", "1"), ("--start-share", "0.5"), ("--start-share", "2", "--start-from", __file__)]
)
def test_there_is_no_share_of_random_weights(words, fer_folder, gender_folder, tmp_path, capsys):
    assert run(fer_folder, gender_folder, tmp_path, 1, *words) == 2
    assert words[0] in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".ckpt", ".onnx"])
@pytest.mark.parametrize("content", [b"", b"PK no checkpoint", None])
def test_what_holds_no_weights_to_start_from_is_named(
    content, suffix, trained, fer_folder, gender_folder, tmp_path, capsys
):
    checkpoint = tmp_path / "odd.ckpt"
    if content is None:  # of another network
        shutil.copy(trained / ("last.ckpt" if suffix == ".ckpt" else "face_expression.onnx"), checkpoint)
    else:
        checkpoint.write_bytes(content)
    checkpoint = checkpoint.rename(checkpoint.with_suffix(suffix))
    started = ("--start-from", str(checkpoint), "--model", "medium")
    assert run(fer_folder, gender_folder, tmp_path, 1, *started) == 6
    assert f"odd{suffix} holds no weights for this network" in capsys.readouterr().err


def test_tensorboard_is_optional(fer_folder, gender_folder, tmp_path, monkeypatch, capsys, tiny_network):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    assert run(fer_folder, gender_folder, tmp_path, 1, "--tensorboard") == 2
    assert "pip install tensorboard" in capsys.readouterr().err


def test_tensorboard_gets_the_figures_of_every_epoch(
    tiny_network, undrawn, fer_folder, gender_folder, tmp_path, monkeypatch
):
    told = []

    class Writer:
        def __init__(self, folder):
            self.folder = folder

        def add_scalar(self, key, value, epoch):
            told.append((key, epoch))

        def close(self):
            told.append("closed")

    module = types.ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    assert run(fer_folder, gender_folder, tmp_path, 1, "--tensorboard") == 0
    assert ("train_loss", 1) in told
    assert ("valid_fer_accuracy", 1) in told
    assert told[-1] == "closed"


def test_a_gender_set_is_not_learnt_as_expressions_nor_the_other_way_round(fer_folder, gender_folder, tmp_path, capsys):
    out = ["--output-dir", str(tmp_path / "out")]
    assert train.main(["--data", str(gender_folder), *out]) == 6
    assert f"{gender_folder} is a gender set" in capsys.readouterr().err
    assert train.main(["--data", str(fer_folder), "--gender-data", str(fer_folder), *out]) == 6
    assert f"{fer_folder} is a set of expressions, not of genders." in capsys.readouterr().err
