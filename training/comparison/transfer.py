"""Fathallah, Abdi and Douik 2017: what does a network that has learnt something else already gain?

"Facial Expression Recognition via Deep Learning" fine-tunes a network after VGG and tests it on several databases. Here
the plain reference network begins with nothing, with what a gender set taught it, or with what another labelling or
collection did, and every network is scored on every collection there is: a matrix of trained on by tested on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from realtime.errors import InputError
from realtime.records import EMOTIONS
from training.collection import load_collection
from training.comparison.depth import scores
from training.comparison.learning import learn
from training.comparison.material import Material, of_rows, part
from training.comparison.networks import PlainVgg, answers, plain_vgg
from training.comparison.results import Results
from training.datasets import LabelledFaces
from training.labels import VOTE_ORDER, ferplus_majority

# Few pictures, as somebody has who makes a collection of their own.
_FEW = 2000


@dataclass(frozen=True)
class _Start:
    """What a network has learnt before. name: of its row. labels: of the emotions, or "gender"; faces: how many."""

    name: str
    before: str
    labels: str
    share: float = 1.0
    faces: int = 100_000_000


_PLANS = (
    _Start("gender set only", "", "gender"),
    _Start("FER+ votes", "", "soft"),
    _Start("FER", "", "fer"),
    _Start("FER, twice the time", "", "fer", share=2.0),
    _Start("gender set, then FER", "gender set only", "fer"),
    _Start("FER+ votes, then FER", "FER+ votes", "fer"),
    _Start(f"{_FEW} of FER", "", "fer", faces=_FEW),
    _Start(f"gender set, then {_FEW} of FER", "gender set only", "fer", faces=_FEW),
)


class _Tests:
    """The collections that every network is scored on, and the parts of them that one may learn from."""

    def __init__(self, material: Material) -> None:
        self._material = material

    @cached_property
    def collections(self) -> dict[str, tuple[LabelledFaces, LabelledFaces]]:
        """Name -> half of a collection to learn from and half to be scored on; no person is in both."""
        return {path.name: _halves(path, self._material.classes) for path in self._material.collections}

    @cached_property
    def scored(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Name -> patches, uint8 (N, 1, S, S), and their labels, index into EMOTIONS, -1 for none."""
        valid = self._material.valid
        found = {"FER": (valid.patches(), valid.labels)}
        if valid.votes.any():
            found["FER+"] = (found["FER"][0], ferplus_majority(valid.votes))
        if self._material.natural:
            natural = self._material.natural_faces.chosen(self._material.budget.scored)
            found["natural"] = (natural.patches(), natural.labels)
        return found | {name: (rest.patches(), rest.labels) for name, (_, rest) in self.collections.items()}


def _halves(path: Path, classes: dict[str, str]) -> tuple[LabelledFaces, LabelledFaces]:
    faces = load_collection(path, classes).faces
    if faces.classes != EMOTIONS:
        raise InputError(f"{path} has labels for gender.", "Give collections of expressions.")
    rng = np.random.default_rng(0)
    people = faces.traits.get("person", np.array([f"picture {n}" for n in range(len(faces))]))
    names = rng.permutation(np.unique(people))
    learnt = np.isin(people, names[: len(names) // 2])
    lacking = [name for n, name in enumerate(EMOTIONS) if not (faces.labels[learnt] == n).any()]
    if lacking:
        print(f"{path}: the half to learn from has no picture of {', '.join(lacking)}; it can't be learnt from it.")
    if not learnt.any():
        raise InputError(f"{path} has a single person or picture.", "Give a collection of several people.")
    return of_rows(faces, np.flatnonzero(learnt)), of_rows(faces, np.flatnonzero(~learnt))


def compare_starts(material: Material, results: Results) -> None:
    """Make the table `transfer`: a row for what a network learnt from, a column for what it was tested on."""
    tests = _Tests(material)
    collections = tests.collections  # read first: what is wrong with one is told at once
    for plan in _PLANS:
        if (plan.labels == "gender" or plan.before.startswith("gender")) and material.gender_data is None:
            continue
        if plan.labels == "soft" and not material.train.votes.any():
            continue
        if results.missing("transfer", plan.name):
            net, seen = _learnt(plan, material)
            results.add("transfer", plan.name, {"seen": seen} | _scores(net, plan.labels, tests, material))
    for name, (faces, _) in collections.items():
        row = f"FER, then half of {name}"
        if results.missing("transfer", row):
            net, _ = _learnt(next(plan for plan in _PLANS if plan.name == "FER"), material)
            seen = learn(net, [material.lesson("fer", faces)], material.course(f"transfer {row}", 0.5))
            results.add("transfer", row, {"seen": seen} | _scores(net, "fer", tests, material))


def _learnt(plan: _Start, material: Material) -> tuple[PlainVgg, int]:
    """Return a network that has followed a plan; one that has already is read from its file."""
    if plan.before:
        net, _ = _learnt(next(one for one in _PLANS if one.name == plan.before), material)
    else:
        net = plain_vgg(material.budget.widths, material.budget.side_px)
    faces = None if plan.labels == "gender" else part(material.train, plan.faces)
    return net, learn(net, [material.lesson(plan.labels, faces)], material.course(f"transfer {plan.name}", plan.share))


def _scores(net: PlainVgg, labels: str, tests: _Tests, material: Material) -> dict[str, object]:
    """Return accuracy and balanced accuracy on every collection, 0 to 1; of the gender head where only that learnt."""
    if labels == "gender":
        assert material.gender is not None
        faces = material.gender["valid"]
        found = scores(answers(net, faces.patches(), material.budget.side_px)["gender"], faces.labels)
        return {"gender accuracy": found["accuracy"]}
    row: dict[str, object] = {}
    for name, (patches, truth) in tests.scored.items():
        logits = answers(net, patches, material.budget.side_px)
        emotions = logits["ferplus"][:, list(VOTE_ORDER)] if labels == "soft" else logits["fer"]
        found = scores(emotions, truth)
        row |= {f"{name} accuracy": found["accuracy"], f"{name} balanced": found["balanced"]}
    return row
