"""The pictures behind a confusion matrix."""

from __future__ import annotations

import cv2
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from training.studio.work.answers import SIDE_PX
from training.studio.work.jobs import Job


def _asked(face_folder, model, sprite, output="fer") -> Job:
    data = {"data": str(face_folder)}
    job = Job("answers", data=data, model=str(model), output=output, sprite=str(sprite))
    job.wait(120)
    return job


@pytest.mark.model
def test_every_picture_lies_in_the_cell_of_its_label_and_answer(face_folder, shipped_model, tmp_path):
    found = _asked(face_folder, shipped_model, tmp_path / "all.png").result
    classes, cells = found["classes"], found["cells"]
    assert [sum(row) for row in cells] == [7 if name == "happy" else 6 for name in classes]
    numbers = [number for row in found["pictures"] for cell in row for number, _, _ in cell]
    assert sorted(numbers) == list(range(43))
    for counts, pictures in zip(cells, found["pictures"], strict=True):
        for count, cell in zip(counts, pictures, strict=True):
            assert len(cell) == count
            assert [percent for _, percent, _ in cell] == sorted((percent for _, percent, _ in cell), reverse=True)
            assert all((face_folder / name).is_file() for _, _, name in cell)
    sheet = cv2.imread(str(tmp_path / "all.png"), cv2.IMREAD_GRAYSCALE)
    assert sheet.shape == (found["rows"] * SIDE_PX, found["columns"] * SIDE_PX)
    assert sheet[:SIDE_PX, :SIDE_PX].std() > 0


@pytest.mark.model
def test_an_output_that_the_data_has_no_labels_for_is_told(face_folder, shipped_model, tmp_path):
    assert "no labels for this output" in _asked(face_folder, shipped_model, tmp_path / "a.png", "ferplus").error
    assert "learned nothing of this output" in _asked(face_folder, shipped_model, tmp_path / "a.png", "gender").error
