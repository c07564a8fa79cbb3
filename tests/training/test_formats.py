"""The formats in which the sets come."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

pytest.importorskip("tqdm", reason="training/requirements.txt is not installed")

from realtime.errors import InputError
from realtime.records import EMOTIONS, GENDERS
from training.datasets import load
from training.labels import FERPLUS, FERPLUS_TO_EMOTION, ferplus_majority


def test_all_formats_give_the_same_labels_by_name(fer_folder, formats):
    first = load(fer_folder)
    known = {(s, i.tobytes()): n for s, p in first.splits.items() for i, n in zip(p.images, p.labels, strict=True)}
    for place in (formats / "folders", formats / "fer2013.csv", formats):
        loaded = load(place)
        assert {s: len(f) for s, f in loaded.splits.items()} == {"train": 140, "valid": 35}
        for split, faces in loaded.splits.items():
            assert faces.classes == EMOTIONS
            assert not faces.votes.any()
            for image, label in zip(faces.images, faces.labels, strict=True):
                assert known[split, image.tobytes()] == label
    train_votes = first.split("train").votes
    assert train_votes.shape == (140, 8)
    assert np.allclose(train_votes.sum(1), 1)
    assert (ferplus_majority(train_votes) == first.split("train").labels).all()
    agreed = [FERPLUS_TO_EMOTION[FERPLUS[winner]] for winner in first.split("train").agreed]
    assert agreed == [EMOTIONS[label] for label in first.split("train").labels]


def test_ferplus_votes_come_by_row_or_by_name(fer_folder, formats, tmp_path):
    first = load(fer_folder)
    by_row = load(formats / "fer2013.csv", formats / "fer2013new.csv")
    for split, faces in by_row.splits.items():
        assert np.array_equal(faces.votes, first.split(split).votes)
    names = [line.split(",", 2) for line in (formats / "fer2013new.csv").read_text().splitlines()]
    (tmp_path / "named.csv").write_text(
        "\n".join(",".join([u, "0.png" if n == "train0.png" else n, v]) for u, n, v in names)
    )
    by_name = load(formats / "folders", tmp_path / "named.csv")
    assert (by_name.split("train").votes.sum(1) > 0).sum() == len(EMOTIONS)
    (tmp_path / "short.csv").write_text("\n".join((formats / "fer2013new.csv").read_text().splitlines()[:9]))
    with pytest.raises(InputError, match="not of the same set"):
        load(formats / "fer2013.csv", tmp_path / "short.csv")
    with pytest.raises(InputError, match="names no picture"):
        load(formats / "folders", tmp_path / "short.csv")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda root: None, "does not exist"),
        (lambda root: root.mkdir(), "holds no labelled pictures"),
        (lambda root: _put(root / "train" / "joy" / "a.png", np.zeros((48, 48), np.uint8)), "unknown class 'joy'"),
        (lambda root: _put(root / "train" / "happy" / "a.png", b"x"), "can't be read as a picture"),
        (lambda root: _put(root / "train" / "happy" / "a.png", np.zeros((9, 9), np.uint8)), r"wrong size \(9x9\)"),
        (
            lambda root: _put(root / "train" / "happy" / "a.png", np.zeros((48, 48), np.uint8)),
            "no training picture of: angry",
        ),
        (lambda root: _put(root / "labels.csv", b"file,usage\n"), "lacks the columns fer_label. It has: file, usage"),
        (lambda root: _put(root / "labels.csv", b"file,usage,fer_label\na.png,Later,happy"), "unknown split 'Later'"),
        (lambda root: _put(root / "fer2013.csv", b"emotion,pixels\n"), "lacks the columns Usage"),
        (lambda root: _put(root / "fer2013.csv", b"emotion,pixels,Usage\n0,1 2 x,Training"), "can't be read"),
    ],
)
def test_bad_data_is_named(tmp_path, make, message):
    make(tmp_path / "fer")
    with pytest.raises(InputError, match=message):
        load(tmp_path / "fer")


def _put(path, content):
    path.parent.mkdir(parents=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        cv2.imwrite(str(path), content)


def test_gender_sets_come_by_table_or_by_file_names(gender_folder, tmp_path):
    loaded = load(gender_folder)
    assert loaded.kind == "gender"
    assert {s: len(f) for s, f in loaded.splits.items()} == {"train": 40, "valid": 20}
    assert loaded.split("valid").patches().shape == (20, 1, 48, 48)
    assert set(loaded.split("valid").traits) == {"age", "race"}
    for n in range(200):
        cv2.imwrite(str(tmp_path / f"{20 + n % 50}_{n % 2}_{n % 5}_2017{n:013}.jpg"), np.full((200, 200), n, np.uint8))
    named = load(tmp_path)
    assert (named.kind, set(named.splits)) == ("gender", {"train", "valid", "test"})
    for faces in named.splits.values():
        for image, label in zip(faces.images, faces.labels, strict=True):
            # UTKFace has 0 for male; the grey level tells the number of the file.
            assert GENDERS[label] == ("female" if round(image.mean()) % 2 else "male")
