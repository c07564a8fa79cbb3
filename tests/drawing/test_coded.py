"""Emoji drawn on frames as they are coded."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from realtime.drawing.overlay import Overlay, Shown
from realtime.drawing.placement import over_face
from realtime.packs.library import PackLibrary
from realtime.planes import OfPlanes, Planes
from realtime.records import Region

WIDE, HIGH = 320, 180


def _planes(seed: int) -> Planes:
    """Return a picture of smooth colours."""
    few = np.random.default_rng(seed).integers(60, 190, (3, 5, 9), np.uint8)
    luma, blue, red = (cv2.resize(one, (WIDE // step, HIGH // step)) for one, step in zip(few, (1, 2, 2), strict=True))
    return luma, blue, red


def _drawn(planes: Planes, region: Region, sprite) -> Planes:
    luma, blue, red = (plane.copy() for plane in planes)
    Overlay().draw((luma, blue, red), 1, Shown(sprite), over_face(region))
    return luma, blue, red


@pytest.fixture(scope="module")
def sprite():
    return PackLibrary("classic").current.sprite("happy", "female", True, 0.0)


@pytest.mark.parametrize("place", [(160, 90), (161, 90), (160, 91), (163.4, 87.6), (4, 2), (317, 179), (-400, 0)])
def test_an_emoji_looks_the_same_on_a_coded_frame_and_hides_as_much(place, sprite):
    region = Region(place, 71.0, 0.2)
    one, other = (_drawn(_planes(seed), region, sprite) for seed in (1, 2))
    image = OfPlanes()(_planes(1))
    Overlay().draw(image, 1, Shown(sprite), over_face(region))
    # Colours at half the resolution are softer at every edge of a drawing.
    assert np.abs(OfPlanes()(one).astype(int) - image).mean() < 1.5
    spot = over_face(region)
    hidden = np.zeros((HIGH, WIDE), np.uint8)
    cv2.ellipse(hidden, (spot.center, tuple(2 * r - 4 for r in spot.radii), float(np.degrees(0.2))), 255, cv2.FILLED)
    for step, a, b, before in zip((1, 2, 2), one, other, _planes(1), strict=True):
        inside = cv2.resize(hidden, a.shape[::-1], interpolation=cv2.INTER_AREA) == 255
        assert (a == b)[inside].all()
        far = cv2.dilate(hidden, np.ones((75, 75), np.uint8))[::step, ::step] == 0
        assert (a == before)[far].all()
