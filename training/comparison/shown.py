"""What the compared networks are shown: faces mirrored and shifted at random, made quickly.

`training.batches` imitates a webcam, which costs more than the small networks here do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from training.batches import vote_target
from training.datasets import LabelledFaces
from training.labels import FERPLUS
from training.schedule import resized

_BATCH = 64
# Faces are shifted by up to this many sixteenths of their side.
_SHIFT = 1


@dataclass(frozen=True, eq=False)
class Lesson:
    """The faces that one head learns from, in memory; head: fer, ferplus or gender. scheme: how votes teach.

    patches: uint8 (N, 1, S, S). labels: int64 (N,). votes: float32 (N, 8), only for the head ferplus.
    """

    head: str
    patches: Tensor
    labels: Tensor
    votes: np.ndarray
    scheme: str = "soft"

    def step(self, number: int, seed: int) -> tuple[Tensor, Tensor]:
        """Return the faces of a step, uint8 (64, 1, S, S), and their targets: labels int64 (64,) or votes (64, 8).

        Both follow from seed and number, so that a run that goes on is shown what it would have been.
        """
        rng = np.random.default_rng([seed, number])
        rows = rng.integers(0, len(self.patches), _BATCH)
        faces = self.patches[rows]
        mirrored = torch.from_numpy(rng.random(_BATCH) < 0.5)
        faces = torch.where(mirrored[:, None, None, None], faces.flip(3), faces)
        most = faces.shape[-1] * _SHIFT // 16
        down, right = rng.integers(-most, most + 1, 2)
        faces = torch.roll(faces, (int(down), int(right)), (2, 3))
        if self.head != "ferplus":
            return faces, self.labels[rows]
        targets = [vote_target(self.votes[row], self.scheme, rng) for row in rows]
        return faces, torch.from_numpy(np.stack(targets))


def lesson(head: str, faces: LabelledFaces, side_px: int, scheme: str = "soft") -> Lesson:
    """Return what a head learns from faces, brought to a size."""
    rows = np.flatnonzero(faces.votes.any(1)) if head == "ferplus" else np.arange(len(faces))
    patches = resized(torch.from_numpy(faces.patches(rows.tolist())), side_px).round().to(torch.uint8)
    votes = faces.votes[rows] if head == "ferplus" else np.zeros((0, len(FERPLUS)), np.float32)
    return Lesson(head, patches, torch.from_numpy(faces.labels[rows]), votes, scheme)
