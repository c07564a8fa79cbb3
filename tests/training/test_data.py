"""Looking at a set from the command line."""

from __future__ import annotations

import re
import shutil

import cv2
import pytest

pytest.importorskip("tqdm", reason="training/requirements.txt is not installed")

from training import data
from training.datasets import load


def test_inspecting_a_set(fer_folder, tmp_path, capsys):
    copied = shutil.copytree(fer_folder, tmp_path / "fer")
    shutil.copy(copied / "train" / "happy" / "0.png", copied / "valid" / "happy" / "0.png")
    assert data.main(["inspect", str(copied), "--sheet", str(tmp_path / "sheet.png")]) == 0
    out = capsys.readouterr().out
    assert re.search(r"train +20 +20 +20 +20 +20 +20 +20 +140", out)
    assert "valid: sizes 48x48 (35); FER+ votes for 35." in out
    assert "1 pictures of train are also in valid." in out
    assert cv2.imread(str(tmp_path / "sheet.png")) is not None
    assert data.described(load(copied))
    assert data.main(["inspect", str(tmp_path / "none")]) == 6
