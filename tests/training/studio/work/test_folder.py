"""A folder of pictures, covered and read."""

from __future__ import annotations

import csv
import zipfile

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")

from training.studio.work.folder import COLUMNS
from training.studio.work.jobs import Job


def _asked(folder, model, tmp_path) -> Job:
    places = {"covered": str(tmp_path / "covered.zip"), "table": str(tmp_path / "faces.csv")}
    job = Job("cover_folder", path=str(folder), model=str(model), pack="classic", **places)
    job.wait(120)
    return job


@pytest.mark.model
def test_every_picture_is_covered_and_every_face_has_a_row(portrait, shipped_model, tmp_path):
    folder = tmp_path / "pictures"
    (folder / "inner").mkdir(parents=True)
    cv2.imwrite(str(folder / "one.png"), portrait)
    cv2.imwrite(str(folder / "inner" / "none.jpg"), np.full((200, 300, 3), 90, np.uint8))
    (folder / "broken.jpg").write_bytes(b"no picture")
    found = _asked(folder, shipped_model, tmp_path).result
    assert (found["pictures"], found["faces"]) == (2, 1)
    assert "broken.jpg" in found["bad"][0]
    with zipfile.ZipFile(tmp_path / "covered.zip") as packed:
        assert sorted(packed.namelist()) == ["inner/none.jpg", "one.png.jpg"]
        covered = cv2.imdecode(np.frombuffer(packed.read("one.png.jpg"), np.uint8), cv2.IMREAD_COLOR)
    with (tmp_path / "faces.csv").open(newline="") as file:
        head, row = csv.reader(file)
    assert tuple(head) == COLUMNS
    told = dict(zip(head, row, strict=True))
    left, top, right, bottom = (int(told[edge]) for edge in ("left", "top", "right", "bottom"))
    inside = np.s_[top:bottom, left:right]
    assert np.abs(covered[inside].astype(int) - portrait[inside]).mean() > 30
    assert sum(map(float, row[9:16])) == pytest.approx(1, abs=0.01)


def test_a_folder_that_is_none_is_told(shipped_model, tmp_path):
    assert "is no folder" in _asked(tmp_path / "nothing", shipped_model, tmp_path).error
    assert "holds no picture" in _asked(tmp_path, shipped_model, tmp_path).error
    assert not (tmp_path / "covered.zip").exists()
