"""Collections: labelled pictures of any kind, of which faces are cut as the live program cuts its faces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from realtime.errors import InputError
from realtime.faces.base import FaceFinder
from realtime.faces.classifier import Classifier
from realtime.faces.open import open_faces
from realtime.faces.preprocess import face_patch
from realtime.records import EMOTIONS, GENDERS, Frame, Region
from training.datasets import FER_FRAMING, LabelledFaces, Progress
from training.formats import Entry, Listing, list_pictures, read_csv
from training.labels import OTHER_NAMES, ferplus_agreed, ferplus_shares
from training.metrics import Score


@dataclass(frozen=True)
class Collection:
    """A labelled collection. faces: cut to patches. missing: names of the pictures in which no face was found."""

    faces: LabelledFaces
    missing: tuple[str, ...] = ()


def is_collection(listing: Listing) -> bool:
    """Return whether pictures are no training set with splits of its own."""
    return all(entry.split is None for entry in listing.entries)


def _bar(entries: Sequence[Entry], title: str) -> Iterable[Entry]:
    return tqdm(entries, title, leave=False, disable=None)


def load_collection(
    root: Path, classes: Mapping[str, str] | None = None, as_is: bool = False, progress: Progress = _bar
) -> Collection:
    """Read a folder of pictures of faces, whatever their size, and cut the largest face out of each.

    Args:
        root: class folders, or a folder with labels.csv (file; emotion or gender; perhaps person).
        classes: the collection's names for the classes -> the program's, empty for one that is left out; names that
            are not in it may be the program's own or usual ones, such as "happiness".
        as_is: the pictures are faces framed as in FER-2013, and are taken as they are.
        progress: shows how many pictures have been looked at.

    Returns:
        The faces, cut to patches.

    Raises:
        InputError: The folder holds no such pictures, or names classes that are not known, or no face was found.
        AssetError: No detector can be used.
    """
    entries = named_entries(root, list_pictures(root).entries, classes or {})
    if as_is:
        patches = [_whole(entry) for entry in entries]
    else:
        with open_faces(stills=True) as opened:
            patches = [_cut(opened.finder, entry) for entry in progress(entries, "finding faces")]
    found = [(entry, patch) for entry, patch in zip(entries, patches, strict=True) if patch is not None]
    if not found:
        raise InputError(
            f"No face was found in any picture of {root}.", "Give pictures of faces; --as-is takes them as they are."
        )
    missing = tuple(entry.name for entry, patch in zip(entries, patches, strict=True) if patch is None)
    return Collection(_labelled([entry for entry, _ in found], [patch for _, patch in found]), missing)


def read_classes(path: Path) -> dict[str, str]:
    """Read what a collection's names for the classes mean, from a table with the columns class and means.

    Raises:
        InputError: The table can't be read, or a class stands for none of the program's.
    """
    _, rows = read_csv(path, ("class", "means"))
    meanings = {row["class"].strip().lower(): row["means"].strip().lower() for row in rows}
    known = (*EMOTIONS, *GENDERS, "")
    wrong = sorted(set(meanings.values()) - set(known))
    if wrong:
        raise InputError(
            f"{path} lets classes mean {', '.join(wrong)}, which is none of the program's.",
            f"Known are {', '.join((*EMOTIONS, *GENDERS))}; leave `means` empty for a class that is not to be scored.",
        )
    return meanings


def collection_scores(classifier: Classifier, faces: LabelledFaces) -> list[Score]:
    """Score what the program shows of a collection: the `emotion` output, or the gender head."""
    output = "gender" if faces.classes == GENDERS else "emotion"
    probabilities = classifier.run(faces.patches(), (output,))[output]
    return [Score(output, f"{output} output", faces.classes, faces, probabilities, faces.labels)]


def named_entries(root: Path, entries: list[Entry], classes: Mapping[str, str]) -> list[Entry]:
    """Give entries the program's names for their classes, and leave out those of classes that mean nothing.

    Raises:
        InputError: A class has an unknown name, or the labels are of both kinds.
    """
    meanings = {name: name for name in (*EMOTIONS, *GENDERS)} | OTHER_NAMES | dict(classes)
    unknown = sorted({entry.label.lower() for entry in entries} - meanings.keys())
    if unknown:
        raise InputError(
            f"{root} has classes of other names: {', '.join(unknown)}.",
            "Say what they mean with --classes FILE, a table with the columns class and means.",
        )
    named = [replace(entry, label=meanings[entry.label.lower()]) for entry in entries]
    named = [entry for entry in named if entry.label]
    genders = {entry.label in GENDERS for entry in named}
    if len(genders) != 1:
        told = "labels for gender and for expressions" if genders else "no picture whose class means anything"
        raise InputError(f"{root} has {told}.", "Score one kind at a time; check --classes.")
    return named


def _labelled(entries: list[Entry], patches: list[np.ndarray]) -> LabelledFaces:
    classes = GENDERS if entries[0].label in GENDERS else EMOTIONS
    keys = sorted({key for entry in entries for key in entry.traits})
    return LabelledFaces(
        classes=classes,
        images=patches,
        framing=FER_FRAMING,
        labels=np.array([classes.index(entry.label) for entry in entries], np.int64),
        votes=np.stack([ferplus_shares(entry.votes) for entry in entries]),
        agreed=np.array([ferplus_agreed(entry.votes) for entry in entries], np.int64),
        traits={key: np.array([entry.traits.get(key, "") for entry in entries]) for key in keys},
        names=tuple(entry.name for entry in entries),
    )


def _whole(entry: Entry) -> np.ndarray | None:
    """Return a picture as a patch, the middle of it where it is no square; None if it can't be read."""
    image = cv2.imread(str(entry.picture), cv2.IMREAD_GRAYSCALE)
    if image is None:
        return None
    height, width = image.shape
    return face_patch(image, Region((width / 2, height / 2), min(width, height)))


def _cut(finder: FaceFinder, entry: Entry) -> np.ndarray | None:
    """Return the patch of the largest face in a picture, None if there is none or it can't be read."""
    image = cv2.imread(str(entry.picture), cv2.IMREAD_COLOR)
    if image is None:
        return None
    region = face_region(finder, image)
    return None if region is None else face_patch(image, region)


def face_region(finder: FaceFinder, image: np.ndarray) -> Region | None:
    """Return where the largest face of a picture, uint8 (H, W, 3) BGR, lies; None if there is none."""
    found = [face for face in finder.detect(Frame(image, 0, 0.0, "picture"), None) if face.sure]
    face = max(found, key=lambda face: face.score * face.region.size_px, default=None)
    return None if face is None else face.region
