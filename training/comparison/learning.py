"""Letting a network learn for a given time of one core, in a way that an interruption does not end."""

from __future__ import annotations

import math
import pickle
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from realtime.errors import InputError
from realtime.images import make_parent
from training.comparison.shown import Lesson
from training.writing import writing

_PEAK_RATE = 0.003
_WEIGHT_DECAY = 0.01
_WARM_UP = 0.05  # of the time
_SMOOTHING = 0.1  # of labels, not of votes
# Time between two writings of a network that learns, and so the most that is lost.
_SAVE_EVERY_S = 120.0


@dataclass(frozen=True)
class Course:
    """How a network learns.

    seconds: of one core. side_px: of the patches. seed: of all random. kept: its file. mixed: whether convolutions are
    computed with 16 bits (bfloat16) where the processor has them: large ones take a third of the time, small ones gain
    nothing.
    """

    seconds: float
    side_px: int
    seed: int
    kept: Path
    mixed: bool = False


def learn(net: nn.Module, lessons: Sequence[Lesson], course: Course) -> int:
    """Let a network learn for the time of its course, going on from its file if there is one.

    Only the steps of the network count, not the making of what it is shown.

    Args:
        net: The network; its weights are changed.
        lessons: What its heads are shown, all of them in every step.
        course: How it learns.

    Returns:
        How many faces it was shown.

    Raises:
        InputError: The file is damaged, or of another network.
        OutputError: The file can't be written.
    """
    optimizer = torch.optim.AdamW(net.parameters(), lr=_PEAK_RATE, weight_decay=_WEIGHT_DECAY)
    at = {"spent_s": 0.0, "seen": 0, "step": 0}
    _resume(course.kept, net, optimizer, at)
    mixed = course.mixed and torch.cpu._is_avx512_bf16_supported()
    saved_s = time.monotonic()
    net.train()
    while at["spent_s"] < course.seconds:
        shown = [lesson.step(int(at["step"]), course.seed) for lesson in lessons]
        torch.manual_seed(course.seed + int(at["step"]))  # of the dropout
        began_s = time.thread_time()
        for group in optimizer.param_groups:
            group["lr"] = _rate(at["spent_s"] / course.seconds)
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed):
            logits = net(torch.cat([faces for faces, _ in shown]))
        cost = _cost(logits, [lesson.head for lesson in lessons], [targets for _, targets in shown])
        optimizer.zero_grad()
        cost.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        at["spent_s"] += time.thread_time() - began_s
        at["seen"] += sum(len(targets) for _, targets in shown)
        at["step"] += 1
        if time.monotonic() - saved_s > _SAVE_EVERY_S or at["spent_s"] >= course.seconds:
            _save(course.kept, net, optimizer, at)
            saved_s = time.monotonic()
    return int(at["seen"])


def _rate(done: float) -> float:
    """Return the learning rate when a part of the time is over, 0 to 1: a short rise, then half a cosine."""
    return _PEAK_RATE * min((done + 0.005) / _WARM_UP, 0.5 * (1 + math.cos(math.pi * done)))


def _cost(logits: Mapping[str, Tensor], heads: Sequence[str], targets: Sequence[Tensor]) -> Tensor:
    """Return the sum of the heads' costs; the faces of each follow each other in the batch."""
    parts, first = [], 0
    for head, target in zip(heads, targets, strict=True):
        smoothing = 0.0 if head == "ferplus" else _SMOOTHING
        own = logits[head][first : first + len(target)].float()
        parts.append(F.cross_entropy(own, target, label_smoothing=smoothing))
        first += len(target)
    return torch.stack(parts).sum()


def _resume(kept: Path, net: nn.Module, optimizer: torch.optim.Optimizer, at: dict[str, Any]) -> None:
    if not kept.is_file():
        return
    try:
        saved = torch.load(kept, map_location="cpu", weights_only=True)
        net.load_state_dict(saved["net"])
        optimizer.load_state_dict(saved["optimizer"])
        at.update(saved["at"])
    except (OSError, EOFError, RuntimeError, LookupError, TypeError, ValueError, pickle.UnpicklingError) as error:
        raise InputError(
            f"{kept} can't be gone on from: it is damaged, or of another network.", "Delete it, or give --anew."
        ) from error


def _save(kept: Path, net: nn.Module, optimizer: torch.optim.Optimizer, at: dict[str, Any]) -> None:
    make_parent(kept)
    with writing(kept) as part:
        torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "at": at}, part)
