"""The app's model: replaced, brought back, and what it scores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from realtime.errors import AssetError
from realtime.records import EMOTIONS
from tests.training.studio.files import run_folder
from training import run_record
from training.studio.work import adoptions, models
from training.studio.work.places import Places


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


def test_the_shipped_model_is_kept_however_many_runs_become_the_apps(places, shipped_model):
    old = places.model.read_bytes(), (places.models / "README.md").read_text()
    assert models.name_of(places.model, places) == models.SHIPPED
    for name in ("first", "second"):
        models.adopt(_finished(places, shipped_model, name), places)
        assert models.name_of(places.model, places) == name
        assert models.shipped(places).read_bytes() == old[0]
    assert models.name_of(models.previous(places), places) == "first"
    models.use_shipped(places)
    assert (places.model.read_bytes(), (places.models / "README.md").read_text()) == old
    assert models.name_of(places.model, places) == models.SHIPPED
    models.use_shipped(places)  # a second click changes nothing
    assert models.name_of(models.previous(places), places) == "second"
    listed = [one.name for one in adoptions.read(places.models)]
    assert listed == [models.SHIPPED, "first", "second", models.SHIPPED]


def test_the_shipped_model_is_found_after_an_adoption_that_kept_no_list(places, shipped_model):
    old = places.model.read_bytes()
    first = _finished(places, shipped_model, "first")
    models.previous(places).write_bytes(old)  # as an earlier studio left it
    places.model.write_bytes((first / "face_expression.onnx").read_bytes())
    assert models.name_of(places.model, places) == "first"
    models.adopt(_finished(places, shipped_model, "second"), places)
    assert models.shipped(places).read_bytes() == old


def test_models_are_told_apart_by_what_they_hold_not_by_names(places, shipped_model):
    folder = _finished(places, shipped_model, "one")
    models.adopt(folder, places)
    (folder / "face_expression.onnx").unlink()
    assert models.name_of(places.model, places) == "one"
    places.model.write_bytes(_other_model(shipped_model, "by hand"))
    assert models.name_of(places.model, places) == "a model of unknown origin"
    (places.models / "adoptions.json").write_text('{"adopted": [{"name": 3}, "x"]}')
    assert adoptions.read(places.models) == []


def test_a_worse_model_is_told_of_and_a_better_one_is_not(places):
    good = models.score_rows(places.models)
    bad = [replace(row, accuracy=0.143) for row in good]
    assert "14.3% of its pictures right, the one in use" in models.is_worse(bad, good)
    assert models.is_worse(good, bad) == models.is_worse(good, good) == ""
    assert "Nobody has measured" in models.is_worse([], good)


def _finished(places: Places, shipped_model: Path, name: str) -> Path:
    """Make the folder of a finished run with a model of its own."""
    folder = run_folder(places, name)
    (folder / "face_expression.onnx").write_bytes(_other_model(shipped_model, name))
    (folder / "README.md").write_text(f"the card of {name}")
    return folder


def _other_model(shipped_model: Path, words: str = "another") -> bytes:
    import onnx

    model = onnx.load(str(shipped_model))
    model.doc_string = words
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
