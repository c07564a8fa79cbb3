"""What there is to say of a set before anything is learnt from it."""

from __future__ import annotations

from collections import Counter
from hashlib import sha1
from itertools import permutations

import numpy as np

from training.datasets import FaceSet


def duplicates(face_set: FaceSet) -> dict[tuple[str, str], int]:
    """Count the pictures of one split that are in another too, pixel for pixel: (one, other) -> pictures of one."""
    digests = {name: [sha1(i.tobytes()).digest() for i in faces.images] for name, faces in face_set.splits.items()}
    pairs = {}
    for one, other in permutations(digests, 2):
        theirs = set(digests[other])
        if shared := sum(digest in theirs for digest in digests[one]):
            pairs[one, other] = shared
    return pairs


def counts(face_set: FaceSet) -> dict[str, dict[str, int]]:
    """Return how many pictures there are of each class, by split."""
    return {
        split: dict(zip(faces.classes, np.bincount(faces.labels, minlength=len(faces.classes)).tolist(), strict=True))
        for split, faces in face_set.splits.items()
    }


def findings(face_set: FaceSet) -> list[str]:
    """Return lines about sizes, votes, duplicates, and what was left out."""
    lines = []
    for name, faces in face_set.splits.items():
        sizes = Counter(f"{image.shape[1]}x{image.shape[0]}" for image in faces.images).most_common(4)
        voted = int((faces.votes.sum(1) > 0).sum())
        votes = f"; FER+ votes for {voted}" if voted else ""
        lines.append(f"{name}: sizes {', '.join(f'{size} ({count})' for size, count in sizes)}{votes}.")
    lines += [f"{count} pictures of {one} are also in {other}." for (one, other), count in duplicates(face_set).items()]
    return lines + face_set.remarks()
