"""The training sets, read into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha1
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from realtime.errors import InputError
from realtime.faces.preprocess import PATCH_SIZE, face_patch
from realtime.records import Region
from training.corrections import LEFT_OUT, corrected, read_corrections
from training.formats import Entry, Listing, list_pictures
from training.labels import ferplus_agreed, ferplus_shares

# The shortest side of a picture of these sets.
_MIN_SIDE_PX = 24
# The longest side of a picture of these sets, as a multiple of its shortest.
_MAX_ASPECT = 1.5
# In a set without a validation split, one training picture in eight goes into a new one.
_CARVED_SHARE = 8

# Passes entries on and shows how many have passed: (entries, what is done with them) -> the same entries.
Progress = Callable[[Sequence[Entry], str], Iterable[Entry]]


@dataclass(frozen=True)
class Framing:
    """Where FER's framing lies in the pictures of a set: an upright square, in units of the picture's width."""

    center: tuple[float, float]
    size: float

    def region(self, image: np.ndarray) -> Region:
        """Return the region to cut from a picture."""
        width = image.shape[1]
        return Region((self.center[0] * width, self.center[1] * width), self.size * width)


# A FER picture is framed as a whole.
FER_FRAMING = Framing((0.5, 0.5), 1.0)
# In aligned UTKFace crops, this square has eyes and mouth where FER pictures have them: found by running the detector
# over 2,000 of these crops and 6,000 FER pictures.
UTKFACE_FRAMING = Framing((0.497, 0.415), 1.10)


@dataclass(frozen=True, eq=False)
class LabelledFaces:
    """One split of a set, in memory.

    classes: their names. images: uint8 (H, W) each, grey. framing: where the face lies. labels: int64 (N,), index into
    classes. votes: float32 (N, 8), FER+ votes in order FERPLUS, each row summing to 1, or to 0 where there are none.
    agreed: int64 (N,), what most FER+ taggers agreed on, an index into FERPLUS; -1 where they did not.
    traits: name -> what is known of each picture, str (N,), empty where it is not known. names: how messages call each.
    """

    classes: tuple[str, ...]
    images: list[np.ndarray]
    framing: Framing
    labels: np.ndarray
    votes: np.ndarray
    agreed: np.ndarray
    traits: dict[str, np.ndarray]
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.images)

    def patches(self, rows: Sequence[int] | None = None) -> np.ndarray:
        """Cut faces as the live program does, all of them or those of some rows; uint8 (N, 1, S, S)."""
        images = self.images if rows is None else [self.images[row] for row in rows]
        return np.stack([face_patch(image, self.framing.region(image), PATCH_SIZE) for image in images])[:, None]


@dataclass(frozen=True, eq=False)
class FaceSet:
    """A set with its splits (by name: train, valid, test), and what was left out: reason -> names."""

    kind: str
    splits: dict[str, LabelledFaces]
    skipped: dict[str, list[str]]
    notes: list[str]

    def split(self, name: str) -> LabelledFaces:
        """Return a split. Raises InputError if the set has none of this name."""
        if name not in self.splits:
            raise InputError(
                f"The {self.kind} set has no '{name}' split. It has: {', '.join(self.splits)}.",
                "Give a set that has it.",
            )
        return self.splits[name]

    def remarks(self) -> list[str]:
        """Return lines about what was left out or decided."""
        lines = list(self.notes)
        for reason, names in self.skipped.items():
            shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
            lines.append(f"Skipped {len(names)}: {reason} ({shown}).")
        return lines


def _bar(entries: Sequence[Entry], title: str) -> Iterable[Entry]:
    return tqdm(entries, desc=title, leave=False, disable=None)


def load(
    root: str | Path,
    ferplus: str | Path | None = None,
    progress: Progress = _bar,
    corrections: str | Path | None = None,
) -> FaceSet:
    """Read a set in any known format, leaving out what can't be used.

    Args:
        root: As for `formats.list_pictures`.
        ferplus: fer2013new.csv, the FER+ votes, unless the set has them.
        progress: Shows how many pictures have been read.
        corrections: A table of pictures that have another label or are left out, see `corrections.py`.

    Returns:
        The set, with what was left out and why.

    Raises:
        InputError: The place holds no set, a class has no picture in the training split, or the corrections are none.
    """
    listing = list_pictures(root, ferplus)
    notes = []
    if corrections is not None:
        wanted = read_corrections(Path(corrections), listing.classes)
        notes.append(_told_corrections(listing, wanted))
        listing = replace(listing, entries=corrected(listing.entries, wanted))
    skipped: dict[str, list[str]] = {}
    read = list(_readable(progress(listing.entries, f"reading {Path(root).name}"), listing.classes, skipped))
    names = {entry.split for entry, _ in read}
    if "train" in names and "valid" not in names:
        chosen = [_carved(entry.split, image) for entry, image in read]
        notes.append("The set has no validation split, so every eighth training picture (by its pixels) makes one.")
    else:
        chosen = [entry.split or "all" for entry, _ in read]
    splits = {
        name: _labelled(listing, [pair for pair, split in zip(read, chosen, strict=True) if split == name])
        for name in sorted(set(chosen))
    }
    face_set = FaceSet(listing.kind, splits, skipped, notes)
    _check_classes(face_set, root)
    return face_set


def _told_corrections(listing: Listing, wanted: Mapping[str, str]) -> str:
    labels = {entry.name: entry.label for entry in listing.entries}
    known = [(name, label) for name, label in wanted.items() if labels.get(name, label) != label]
    left_out = sum(label == LEFT_OUT for _, label in known)
    return f"Corrected: {len(known) - left_out} pictures have another label, {left_out} are left out."


def _readable(
    entries: Iterable[Entry], classes: tuple[str, ...], skipped: dict[str, list[str]]
) -> Iterator[tuple[Entry, np.ndarray]]:
    for entry in entries:
        image = None
        if entry.label not in classes:
            reason = f"unknown class '{entry.label}' (known: {', '.join(classes)})"
        elif (image := _grey(entry.picture)) is None:
            reason = "can't be read as a picture"
        elif min(image.shape) < _MIN_SIDE_PX or max(image.shape) > _MAX_ASPECT * min(image.shape):
            reason = f"wrong size ({image.shape[1]}x{image.shape[0]})"
        else:
            yield entry, image
            continue
        skipped.setdefault(reason, []).append(entry.name)


def _grey(picture: Path | str) -> np.ndarray | None:
    """Read a file, or the pixels of a square picture written as numbers; uint8 (H, W) grey."""
    if isinstance(picture, Path):
        return cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    try:
        pixels = np.array(picture.split(), np.uint8)
    except (ValueError, OverflowError):
        return None
    side = int(np.sqrt(pixels.size))
    return pixels.reshape(side, side) if side and side * side == pixels.size else None


def _carved(split: str | None, image: np.ndarray) -> str:
    """Return the split of a picture when some of the training split are for validation; twins stay together."""
    if split != "train":
        return split or "all"
    return "valid" if int(sha1(image.tobytes()).hexdigest(), 16) % _CARVED_SHARE == 0 else "train"


def _labelled(listing: Listing, read: list[tuple[Entry, np.ndarray]]) -> LabelledFaces:
    entries = [entry for entry, _ in read]
    keys = {key for entry in entries for key in entry.traits}
    return LabelledFaces(
        classes=listing.classes,
        images=[image for _, image in read],
        framing=FER_FRAMING if listing.kind == "emotion" else UTKFACE_FRAMING,
        labels=np.array([listing.classes.index(entry.label) for entry in entries], np.int64),
        votes=np.stack([ferplus_shares(entry.votes) for entry in entries]),
        agreed=np.array([ferplus_agreed(entry.votes) for entry in entries], np.int64),
        traits={key: np.array([entry.traits.get(key, "") for entry in entries]) for key in sorted(keys)},
        names=tuple(entry.name for entry in entries),
    )


def _check_classes(face_set: FaceSet, root: str | Path) -> None:
    if not face_set.splits:
        raise InputError(
            " ".join([f"{root} holds no picture that can be used.", *face_set.remarks()]),
            "Check that it is the right place.",
        )
    train = face_set.splits.get("train")
    if train is None:
        return
    counts = np.bincount(train.labels, minlength=len(train.classes))
    empty = [name for name, count in zip(train.classes, counts, strict=True) if count == 0]
    if empty:
        raise InputError(
            " ".join([f"{root} has no training picture of: {', '.join(empty)}.", *face_set.remarks()]),
            "Every class needs some; check the names of the folders.",
        )
