"""The file of a profile: what is kept of its owner's face between runs. Numbers, and no picture."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from realtime.errors import InputError
from realtime.images import replacing
from realtime.limits import one_line, read_json
from realtime.people.taught import Taught
from realtime.records import EMOTIONS

log = logging.getLogger(__name__)

# A profile in which expressions were taught has some 40 kB, one with a resting face alone 250 bytes.
_MAX_BYTES = 1_000_000
# A probability that is less is 0 in float32, by which nothing can be divided.
_LEAST = 1e-37
# The form of a file in which something was taught, and of one in which that is more than the emotions; files with a
# resting face alone name none.
_VERSION, _VERSION_OWN = 2, 3


@dataclass(frozen=True, eq=False)
class Kept:
    """What is kept. resting: the resting face, float32 (7,), order EMOTIONS. taught: expressions; each None without."""

    resting: np.ndarray | None = None
    taught: Taught | None = None


def read_profile(path: Path | None) -> Kept:
    """Read a profile, if there is one. Raises InputError if it is broken."""
    if path is None or not os.path.isfile(path):
        return Kept()
    try:
        stored = read_json(path, _MAX_BYTES)
        if stored.get("version", _VERSION) not in (_VERSION, _VERSION_OWN):
            raise ValueError(f"it is of version {stored['version']}, this program knows up to {_VERSION_OWN}")
        taught = Taught.from_json(stored["taught"]) if "taught" in stored else None
        numbers = None if taught and "resting" not in stored else [stored["resting"][emotion] for emotion in EMOTIONS]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"The profile {path} can't be read ({one_line(error)}).",
            "Remove it with --forget-profile, and calibrate again.",
        ) from error
    try:
        return Kept(None if numbers is None else np.array(checked_resting(numbers), np.float32), taught)
    except ValueError as error:
        raise InputError(f"The profile {path} holds no probabilities.", "Remove it with --forget-profile.") from error


def write_profile(path: Path | None, kept: Kept) -> None:
    """Keep a profile. A full disk costs the profile, not the running picture."""
    if path is None:
        return
    stored: dict[str, Any] = {}
    if kept.resting is not None:
        stored["resting"] = {name: float(p) for name, p in zip(EMOTIONS, kept.resting, strict=True)}
    if kept.taught is not None:
        version = _VERSION_OWN if kept.taught.own else _VERSION
        stored |= {"version": version, "taught": kept.taught.as_json()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            part.write_text(json.dumps(stored, indent=None if kept.taught else 1) + "\n", encoding="utf-8")
    except OSError as error:
        log.warning("The profile could not be saved in %s: %s. It is used until you quit.", path, error.strerror)


def forget_profile(path: Path) -> None:
    """Remove a profile's file, if there is one."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("The profile %s could not be removed: %s.", path, error.strerror)


def checked_resting(numbers: Any) -> list[float]:
    """Return the numbers of a resting face, order EMOTIONS. Raises ValueError, for whatever else was in a file."""
    fits = isinstance(numbers, list) and len(numbers) == len(EMOTIONS)
    fits = fits and all(isinstance(p, (int, float)) and not isinstance(p, bool) and _LEAST < p <= 1 for p in numbers)
    if not fits or abs(sum(numbers) - 1) >= 0.01:
        raise ValueError(f"{len(EMOTIONS)} probabilities above 0 that sum to 1")
    return [float(p) for p in numbers]
