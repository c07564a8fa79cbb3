"""What the comparison is made with: the sets, read when they are first needed, and where things are kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from realtime.errors import InputError
from training.comparison.budget import Budget
from training.comparison.learning import Course
from training.comparison.pictures import Pictures, of_collection
from training.comparison.shown import Lesson, lesson
from training.datasets import LabelledFaces, load


@dataclass(frozen=True)
class Material:
    """Where the sets lie, and what there is time for.

    data: FER-2013. gender_data: a gender set. ferplus: FER+ votes, unless the data has them. natural: pictures of
    ordinary people by expression, which nothing learns from. collections: other sets of expressions. classes: what
    their classes mean. no_faces: videos in which nobody shows a face. recordings: videos of expressions that come and
    go. output_dir: for networks that learn.
    """

    budget: Budget
    data: Path
    output_dir: Path
    gender_data: Path | None = None
    ferplus: Path | None = None
    natural: Path | None = None
    collections: tuple[Path, ...] = ()
    classes: dict[str, str] = field(default_factory=dict)
    no_faces: tuple[Path, ...] = ()
    recordings: tuple[Path, ...] = ()

    @cached_property
    def train(self) -> LabelledFaces:
        """FER's training split."""
        return self._fer["train"]

    @cached_property
    def valid(self) -> LabelledFaces:
        """FER's validation split, as much of it as there is time for."""
        return part(self._fer["valid"], self.budget.scored)

    @cached_property
    def _fer(self) -> dict[str, LabelledFaces]:
        face_set = load(self.data, self.ferplus)
        return {name: face_set.split(name) for name in ("train", "valid")}

    @cached_property
    def gender(self) -> dict[str, LabelledFaces] | None:
        """The splits train and valid of the gender set, None without one."""
        if self.gender_data is None:
            return None
        face_set = load(self.gender_data)
        return {
            "train": face_set.split("train"),
            "valid": part(face_set.split("valid"), self.budget.scored),
        }

    @cached_property
    def natural_faces(self) -> Pictures:
        """The faces of ordinary people, which nothing learns from. Raises InputError where there are none."""
        if self.natural is None:
            raise InputError("There are no natural faces to be scored on.", "Give --natural.")
        return of_collection(self.natural, self.output_dir / "faces" / f"{self.natural.name}.csv")

    def lesson(self, labels: str, faces: LabelledFaces | None = None, side_px: int = 0) -> Lesson:
        """Return what one head learns from FER's training split, from other faces, or from the gender set.

        labels: "fer", "gender", or a scheme for FER+ votes. side_px: of the patches, 0 for the budget's.

        Raises:
            InputError: There are no votes, or no gender set.
        """
        side_px = side_px or self.budget.side_px
        if labels == "gender":
            if self.gender is None:
                raise InputError("There is no gender set to learn from.", "Give --gender-data.")
            return lesson("gender", self.gender["train"], side_px)
        faces = faces or self.train
        if labels == "fer":
            return lesson("fer", faces, side_px)
        if not faces.votes.any():
            raise InputError(f"{self.data} has no FER+ votes to learn from.", "Give --ferplus fer2013new.csv.")
        return lesson("ferplus", faces, side_px, labels)

    def course(self, name: str, share: float = 1.0, seed: int = 0, side_px: int = 0) -> Course:
        """Return how a network learns; name: of its file; share: of the budget's seconds; side_px: 0 for its own."""
        kept = self.output_dir / "weights" / self.budget.name / f"{name.replace(' ', '_')}.pt"
        return Course(share * self.budget.seconds, side_px or self.budget.side_px, seed, kept)


def part(faces: LabelledFaces, count: int, seed: int = 0) -> LabelledFaces:
    """Return some pictures of a split, chosen at random; all of them if there are no more."""
    if len(faces) <= count:
        return faces
    return of_rows(faces, np.sort(np.random.default_rng(seed).permutation(len(faces))[:count]))


def of_rows(faces: LabelledFaces, rows: np.ndarray) -> LabelledFaces:
    """Return the pictures of some rows, int (M,)."""
    return replace(
        faces,
        images=[faces.images[row] for row in rows],
        labels=faces.labels[rows],
        votes=faces.votes[rows],
        agreed=faces.agreed[rows],
        traits={name: values[rows] for name, values in faces.traits.items()},
    )
