"""Heads in pictures made for the tests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from realtime.drawing.head import Spot
from realtime.records import Reading, Region
from tests.fakes import face, prediction


def reading(region: Region) -> Reading:
    """Return what is known of somebody whose face is at a place."""
    said = prediction()
    return Reading(
        track=3,
        face=replace(face(), region=region),
        raw=said,
        prediction=said,
        emotion="happy",
        presentation="female",
    )


def noise(seed: int = 0) -> np.ndarray:
    """Return a picture in which any change is seen: uint8 (240, 320, 3)."""
    return np.random.default_rng(seed).integers(0, 256, (240, 320, 3), dtype=np.uint8)


def head_mask(spot: Spot, shape: tuple[int, ...] = (240, 320), grown: float = 1.0) -> np.ndarray:
    """Return the mask of a head, bool (H, W)."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    dx, dy = x - spot.center[0], y - spot.center[1]
    along_x = dx * np.cos(spot.roll_rad) + dy * np.sin(spot.roll_rad)
    along_y = dy * np.cos(spot.roll_rad) - dx * np.sin(spot.roll_rad)
    radius_x, radius_y = spot.radii
    return (along_x / radius_x) ** 2 + (along_y / radius_y) ** 2 <= grown**2
