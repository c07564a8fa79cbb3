"""What every cover promises: the suite walks the registry, so that a new one is tested the day it is added."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from realtime.cli.build import _cover
from realtime.cli.options import Options
from realtime.drawing.covers import COVERS, load_cover
from realtime.drawing.head import head_of
from realtime.errors import UsageError
from realtime.images import coarse
from realtime.records import Frame, Reading
from tests.fakes import face, prediction

ROOT = Path(__file__).parents[2]

# The width of a face's region on which covers are tried, in pixels.
SIZES_PX = (40, 120, 300)
# Two pictures of which one shows nothing of the other correlate by less than this in every patch: measured, blur and
# solid have 0, pixelate 0.22, squares almost three times as fine 0.37, and a face that is left as it is 1.
MOST_ALIKE = 0.3


def _reading(size_px: float, roll: float, center: tuple[float, float]) -> Reading:
    said = prediction()
    seen = face(center[0], center[1], 0.848 * size_px, roll)
    return Reading(track=1, face=seen, raw=said, prediction=said, emotion="happy", presentation="female")


@pytest.fixture(scope="module")
def face_picture(portrait, detector):
    """Give a picture of a real face at a size, and where its middle is."""
    (found,) = detector.detect(Frame(portrait, 0, 0.0, "portrait"))

    def scaled(size_px: float) -> tuple[np.ndarray, tuple[float, float]]:
        scale = size_px / found.region.size_px
        image = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return image, (found.region.center[0] * scale, found.region.center[1] * scale)

    return scaled


def _inside(reading: Reading, shape: tuple[int, ...], grown: float = 1.0) -> np.ndarray:
    """Return the mask of a head, bool (H, W)."""
    spot = head_of(reading.face.region)
    mask = np.zeros(shape[:2], np.uint8)
    axes = (2 * grown * spot.radii[0], 2 * grown * spot.radii[1])
    cv2.ellipse(mask, (spot.center, axes, float(np.degrees(spot.roll_rad))), 255, cv2.FILLED)
    return mask > 0


def _detail(image: np.ndarray, size_px: float) -> np.ndarray:
    """Return what is finer than about a sixteenth of a head, by which people are recognised; float32 (H, W)."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)
    return grey - cv2.GaussianBlur(grey, (0, 0), size_px / 32)


def _most_alike(one: np.ndarray, other: np.ndarray, reading: Reading) -> float:
    """Return how much the patch of a head that is most alike correlates in two pictures, 0 to 1."""
    size_px = reading.face.region.size_px
    first, second = _detail(one, size_px), _detail(other, size_px)
    within = _inside(reading, one.shape, 0.9)
    side = max(round(size_px / 3), 8)
    found = 0.0
    for top in range(0, one.shape[0] - side, max(side // 2, 1)):
        for left in range(0, one.shape[1] - side, max(side // 2, 1)):
            patch = np.s_[top : top + side, left : left + side]
            if not within[patch].all():
                continue
            a, b = first[patch] - first[patch].mean(), second[patch] - second[patch].mean()
            if min(a.std(), b.std()) > 1.0:  # flatter patches show nothing
                found = max(found, abs(float((a * b).mean() / (a.std() * b.std()))))
    return found


def _worst(cover, face_picture) -> float:
    """Return how much of a face a cover leaves at the worst, over sizes and rolls."""
    worst = 0.0
    for size_px in SIZES_PX:
        image, center = face_picture(size_px)
        for roll in (0.0, 0.5):
            reading = _reading(size_px, roll, center)
            covered = image.copy()
            cover.cover(covered, reading)
            worst = max(worst, _most_alike(image, covered, reading))
    return worst


class _Fine:
    """Pixelates too finely."""

    hides, with_emoji = True, False

    def cover(self, image, reading):
        spot = head_of(reading.face.region)
        (x, y), (across, along) = spot.center, spot.radii
        head = image[max(round(y - along), 0) : round(y + along), max(round(x - across), 0) : round(x + across)]
        head[:] = coarse(head, (16, 20), cv2.INTER_NEAREST)


class _Idle:
    """Says that it hides, and does nothing."""

    hides, with_emoji = True, False

    def cover(self, image, reading):
        pass


@pytest.mark.parametrize("name", COVERS)
def test_what_says_that_it_hides_leaves_nothing_to_recognise(name, face_picture):
    cover = load_cover(name)
    if not cover.hides:
        assert _worst(cover, face_picture) > MOST_ALIKE  # so the suite would see a face
        return
    assert _worst(cover, face_picture) < MOST_ALIKE


@pytest.mark.parametrize("cover", [_Fine(), _Idle()])
def test_a_cover_that_says_so_in_vain_is_found_out(cover, face_picture):
    assert _worst(cover, face_picture) > MOST_ALIKE


@pytest.mark.parametrize("name", COVERS)
@pytest.mark.parametrize("center", [(160, 120), (5, 10), (318, 238), (-400, 50)])
def test_what_hides_changes_the_whole_head_and_nothing_else(name, center):
    cover = load_cover(name)
    image = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    before = image.copy()
    reading = _reading(80, 0.4, center)
    cover.cover(image, reading)
    if cover.hides:
        changed = (image != before).any(2)
        inside = _inside(reading, image.shape, 0.97)
        assert not inside.any() or changed[inside].mean() > 0.98
        assert not changed[~_inside(reading, image.shape, 1.05)].any()


@pytest.mark.parametrize("name", COVERS)
def test_strict_privacy_takes_what_hides_and_nothing_else(name):
    for placement in ("face", "beside", "corner"):
        options = Options(privacy="strict", cover=name, placement=placement)
        cover = load_cover(name)
        if cover.hides or (cover.with_emoji and placement == "face"):
            assert _cover(options).hides is cover.hides
        else:
            with pytest.raises(UsageError, match="strict hides every face"):
                _cover(options)


def test_an_unknown_cover_is_an_error_and_none_in_its_place():
    with pytest.raises(KeyError):
        load_cover("pixelate ")


def test_the_names_are_known_without_opencv():
    code = "import sys, realtime.drawing.covers; assert 'cv2' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
