"""The sets in memory."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

pytest.importorskip("tqdm", reason="training/requirements.txt is not installed")

from training.datasets import load
from training.findings import duplicates


def test_a_set_without_validation_gets_one_that_shares_no_picture(fer_folder, tmp_path):
    (tmp_path / "train").symlink_to(fer_folder / "train")
    (tmp_path / "test").symlink_to(fer_folder / "valid")
    loaded = load(tmp_path)
    assert set(loaded.splits) == {"train", "valid", "test"}
    assert 5 <= len(loaded.split("valid")) <= 35
    assert len(loaded.split("train")) + len(loaded.split("valid")) == 140
    assert len(loaded.split("test")) == 35
    assert not duplicates(loaded)
    assert "no validation split" in loaded.remarks()[0]
    again = load(tmp_path).split("valid")
    assert all(np.array_equal(a, b) for a, b in zip(loaded.split("valid").images, again.images, strict=True))


def test_a_folder_of_classes_alone_can_be_scored(fer_folder):
    loaded = load(fer_folder / "valid")
    assert {s: len(f) for s, f in loaded.splits.items()} == {"all": 35}


def test_bare_fer_pictures_are_not_touched(fer_folder):
    valid = load(fer_folder).split("valid")
    assert np.array_equal(valid.patches()[:, 0], np.stack(valid.images))


def test_what_can_not_be_used_is_counted_and_named(fer_folder, tmp_path):
    copied = shutil.copytree(fer_folder, tmp_path / "fer")
    (copied / "train" / "sad" / "0.png").write_bytes(b"broken")
    (copied / "train" / "fear" / "1.png").unlink()
    cv2.imwrite(str(copied / "valid" / "fear" / "1.png"), np.zeros((48, 200), np.uint8))
    loaded = load(copied)
    assert (len(loaded.split("train")), len(loaded.split("valid"))) == (138, 34)
    assert loaded.remarks() == [
        "Skipped 2: can't be read as a picture (train/fear/1.png, train/sad/0.png).",
        "Skipped 1: wrong size (200x48) (valid/fear/1.png).",
    ]
