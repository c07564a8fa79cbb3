"""Whether faces are seen whatever the skin and the age: crops of UTKFace, each as the first frame of a recording."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from realtime.images import read_picture
from realtime.records import Frame, Reading, Suspect

# Reads frames as the first ones of a recording each.
Read = Callable[[Frame], "tuple[list[Reading], tuple[Suspect, ...]]"]

GENDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "gender"
# Sides of a crop in the frame, which is about the height of the head.
SIDES_PX = (160, 48)
_RACES = ("white", "black", "asian", "indian", "other")
# The youngest people of the set are 13.
_YOUNGEST = "13 to 15 years"
_PLACE = (640, 360)


def groups(folder: Path = GENDER, each: int = 20) -> dict[str, list[Path]]:
    """Return pictures of the test split by group, evenly chosen; none where the set is not here.

    Args:
        folder: with labels.csv, which names the pictures.
        each: how many pictures of a group at most.
    """
    if not (folder / "labels.csv").is_file():
        return {}
    found: dict[str, list[Path]] = {group: [] for group in (*_RACES, _YOUNGEST)}
    with open(folder / "labels.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["split"] == "test":
                path = folder / row["file"]
                found[row["race"]].append(path)
                if int(row["age"]) <= 15:
                    found[_YOUNGEST].append(path)
    return {group: paths[:: max(len(paths) // each, 1)][:each] for group, paths in found.items()}


def recall_of_groups(read: Read, chosen: dict[str, list[Path]]) -> dict[str, dict[str, float]]:
    """Return how many of the faces of each group wear an emoji, or are hidden at all, in percent."""
    rows = {}
    for group, paths in chosen.items():
        for side_px in SIDES_PX:
            told = [_told(*read(frame)) for frame in _frames(paths, side_px)]
            emoji, hidden = np.mean(told, 0) * 100
            rows[f"{group}, {side_px} px"] = {"faces": float(len(told)), "emoji": float(emoji), "hidden": float(hidden)}
    return rows


def _told(readings: list[Reading], suspects: tuple[Suspect, ...]) -> tuple[bool, bool]:
    emoji = any(_there(reading.face.region.center) for reading in readings)
    return emoji, emoji or any(suspect.likely and _there(suspect.region.center) for suspect in suspects)


def _there(center: tuple[float, float]) -> bool:
    return float(np.hypot(center[0] - _PLACE[0], center[1] - _PLACE[1])) < 40


def _frames(paths: list[Path], side_px: int) -> Iterator[Frame]:
    left, top = (middle - side_px // 2 for middle in _PLACE)
    for path in paths:
        image = np.full((720, 1280, 3), (96, 92, 84), np.uint8)
        crop = cv2.resize(read_picture(path), (side_px, side_px), interpolation=cv2.INTER_AREA)
        image[top : top + side_px, left : left + side_px] = crop
        yield Frame(image, 0, 0.0, "crop")
