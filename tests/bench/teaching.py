"""What teaching repairs, on persons made up: `python -m tests.bench.teaching FER2013`.

We have no pictures of people who pose each expression several times. A made-up person has one picture of PublicTest for
each of FER's labels, all mixed with their mean, as one person's expressions have much in common; the model is wrong
about many of them, as it is about somebody whose sad face looks neutral to it. They are shown several times, each time
moved a little and mixed with another picture of the same label, so that two showings are about as alike as two
photographs of one person with one expression (features: 0.83), or rather more, as in front of one camera. It says
whether examples count enough to repair what the model gets wrong, and not how often it is wrong about real people.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from realtime.faces.classifier import FEATURES
from realtime.faces.views import BothViews
from realtime.records import EMOTIONS
from training.datasets import LabelledFaces, load
from training.few_shot import few_shot

# How many persons, and how often each expression is shown beside the examples.
_PERSONS, _OTHERS = 60, 2
# The share of their mean in all pictures of a person.
_IN_COMMON = 0.4
# The shares of another picture of the label in what is shown, and by how many pixels it is moved at most.
_STRANGE = {"one camera": 0.15, "different photographs": 0.35}
_MOVED = 1.5


def made_up(faces: LabelledFaces, shots: int, strange: float, rng: np.random.Generator) -> LabelledFaces:
    """Return pictures of persons who show each expression several times."""
    images = np.stack(faces.images).astype(np.float32)
    rows = [np.flatnonzero(faces.labels == label) for label in range(len(EMOTIONS))]
    shown: list[np.ndarray] = []
    labels: list[int] = []
    for _ in range(_PERSONS):
        own = images[[rng.choice(of) for of in rows]]
        own = (1 - _IN_COMMON) * own + _IN_COMMON * own.mean(0)
        for label, of in enumerate(rows):
            for _ in range(shots + _OTHERS):
                mixed = (1 - strange) * own[label] + strange * images[rng.choice(of)]
                move = np.column_stack([np.eye(2), rng.uniform(-_MOVED, _MOVED, 2)])
                moved = cv2.warpAffine(mixed, move, mixed.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
                shown.append(np.clip(np.rint(moved), 0, 255).astype(np.uint8))
                labels.append(label)
    names = np.repeat([f"person {n}" for n in range(_PERSONS)], len(shown) // _PERSONS)
    return replace(
        faces,
        images=shown,
        labels=np.array(labels),
        votes=np.zeros((len(shown), faces.votes.shape[1]), np.float32),
        agreed=np.full(len(shown), -1),
        traits={"person": names},
        names=(),
    )


def likeness(model: BothViews, faces: LabelledFaces) -> tuple[float, float]:
    """Return how alike the features of two pictures of one person are, with the same expression and with another."""
    features = model.run(faces.patches(), (FEATURES,))[FEATURES]
    same, other = [], []
    for name in np.unique(faces.traits["person"]):
        rows = np.flatnonzero(faces.traits["person"] == name)
        alike = features[rows] @ features[rows].T
        equal = faces.labels[rows][:, None] == faces.labels[rows]
        same.append(alike[equal & ~np.eye(len(rows), dtype=bool)].mean())
        other.append(alike[~equal].mean())
    return float(np.mean(same)), float(np.mean(other))


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description="What teaching repairs, on persons made up of PublicTest's pictures.")
    parser.add_argument("data", type=Path, metavar="FER2013")
    args = parser.parse_args()
    model, faces = BothViews(features=True), load(args.data).split("valid")
    rng = np.random.default_rng(0)
    for title, strange in tqdm(_STRANGE.items(), "made-up persons", disable=None):
        for shots in (1, 2, 3):
            people = made_up(faces, shots, strange, rng)
            same, other = likeness(model, people)
            print(
                f"{title}, alike by {same:.2f} (other expressions {other:.2f}): {few_shot(model, people, shots).text()}"
            )


if __name__ == "__main__":
    main()
