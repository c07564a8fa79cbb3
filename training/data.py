"""Read the training sets into memory, by the names of their classes.

FER-2013 comes in three layouts: `fer2013.csv` with a Usage column; class folders
(`train/happy/...`, `test/happy/...`); and class folders beside a `labels.csv` that adds FER+ votes.
The order of the classes differs between them, so nothing here goes by position.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from realtime.errors import InputError
from realtime.preprocess import PATCH_SIZE, face_patch
from realtime.records import EMOTIONS, GENDERS, Region
from training.model import FERPLUS

FER_SIZE = 48

# fer2013.csv numbers its emotions in this order.
_FER_CSV_EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
_SPLITS = {
    "Training": "train",
    "PublicTest": "valid",
    "PrivateTest": "test",
    "train": "train",
    "valid": "valid",
    "validation": "valid",
    "test": "test",
}

# Where FER's framing lies in an aligned UTKFace crop, in units of its width: the detector was run over
# 2,000 crops and 6,000 FER pictures, and this is the square in which eyes and mouth sit as they do in FER.
_UTK_CENTER = (0.497, 0.415)
_UTK_SIZE = 1.10


@dataclass(frozen=True, eq=False)
class LabelledFaces:
    """One split of a set, in memory.

    images: uint8 (N, H, W), grey. region: where the face lies, the same for all of them.
    labels: int64 (N,), index into EMOTIONS or GENDERS. votes: float32 (N, 8), FER+ votes in order
    FERPLUS, each row summing to 1, or to 0 where there are none; None for a set without votes.
    """

    images: np.ndarray
    region: Region
    labels: np.ndarray
    votes: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.images)

    def patches(self) -> np.ndarray:
        """Cut every face as the live program does; uint8 (N, 1, S, S)."""
        return np.stack([face_patch(image, self.region, PATCH_SIZE) for image in self.images])[:, None]


@dataclass(frozen=True)
class _Entry:
    """One picture of a set, not yet read."""

    split: str
    label: int
    picture: Path | str  # a file, or the pixels as fer2013.csv writes them
    votes: tuple[float, ...] = (0.0,) * len(FERPLUS)


def load_fer(root: str | Path) -> dict[str, LabelledFaces]:
    """Read FER-2013 from a folder or from `fer2013.csv`; return its splits by name (train, valid, test).

    Raises InputError when the place holds none of the known layouts, or a picture can't be used.
    """
    root = Path(root)
    if root.is_file():
        entries = list(_entries_of_fer_csv(root))
    elif (root / "labels.csv").is_file():
        entries = list(_entries_of_labels_csv(root))
    elif root.is_dir():
        entries = list(_entries_of_folders(root))
    else:
        raise InputError(f"{root} does not exist. Give the folder of FER-2013 or its fer2013.csv.")
    if not entries:
        raise InputError(
            f"{root} holds no FER-2013 pictures. Expected train/<class>/*.png with the classes "
            f"{', '.join(EMOTIONS)}, or fer2013.csv."
        )
    size = (FER_SIZE, FER_SIZE)
    return {split: _read(entries, split, size, Region((24, 24), FER_SIZE)) for split in _splits_of(entries)}


def load_gender(root: str | Path) -> dict[str, LabelledFaces]:
    """Read a set of aligned UTKFace crops with `labels.csv` (file, split, gender); return its splits by name.

    Raises InputError when the file or a column is missing, or a picture can't be read.
    """
    root = Path(root)
    rows = _csv_rows(root / "labels.csv", ("file", "split", "gender"))
    entries = [_Entry(_split(row["split"]), _index(GENDERS, row["gender"]), root / row["file"]) for row in rows]
    if not entries:
        raise InputError(f"{root / 'labels.csv'} lists no picture.")
    width = _grey(entries[0].picture, None).shape[1]
    center = (_UTK_CENTER[0] * width, _UTK_CENTER[1] * width)
    region = Region(center, _UTK_SIZE * width)
    return {split: _read(entries, split, (width, width), region) for split in _splits_of(entries)}


def _entries_of_fer_csv(path: Path) -> Iterator[_Entry]:
    for row in _csv_rows(path, ("emotion", "pixels", "Usage")):
        name = _FER_CSV_EMOTIONS[int(row["emotion"])]
        yield _Entry(_split(row["Usage"]), EMOTIONS.index(name), row["pixels"])


def _entries_of_labels_csv(root: Path) -> Iterator[_Entry]:
    for row in _csv_rows(root / "labels.csv", ("file", "usage", "fer_label", *FERPLUS)):
        votes = np.array([float(row[name] or 0) for name in FERPLUS])
        votes = votes / max(votes.sum(), 1)
        yield _Entry(_split(row["usage"]), _index(EMOTIONS, row["fer_label"]), root / row["file"], tuple(votes))


def _entries_of_folders(root: Path) -> Iterator[_Entry]:
    for split_folder in sorted(folder for folder in root.iterdir() if folder.name in _SPLITS):
        for class_folder in sorted(folder for folder in split_folder.iterdir() if folder.is_dir()):
            label = _index(EMOTIONS, class_folder.name.lower())
            for picture in sorted(class_folder.iterdir()):
                if picture.suffix.lower() in (".png", ".jpg", ".jpeg"):
                    yield _Entry(_SPLITS[split_folder.name], label, picture)


def _csv_rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(f"{path} lacks the columns {', '.join(missing)}; it has {reader.fieldnames}.")
            return list(reader)
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}.") from error


def _split(name: str) -> str:
    if name not in _SPLITS:
        raise InputError(f"Unknown split '{name}'. Known are {', '.join(_SPLITS)}.")
    return _SPLITS[name]


def _index(classes: tuple[str, ...], name: str) -> int:
    if name not in classes:
        raise InputError(f"Unknown class '{name}'. Known are {', '.join(classes)}.")
    return classes.index(name)


def _splits_of(entries: list[_Entry]) -> list[str]:
    return sorted({entry.split for entry in entries})


def _read(entries: list[_Entry], split: str, size_wh: tuple[int, int], region: Region) -> LabelledFaces:
    chosen = [entry for entry in entries if entry.split == split]
    images = np.stack([_grey(e.picture, size_wh) for e in tqdm(chosen, desc=f"reading {split}", leave=False)])
    labels = np.array([entry.label for entry in chosen], np.int64)
    votes = np.array([entry.votes for entry in chosen], np.float32)
    return LabelledFaces(images, region, labels, votes if votes.any() else None)


def _grey(picture: Path | str, size_wh: tuple[int, int] | None) -> np.ndarray:
    if isinstance(picture, str):
        image = np.array(picture.split(), np.uint8).reshape(FER_SIZE, -1)
    else:
        image = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise InputError(f"{picture} can't be read as a picture. Remove it or copy it again.")
    if size_wh is not None and image.shape[::-1] != size_wh:
        raise InputError(f"{picture} is {image.shape[1]}x{image.shape[0]}, expected {size_wh[0]}x{size_wh[1]}.")
    return image
