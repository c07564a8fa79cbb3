"""What the network is shown at each step.

Every random choice is drawn from (seed, epoch, step), never from a running state, so that a run resumed from a
checkpoint goes on exactly as it would have without the interruption, and several processes agree without talking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from training.augment import augmented_patch
from training.datasets import LabelledFaces

# In the multi-label scheme, every emotion with more than this share of the votes counts as right.
_MULTI_SHARE = 0.3


@dataclass(frozen=True, eq=False)
class Batch:
    """One step's faces: the first len(fer) rows are FER pictures, the rest are of the gender set.

    faces: uint8 (N, 1, S, S). fer: int64 (F,), index into EMOTIONS. votes: float32 (F, 8), each row summing to 1, or
    to 0 where there are no votes. gender: int64 (N - F,), index into GENDERS. answers: what the teachers say of all
    faces, head -> float32 (N, classes); empty without teachers.
    """

    faces: Tensor
    fer: Tensor
    votes: Tensor
    gender: Tensor
    answers: dict[str, Tensor]

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device."""
        answers = {head: tensor.to(device) for head, tensor in self.answers.items()}
        return Batch(
            faces=self.faces.to(device),
            fer=self.fer.to(device),
            votes=self.votes.to(device),
            gender=self.gender.to(device),
            answers=answers,
        )


@dataclass(frozen=True, eq=False)
class Batches:
    """The batches of a run, for one of several processes.

    batch_size, gender_batch_size: faces of a step, over all processes. labels: one of LABELS. fer_answers,
    gender_answers: the teachers' answers for either set, by head; empty without teachers.
    """

    fer: LabelledFaces
    gender: LabelledFaces | None
    batch_size: int
    gender_batch_size: int
    labels: str
    seed: int
    rank: int = 0
    world: int = 1
    fer_answers: Mapping[str, np.ndarray] = field(default_factory=dict)
    gender_answers: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """The number of steps in an epoch."""
        return len(self.fer) // self.batch_size

    def epoch(self, epoch: int, first_step: int = 0) -> Iterator[Batch]:
        """Give the batches of an epoch from a step on, each made in another thread while the last one is worked on."""
        order = self._rows(len(self.fer), self.batch_size, epoch, 0)
        gender_order = self._rows(0 if self.gender is None else len(self.gender), self.gender_batch_size, epoch, 1)
        with ThreadPoolExecutor(1) as pool:
            coming: Future[Batch] | None = None
            for step in range(first_step, self.steps):
                batch = coming or pool.submit(self._batch, epoch, step, order[step], gender_order[step])
                if step + 1 < self.steps:
                    coming = pool.submit(self._batch, epoch, step + 1, order[step + 1], gender_order[step + 1])
                yield batch.result()

    def _rows(self, count: int, per_step: int, epoch: int, stream: int) -> np.ndarray:
        """Return which pictures each step of an epoch shows, (steps, per_step); a smaller set comes round again."""
        if count == 0:
            return np.zeros((self.steps, 0), int)
        needed = self.steps * per_step
        rng = np.random.default_rng([self.seed, epoch, stream])
        rounds = [rng.permutation(count) for _ in range(-(-needed // count))]
        return np.concatenate(rounds)[:needed].reshape(self.steps, per_step)

    def _batch(self, epoch: int, step: int, rows: np.ndarray, gender_rows: np.ndarray) -> Batch:
        # A face's variation depends on its place in the whole batch, not on the process that makes it.
        own, own_gender = (range(self.rank, len(r), self.world) for r in (rows, gender_rows))
        random = [
            np.random.default_rng([self.seed, epoch, step, place]) for place in range(len(rows) + len(gender_rows))
        ]
        patches = [self._patch(self.fer, rows[i], random[i]) for i in own]
        targets = [self._votes(rows[i], random[i]) for i in own]
        genders = np.zeros(0, np.int64)
        if self.gender is not None:
            patches += [self._patch(self.gender, gender_rows[i], random[len(rows) + i]) for i in own_gender]
            genders = self.gender.labels[gender_rows[own_gender]]
        return Batch(
            faces=torch.from_numpy(np.stack(patches)[:, None]),
            fer=torch.from_numpy(self.fer.labels[rows[own]]),
            votes=torch.from_numpy(np.stack(targets)),
            gender=torch.from_numpy(genders),
            answers=self._answers(rows[own], gender_rows[own_gender]),
        )

    def _answers(self, rows: np.ndarray, gender_rows: np.ndarray) -> dict[str, Tensor]:
        answers = {head: [values[rows]] for head, values in self.fer_answers.items()}
        if len(gender_rows):
            for head, values in self.gender_answers.items():
                answers[head].append(values[gender_rows])
        return {head: torch.from_numpy(np.concatenate(parts)) for head, parts in answers.items()}

    @staticmethod
    def _patch(faces: LabelledFaces, row: int, rng: np.random.Generator) -> np.ndarray:
        image = faces.images[row]
        return augmented_patch(image, faces.framing.region(image), rng)

    def _votes(self, row: int, rng: np.random.Generator) -> np.ndarray:
        """Return the target of the FER+ head, float32 (8,), zeros where there is none."""
        shares = self.fer.votes[row]
        return np.zeros_like(shares) if self.labels == "fer" else vote_target(shares, self.labels, rng)


def vote_target(shares: np.ndarray, scheme: str, rng: np.random.Generator) -> np.ndarray:
    """Return what a face's votes ask of a network, by one of the schemes of Barsoum et al. (2016).

    Args:
        shares: float32 (8,), of the votes, order FERPLUS; all zero without votes, which stay zero.
        scheme: majority, soft, probabilistic or multi; mixed is like soft.
        rng: Draws for the probabilistic scheme.

    Returns:
        float32 (8,), sums to 1, or to 0 without votes.
    """
    if not shares.any() or scheme in ("soft", "mixed"):
        return shares
    target = np.zeros_like(shares)
    if scheme == "majority":
        target[shares.argmax()] = 1
    elif scheme == "probabilistic":
        target[rng.choice(len(shares), p=shares.astype(float) / shares.sum(dtype=float))] = 1
    else:  # multi
        target[(shares > _MULTI_SHARE) | (shares == shares.max())] = 1
        target /= target.sum()
    return target
