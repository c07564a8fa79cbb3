"""Sets that were given in each other's place."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from realtime.errors import InputError
from tests.training.studio.files import files_under
from training.studio.work import runs
from training.studio.work.runs import Settings
from training.studio.work.sets import check_kinds


@pytest.fixture
def gender_folder(tmp_path):
    """Files named as UTKFace's are."""
    folder = tmp_path / "genders"
    folder.mkdir()
    for n in range(4):
        cv2.imwrite(str(folder / f"{20 + n}_{n % 2}_0_2017.jpg"), np.full((60, 60), 90, np.uint8))
    return folder


def test_no_run_learns_female_and_male_as_expressions(places, gender_folder):
    with pytest.raises(InputError, match="is a gender set"):
        runs.start(places, "wrong", Settings(data=str(gender_folder)))
    assert files_under(places.runs) == set()


def test_expressions_are_refused_as_a_gender_set(places, face_folder, gender_folder):
    with pytest.raises(InputError, match="not of genders"):
        runs.start(places, "wrong", Settings(data=str(face_folder), gender_data=str(face_folder)))
    check_kinds(str(face_folder), str(gender_folder))
    check_kinds(str(face_folder), "")


def test_what_can_not_be_read_is_left_to_training_to_tell(tmp_path):
    (tmp_path / "empty").mkdir()
    check_kinds(str(tmp_path / "empty"), str(tmp_path / "not there"))
