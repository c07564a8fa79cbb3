"""Reading the faces of one picture."""

from __future__ import annotations

import json
import shutil

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

import onnx

from realtime.errors import AssetError
from realtime.faces.gender_thresholds import THRESHOLDS_KEY
from realtime.records import GENDERS
from training.studio.work import faces


@pytest.fixture
def reader():
    reader = faces.Reader()
    yield reader
    reader.close()


@pytest.mark.model
def test_faces_are_read_covered_and_given_another_drawing(reader, portrait, shipped_model):
    both = np.concatenate([portrait, cv2.resize(portrait, None, fx=0.5, fy=0.5).repeat(2, 0)[: len(portrait)]], 1)
    both[:, portrait.shape[1] :] = 0
    both[:303, portrait.shape[1] : portrait.shape[1] + 256] = cv2.resize(portrait, (256, 303))
    seen = reader.submit(both, shipped_model).result(60)
    assert [reading.track for reading in seen.readings] == [1, 2]
    told = reader.told(seen, {})
    assert sum(told[0].emotions.values()) == pytest.approx(1, abs=1e-3)
    assert told[0].box[2] - told[0].box[0] > told[1].box[2] - told[1].box[0]
    plain = reader.covered(seen, {})
    assert plain.shape == both.shape
    for presentation in ("female", "male", "neutral"):
        other = reader.told(seen, {2: presentation})
        assert [face.presentation for face in other] == [told[0].presentation, presentation]
        assert other[0].drawing == told[0].drawing
    changed = (reader.covered(seen, {1: "male"}) != reader.covered(seen, {1: "female"})).any(2)
    left, top, right, bottom = told[0].box
    assert changed[top:bottom, left:right].any()
    assert not changed[:, portrait.shape[1] :].any()
    assert (faces.marked(seen) != both).any()


@pytest.mark.model
def test_no_face_and_no_model(reader, shipped_model, tmp_path):
    assert reader.submit(np.full((200, 300, 3), 90, np.uint8), shipped_model).result(60).readings == []
    with pytest.raises(AssetError, match="does not exist"):
        reader.submit(np.zeros((99, 99, 3), np.uint8), tmp_path / "none.onnx").result(60)


@pytest.mark.model
def test_a_drawing_is_chosen_as_surely_as_the_model_says_it_must_be(reader, portrait, shipped_model, tmp_path):
    plain = reader.submit(portrait, shipped_model).result(60).readings[0]
    surest = float(plain.prediction.genders.max())
    for needed, chosen in ((surest - 0.01, GENDERS[int(plain.prediction.genders.argmax())]), (1.0, "neutral")):
        model = tmp_path / f"{chosen}.onnx"
        shutil.copy(shipped_model, model)
        loaded = onnx.load(str(model))
        wanted = json.dumps(dict.fromkeys(GENDERS, max(needed, 0.5)))
        onnx.helper.set_model_props(loaded, {e.key: e.value for e in loaded.metadata_props} | {THRESHOLDS_KEY: wanted})
        onnx.save(loaded, str(model))
        assert reader.submit(portrait, model).result(60).readings[0].presentation == chosen
