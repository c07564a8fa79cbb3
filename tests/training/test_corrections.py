"""Labels corrected in a file of their own."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

pytest.importorskip("tqdm", reason="requirements.txt is not installed")

from realtime.errors import InputError
from realtime.records import EMOTIONS
from training.corrections import read_corrections, write_corrections
from training.datasets import load
from training.formats import list_pictures


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    for split in ("train", "valid"):
        for emotion in EMOTIONS:
            place = tmp_path / "set" / split / emotion
            place.mkdir(parents=True)
            for number in range(2):
                cv2.imwrite(str(place / f"{number}.png"), rng.integers(0, 255, (48, 48), np.uint8))
    return tmp_path / "set"


def test_a_picture_gets_another_label_or_is_left_out(folder, tmp_path):
    table = tmp_path / "corrections.csv"
    write_corrections(
        table, {"valid/happy/0.png": "sad", "valid/fear/1.png": "", "valid/sad/0.png": "sad", "x": "fear"}
    )
    plain, corrected = load(folder), load(folder, corrections=table)
    before = dict(zip(plain.split("valid").names, plain.split("valid").labels.tolist(), strict=True))
    after = dict(zip(corrected.split("valid").names, corrected.split("valid").labels.tolist(), strict=True))
    assert before.keys() - after.keys() == {"valid/fear/1.png"}
    assert {name for name, label in after.items() if label != before[name]} == {"valid/happy/0.png"}
    assert after["valid/happy/0.png"] == EMOTIONS.index("sad")
    assert "Corrected: 1 pictures have another label, 1 are left out." in corrected.remarks()
    assert len(list_pictures(folder).entries) == len(plain.split("train")) + len(plain.split("valid"))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("picture,label\na.png,joy\n", "joy"),
        ("file,label\na.png,sad\n", "picture"),
        ("picture,label\na.png\n", "breaks off"),
    ],
)
def test_a_table_that_is_none_is_told(tmp_path, text, word):
    table = tmp_path / "corrections.csv"
    table.write_text(text)
    with pytest.raises(InputError, match=word):
        read_corrections(table, EMOTIONS)
