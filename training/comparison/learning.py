"""Letting a network learn for a given time of one core, in a way that an interruption does not end."""

from __future__ import annotations

import contextlib
import math
import pickle
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from realtime.errors import InputError, OutputError
from realtime.images import make_parent, replacing
from training.batches import Batch, Batches
from training.schedule import resized

_PEAK_RATE = 0.05
_WARM_UP = 0.05  # of the time
_SMOOTHING = 0.1  # of labels, not of votes
# Time between two writings of a network that learns, and so the most that is lost.
_SAVE_EVERY_S = 120.0


@dataclass(frozen=True)
class Course:
    """How a network learns. heads: those that do. seconds: of one core. side_px: of the patches. kept: its file."""

    heads: Sequence[str]
    seconds: float
    side_px: int
    seed: int
    kept: Path


def learn(net: nn.Module, batches: Batches, course: Course) -> int:
    """Let a network learn for the time of its course, going on from its file if there is one.

    Only the steps of the network count, not the making of its batches, which another thread does meanwhile.

    Args:
        net: The network; its weights are changed.
        batches: What it is shown.
        course: How it learns.

    Returns:
        How many faces it was shown.

    Raises:
        InputError: The file is damaged, or of another network.
        OutputError: The file can't be written.
    """
    torch.manual_seed(course.seed)
    optimizer = torch.optim.SGD(net.parameters(), lr=_PEAK_RATE, momentum=0.9, nesterov=True, weight_decay=5e-4)
    at = {"spent_s": 0.0, "seen": 0, "step": 0}
    _resume(course.kept, net, optimizer, at)
    saved_s = time.monotonic()
    with contextlib.closing(_endless(batches, at["step"])) as shown:
        while at["spent_s"] < course.seconds:
            batch = next(shown)
            began_s = time.thread_time()
            at["seen"] += _step(net, optimizer, batch, course, at["spent_s"] / course.seconds)
            at["spent_s"] += time.thread_time() - began_s
            at["step"] += 1
            if time.monotonic() - saved_s > _SAVE_EVERY_S or at["spent_s"] >= course.seconds:
                _save(course.kept, net, optimizer, at)
                saved_s = time.monotonic()
    return int(at["seen"])


def _endless(batches: Batches, step: int) -> Iterator[Batch]:
    epoch, first = divmod(step, batches.steps)
    while True:
        yield from batches.epoch(epoch, first)
        epoch, first = epoch + 1, 0


def _step(net: nn.Module, optimizer: torch.optim.Optimizer, batch: Batch, course: Course, done: float) -> int:
    """Take a step; done: which part of the time is over, 0 to 1. Returns how many faces were shown."""
    for group in optimizer.param_groups:
        group["lr"] = _PEAK_RATE * min((done + 0.005) / _WARM_UP, 0.5 * (1 + math.cos(math.pi * done)))
    net.train()
    fer = len(batch.fer)
    first = 0 if {"fer", "ferplus"} & set(course.heads) else fer
    faces = batch.faces[first:] if "gender" in course.heads else batch.faces[:fer]
    logits = net(resized(faces, course.side_px))
    cost = _cost(logits, batch, course.heads, fer - first)
    optimizer.zero_grad()
    cost.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return len(faces)


def _cost(logits: dict[str, Tensor], batch: Batch, heads: Sequence[str], fer: int) -> Tensor:
    parts = []
    if "fer" in heads:
        parts.append(F.cross_entropy(logits["fer"][:fer], batch.fer, label_smoothing=_SMOOTHING))
    if "ferplus" in heads:
        parts.append(F.cross_entropy(logits["ferplus"][:fer], batch.votes))
    if "gender" in heads:
        parts.append(F.cross_entropy(logits["gender"][fer:], batch.gender, label_smoothing=_SMOOTHING))
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
    try:
        with replacing(kept) as part:
            torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict(), "at": at}, part)
    except OSError as error:
        raise OutputError(
            f"{kept} can't be written: {error.strerror}.", "Free some space or choose another --output-dir."
        ) from error
