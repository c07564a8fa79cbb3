"""The app's model: replaced, brought back, and what it scores."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from realtime.errors import AssetError
from realtime.records import EMOTIONS
from tests.training.studio.files import run_folder
from training import run_record
from training.studio.work import models


def test_a_runs_model_becomes_the_apps_and_the_old_one_comes_back(places, shipped_model):
    folder = run_folder(places)
    old = places.model.read_bytes(), (places.models / "README.md").read_text()
    (folder / "face_expression.onnx").write_bytes(_other_model(shipped_model))
    with pytest.raises(AssetError, match="card"):
        models.adopt(folder, places)
    (folder / "README.md").write_text("the card of another model")
    models.adopt(folder, places)
    new = places.model.read_bytes()
    assert new != old[0]
    assert models.previous(places).read_bytes() == old[0]
    assert models.scores(places.models)["fer head, FER labels"][0] == "99"  # the model carries its scores along
    models.adopt(folder, places)  # a second click does not lose the old one
    assert models.previous(places).read_bytes() == old[0]
    models.bring_back(places)
    assert (places.model.read_bytes(), (places.models / "README.md").read_text()) == old
    assert models.previous(places).read_bytes() == new
    assert not list(places.models.glob("*.part"))


def _other_model(shipped_model: Path) -> bytes:
    import onnx

    model = onnx.load(str(shipped_model))
    model.doc_string = "another"
    for entry in model.metadata_props:
        if entry.key == "scores":
            entry.value = entry.value.replace('"pictures": 3589', '"pictures": 99')
    return model.SerializeToString()


def test_what_is_no_model_does_not_become_the_apps(places):
    folder = run_folder(places)
    (folder / "README.md").write_text("card")
    for content in (None, b"", b"no model"):
        if content is not None:
            (folder / "face_expression.onnx").write_bytes(content)
        before = places.model.read_bytes()
        with pytest.raises(AssetError):
            models.adopt(folder, places)
        assert places.model.read_bytes() == before
    with pytest.raises(AssetError):
        models.bring_back(places)


def test_scores_come_from_the_model_itself_or_the_runs_record(places, tmp_path):
    rows = {row.title: row for row in models.score_rows(places.models)}
    assert set(rows) == set(models.scores(places.models))
    assert set(rows["fer head, FER labels"].recalls) == set(EMOTIONS)
    (tmp_path / "face_expression.onnx").write_bytes(b"\xff\xfe")
    assert models.scores(tmp_path) == {}
    writer = run_record.RunWriter(tmp_path, {})
    writer.finished(rows.values())
    assert models.scores(tmp_path) == models.scores(places.models)
