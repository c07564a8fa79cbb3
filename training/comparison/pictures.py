"""Faces with their surroundings and where they lie, for what needs more than a patch of 48 pixels."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from realtime.faces.open import open_faces
from realtime.faces.preprocess import face_patch
from realtime.images import make_parent, write_file
from realtime.records import EMOTIONS, Region
from training.collection import face_region, named_entries
from training.datasets import LabelledFaces
from training.formats import Entry, list_pictures, read_csv

# A person's pictures are called so in Labeled Faces in the Wild: First_Last_0001.jpg.
_NAMED = re.compile(r"(.+)_\d{4}\.\w+$")
_COLUMNS = ("file", "x", "y", "size_px", "roll_rad")


@dataclass(frozen=True, eq=False)
class Pictures:
    """Faces in pictures: uint8 (H, W) or (H, W, 3) BGR each; labels int (N,), index into EMOTIONS; whose they are."""

    images: list[np.ndarray]
    regions: list[Region]
    labels: np.ndarray
    people: list[str]

    def __len__(self) -> int:
        return len(self.images)

    def patches(self) -> np.ndarray:
        """Cut the faces as the live program does, uint8 (N, 1, S, S)."""
        return np.stack([face_patch(i, r) for i, r in zip(self.images, self.regions, strict=True)])[:, None]

    def chosen(self, count: int, seed: int = 0) -> Pictures:
        """Return some of them, chosen at random; all if there are no more."""
        rows = np.sort(np.random.default_rng(seed).permutation(len(self))[:count])
        return Pictures(
            [self.images[n] for n in rows],
            [self.regions[n] for n in rows],
            self.labels[rows],
            [self.people[n] for n in rows],
        )

    def at(self, size_px: float) -> Iterator[tuple[np.ndarray, Region]]:
        """Give the faces so much smaller that their regions have a size; those that are smaller stay as they are."""
        for image, region in zip(self.images, self.regions, strict=True):
            yield smaller(image, region, size_px)


def smaller(image: np.ndarray, region: Region, size_px: float) -> tuple[np.ndarray, Region]:
    """Return a picture and a region of it at the scale at which the region's sides are of a size, never enlarged."""
    scale = size_px / region.size_px
    if scale >= 1:
        return image, region
    height, width = (max(round(side * scale), 1) for side in image.shape[:2])
    x, y = region.center
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    center = (x * width / image.shape[1], y * height / image.shape[0])
    return small, Region(center, size_px, region.roll_rad)


def of_set(faces: LabelledFaces) -> Pictures:
    """Return the pictures of a training set, framed as the set is."""
    regions = [faces.framing.region(image) for image in faces.images]
    return Pictures(faces.images, regions, faces.labels, [""] * len(faces))


def of_collection(root: Path, kept: Path) -> Pictures:
    """Return the pictures of a collection in which a face is found.

    Args:
        root: class folders, or a folder with labels.csv.
        kept: a file for where the faces are, so that they are looked for once.

    Raises:
        InputError: The collection can't be used.
        AssetError: No detector can be used.
        OutputError: The file can't be written.
    """
    entries = named_entries(root, list_pictures(root).entries, {})
    images = [cv2.imread(str(entry.picture), cv2.IMREAD_COLOR) for entry in entries]
    regions = _kept_regions(kept) if kept.is_file() else _found_regions(entries, images, kept)
    pairs = zip(entries, images, strict=True)
    found = [(entry, image) for entry, image in pairs if image is not None and entry.name in regions]
    return Pictures(
        images=[image for _, image in found],
        regions=[regions[entry.name] for entry, _ in found],
        labels=np.array([EMOTIONS.index(entry.label) for entry, _ in found], np.int64),
        people=[_person(entry) for entry, _ in found],
    )


def _person(entry: Entry) -> str:
    """Return whose face it is: what the table says, or the name of the file where it is one of a series."""
    named = _NAMED.match(Path(entry.name).name)
    return entry.traits.get("person") or (named.group(1) if named else entry.name)


def _found_regions(entries: list[Entry], images: list[np.ndarray | None], kept: Path) -> dict[str, Region]:
    with open_faces("yunet", stills=True, closely="off") as opened:
        bar = tqdm(list(zip(entries, images, strict=True)), "finding faces", leave=False, disable=None)
        found = {e.name: face_region(opened.finder, image) for e, image in bar if image is not None}
    regions = {name: region for name, region in found.items() if region is not None}
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows((name, *r.center, r.size_px, r.roll_rad) for name, r in regions.items())
    make_parent(kept)
    write_file(kept, text.getvalue().encode())
    return regions


def _kept_regions(kept: Path) -> dict[str, Region]:
    _, rows = read_csv(kept, _COLUMNS)
    return {
        row["file"]: Region((float(row["x"]), float(row["y"])), float(row["size_px"]), float(row["roll_rad"]))
        for row in rows
    }
