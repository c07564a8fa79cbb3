"""Collections of pictures that somebody brings: whose faces are cut, what their classes mean, how they are scored."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")

from realtime.errors import InputError
from realtime.records import EMOTIONS
from training import evaluate
from training.collection import load_collection, read_classes


def _pictures(root, names, side=160):
    for name in names:
        (root / name).mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(root / name / "a.png"), np.full((side, side), 90, np.uint8))
    return root


def test_faces_are_cut_as_live_ones(natural_folder):
    found = load_collection(natural_folder)
    assert (len(found.faces), found.missing) == (2, ("sad/a.png",))
    assert found.faces.patches().shape == (2, 1, 48, 48)


def test_wide_pictures_are_searched_too(tmp_path, portrait):
    (tmp_path / "neutral").mkdir()
    room = np.full((portrait.shape[0], portrait.shape[1] * 3, 3), 120, np.uint8)
    room[:, : portrait.shape[1]] = portrait
    cv2.imwrite(str(tmp_path / "neutral" / "room.png"), room)
    assert len(load_collection(tmp_path).faces) == 1


def test_faces_come_with_a_table_too_which_may_name_people(natural_folder):
    rows = ["file,emotion,person", "a.png,happy,ann", "a.png,neutral,ben"]
    (natural_folder / "labels.csv").write_text("\n".join(rows) + "\n")
    faces = load_collection(natural_folder).faces
    assert faces.labels.tolist() == [3, 6]
    assert faces.traits["person"].tolist() == ["ann", "ben"]


def test_pictures_without_any_face_are_refused_unless_taken_as_they_are(tmp_path):
    _pictures(tmp_path, ["happy"])
    with pytest.raises(InputError, match="No face was found"):
        load_collection(tmp_path)
    assert len(load_collection(tmp_path, as_is=True).faces) == 1


def test_usual_names_are_understood_and_contempt_is_left_out(tmp_path):
    faces = load_collection(_pictures(tmp_path, ["Happiness", "anger", "contempt"]), as_is=True).faces
    assert sorted(EMOTIONS[label] for label in faces.labels) == ["angry", "happy"]


def test_other_names_need_a_table_that_says_what_they_mean(tmp_path):
    root = _pictures(tmp_path / "set", ["HA", "NE", "talking"])
    with pytest.raises(InputError, match="classes of other names: ha, ne, talking"):
        load_collection(root, as_is=True)
    table = tmp_path / "classes.csv"
    table.write_text("class,means\nHA,happy\nNE,neutral\ntalking,\n")
    faces = load_collection(root, read_classes(table), as_is=True).faces
    assert sorted(EMOTIONS[label] for label in faces.labels) == ["happy", "neutral"]
    table.write_text("class,means\nHA,joyous\n")
    with pytest.raises(InputError, match="mean joyous, which is none"):
        read_classes(table)


def test_genders_are_scored_by_the_gender_head(tmp_path, shipped_model, capsys):
    root = _pictures(tmp_path, ["women", "men"])
    assert evaluate.main([str(shipped_model), str(root), "--as-is"]) == 0
    assert "gender output (2 pictures)" in capsys.readouterr().out
    _pictures(root, ["happy"])
    assert evaluate.main([str(shipped_model), str(root), "--as-is"]) == 6
    assert "labels for gender and for expressions" in capsys.readouterr().err


def test_several_models_stand_in_one_table_and_one_picture(shipped_model, natural_folder, tmp_path, capsys):
    other = tmp_path / "other.onnx"
    other.write_bytes(shipped_model.read_bytes())
    drawn = tmp_path / "drawn"
    assert evaluate.main([str(shipped_model), str(other), str(natural_folder), "--pictures", str(drawn)]) == 0
    told = capsys.readouterr().out.splitlines()
    rows = [line.split()[1:] for line in told if line.startswith(("face_expression ", "other "))]
    assert len(rows) == 2
    assert rows[0] == rows[1]
    assert cv2.imread(str(drawn / "1_emotion_compared.png")).shape[1] > 1000


def test_a_model_and_data_are_both_needed(shipped_model, tmp_path, capsys):
    assert evaluate.main([str(tmp_path)]) == 2
    assert evaluate.main([str(shipped_model)]) == 2
    assert "A model and something to score it on are needed" in capsys.readouterr().err
