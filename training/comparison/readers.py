"""What reads an expression in the comparison with support vector machines, all learnt from the same pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from realtime.errors import InputError
from realtime.faces.classifier import SHIPPED_MODEL, Classifier
from realtime.faces.preprocess import face_patch
from realtime.images import make_parent, replacing
from realtime.records import EMOTIONS
from training.comparison.learning import learn
from training.comparison.material import Material, part
from training.comparison.networks import answers, of_depth
from training.comparison.pictures import Pictures, of_set
from training.comparison.points import POINTS, FacePoints, gradient_descriptor, gravity_descriptor, landmark_descriptor

# Of the radial kernel; not searched for, so that no split is looked at more than once.
_C = 5.0
_CNN_DEPTH = 6

# What a reader is given: landmarks, float32 (P, 2), or a patch, uint8 (48, 48); the answer is an index into EMOTIONS.
Read = Callable[[np.ndarray], int]


@dataclass(frozen=True)
class Reader:
    """Something that reads faces. by_points: from landmarks, else from a patch."""

    name: str
    by_points: bool
    read: Read


@dataclass
class Reading:
    """What readers said of pictures. found: which had landmarks, bool (N,). points_ms: of finding them in a face.

    answers: reader -> index into EMOTIONS, int (N,), -1 where it had nothing to read. reader_ms: time of a face, with
    that of finding landmarks for those who need them.
    """

    found: np.ndarray
    answers: dict[str, np.ndarray] = field(default_factory=dict)
    reader_ms: dict[str, float] = field(default_factory=dict)


def read_all(pictures: Pictures, size_px: float, readers: list[Reader], looking: FacePoints) -> Reading:
    """Let everybody read pictures at a size of the face, one face at a time, and take the processor's time."""
    points = []
    began_s = time.process_time()
    for image, region in pictures.at(size_px):
        points.append(looking.look(image, region))
    points_ms = (time.process_time() - began_s) * 1000 / len(pictures)
    patches = [face_patch(image, region) for image, region in pictures.at(size_px)]
    told = Reading(found=np.array([one is not None for one in points]))
    for reader in readers:
        given = points if reader.by_points else patches
        began_s = time.process_time()
        told.answers[reader.name] = np.array([-1 if x is None else reader.read(x) for x in given])
        read_ms = (time.process_time() - began_s) * 1000 / len(pictures)
        told.reader_ms[reader.name] = read_ms + (points_ms if reader.by_points else 0)
    return told


def taught(material: Material, looking: FacePoints) -> list[Reader]:
    """Return the readers: three machines by landmarks, one by gradients, a network, and the one that ships.

    All but the last learn from the same pictures of FER's training split.

    Raises:
        InputError: A class has no picture with landmarks to learn from.
    """
    faces = part(material.train, material.budget.svm_pictures)
    pictures = of_set(faces)
    points = _points_of(pictures, looking, material.output_dir / "points" / f"{material.budget.name}.npy")
    rows = np.flatnonzero(~np.isnan(points).any((1, 2)))
    check_classes(faces.labels[rows])
    seen = list(points[rows])
    by_points: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "landmarks, SVM": landmark_descriptor,
        "centre of gravity, SVM": gravity_descriptor,
        "both, SVM": lambda p: np.concatenate([landmark_descriptor(p), gravity_descriptor(p)]),
    }
    readers = [Reader(name, True, _machine(describe, seen, faces.labels[rows])) for name, describe in by_points.items()]
    patches = pictures.patches()
    by_gradients = _machine(gradient_descriptor, list(patches[:, 0]), faces.labels)
    net = of_depth(_CNN_DEPTH, material.budget.widths)
    learn(net, [material.lesson("fer", faces)], material.course("classical network"))
    side_px = material.budget.side_px
    shipped = Classifier(SHIPPED_MODEL)
    return [
        *readers,
        Reader("gradients (HOG), SVM", False, by_gradients),
        Reader("network, same pictures", False, lambda p: int(answers(net, p[None, None], side_px)["fer"].argmax())),
        Reader(
            "network that ships", False, lambda p: int(shipped.run(p[None, None], ("emotion",))["emotion"].argmax())
        ),
    ]


def _points_of(pictures: Pictures, looking: FacePoints, kept: Path) -> np.ndarray:
    """Return the landmarks of pictures, float32 (N, P, 2), not a number where there are none; looked for once."""
    if kept.is_file() and len(points := np.load(kept)) == len(pictures):
        return points
    none = np.full((len(POINTS), 2), np.nan, np.float32)
    found = (looking.look(i, r) for i, r in zip(pictures.images, pictures.regions, strict=True))
    points = np.stack([none if one is None else one for one in found])
    make_parent(kept)
    with replacing(kept) as new, new.open("wb") as file:
        np.save(file, points)
    return points


def check_classes(labels: np.ndarray) -> None:
    """Raise InputError if a class has no picture among labels, int (N,)."""
    lacking = [name for n, name in enumerate(EMOTIONS) if not (labels == n).any()]
    if lacking:
        raise InputError(
            f"No picture of {', '.join(lacking)} has landmarks that could be learnt from.",
            "Give more pictures; faces of fewer than 24 pixels rarely have landmarks.",
        )


def _machine(describe: Callable[[np.ndarray], np.ndarray], given: list[np.ndarray], labels: np.ndarray) -> Read:
    machine: Pipeline = make_pipeline(StandardScaler(), SVC(C=_C, class_weight="balanced"))
    machine.fit(np.stack([describe(one) for one in given]), labels)
    return lambda one: int(machine.predict(describe(one)[None])[0])
