"""Tiny data sets made here, and one finished run on them, shared by the tests of training."""

from __future__ import annotations

import csv
import gc
import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from realtime.records import EMOTIONS
from tests.training.runs import TINY, run
from training.labels import FER_CSV_EMOTIONS, FERPLUS, FERPLUS_COLUMNS, FERPLUS_TO_EMOTION

if importlib.util.find_spec("tqdm"):
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # its thread would outlive the tests


def _face(label: int, rng: np.random.Generator) -> np.ndarray:
    """Return a 48x48 picture whose class can be seen: a bright bar at one of seven heights."""
    image = rng.integers(0, 60, (48, 48), np.uint8)
    image[3 + 6 * label : 8 + 6 * label, 6:42] = 220
    return image


@pytest.fixture(scope="session")
def fer_folder(tmp_path_factory) -> Path:
    """FER in the format with labels.csv: train 140 pictures, valid 35."""
    root = tmp_path_factory.mktemp("fer")
    rng = np.random.default_rng(0)
    rows = []
    for usage, split, per_class in (("Training", "train", 20), ("PublicTest", "valid", 5)):
        for label, name in enumerate(EMOTIONS):
            (root / split / name).mkdir(parents=True)
            for n in range(per_class):
                file = f"{split}/{name}/{n}.png"
                cv2.imwrite(str(root / file), _face(label, rng))
                votes = {f: 10 if FERPLUS_TO_EMOTION.get(f) == name else 0 for f in FERPLUS}
                rows.append({"file": file, "usage": usage, "fer_label": name} | votes)
    with (root / "labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return root


@pytest.fixture(scope="session")
def gender_folder(tmp_path_factory) -> Path:
    """A gender set with labels.csv: train 40 pictures, valid 20."""
    root = tmp_path_factory.mktemp("gender")
    (root / "images").mkdir()
    rng = np.random.default_rng(1)
    lines = ["file,split,gender,age,race"]
    for n in range(60):
        image = (
            rng.integers(0, 60, (112, 112, 3), np.uint8)
            + np.uint8(150 * (n % 2)) * (np.arange(112) > 56)[:, None, None]
        )
        cv2.imwrite(str(root / f"images/{n}.jpg"), image.astype(np.uint8))
        lines.append(f"images/{n}.jpg,{'train' if n < 40 else 'valid'},{['female', 'male'][n % 2]},30,other")
    (root / "labels.csv").write_text("\n".join(lines))
    return root


@pytest.fixture(scope="session")
def formats(fer_folder, tmp_path_factory) -> Path:
    """The same pictures as class folders, as fer2013.csv, and the FER+ table that belongs to it."""
    from training.datasets import load

    root = tmp_path_factory.mktemp("formats")
    faces = load(fer_folder)
    lines = ["emotion,pixels,Usage"]
    votes = ["Usage,Image name," + ",".join(FERPLUS_COLUMNS)]
    for usage, split in (("Training", "train"), ("PublicTest", "valid")):
        (root / "folders").mkdir(exist_ok=True)
        (root / "folders" / split).symlink_to(fer_folder / split)
        part = faces.split(split)
        for n, (image, label, share) in enumerate(zip(part.images, part.labels, part.votes, strict=True)):
            lines.append(f"{FER_CSV_EMOTIONS.index(EMOTIONS[label])},{' '.join(map(str, image.ravel()))},{usage}")
            votes.append(f"{usage},{split}{n}.png," + ",".join(str(int(10 * s)) for s in share) + ",0,0")
    (root / "fer2013.csv").write_text("\n".join(lines))
    (root / "fer2013new.csv").write_text("\n".join(votes))
    return root


@pytest.fixture(scope="session")
def tiny_network():
    """Let the small network be a tiny one."""
    import torch

    from training import model

    torch.set_num_threads(1)  # more would wait for each other longer than they work on so little
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(model.CONFIGS, "small", model.ModelConfig(**TINY))
        gc.freeze()  # torch's hundred thousands of objects would be looked through after every test
        yield
        gc.unfreeze()


@pytest.fixture(scope="session")
def trained(tiny_network, fer_folder, gender_folder, tmp_path_factory) -> Path:
    """A run of two epochs; returns its folder."""
    out = tmp_path_factory.mktemp("run")
    assert run(fer_folder, gender_folder, out, 2) == 0
    return out


@pytest.fixture
def undrawn(monkeypatch):
    """Leave out the pictures of a run's scores, which take longest of all; one run has been drawn by then."""
    from training import evaluate

    monkeypatch.setattr(evaluate, "draw", lambda *_: None)


@pytest.fixture
def natural_folder(tmp_path, portrait, astronaut):
    """A smile, a resting face, and a picture without anybody, in class folders."""
    for name, image in (("neutral", portrait), ("happy", astronaut), ("sad", np.full((160, 160, 3), 90, np.uint8))):
        (tmp_path / "natural" / name).mkdir(parents=True)
        square = image[:512, :512]
        cv2.imwrite(str(tmp_path / "natural" / name / "a.png"), square)
    return tmp_path / "natural"
