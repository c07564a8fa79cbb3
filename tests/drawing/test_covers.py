"""What every cover promises: the suite walks the registry, so that a new one is tested the day it is added."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from realtime.cli.build import cover_of
from realtime.cli.options import Options
from realtime.drawing.anonymize import replace_head
from realtime.drawing.covers import COVERS, load_cover
from realtime.drawing.head import head_of
from realtime.errors import UsageError
from realtime.images import coarse
from realtime.records import Frame, Reading
from tests.drawing.heads import head_mask
from tests.drawing.remains import BOUNDS
from tests.fakes import face, prediction

ROOT = Path(__file__).parents[2]

# The width of a face's region on which covers are tried, in pixels.
SIZES_PX = (40, 120, 300)
PORTRAITS = ("portrait", "astronaut")


def _reading(size_px: float, roll: float, center: tuple[float, float]) -> Reading:
    said = prediction()
    seen = face(center[0], center[1], 0.848 * size_px, roll)
    return Reading(track=1, face=seen, raw=said, prediction=said, emotion="happy", presentation="female")


@pytest.fixture(scope="module", params=PORTRAITS)
def face_picture(request, detector):
    """A function from a size to a picture of a real face, and where its middle is."""
    portrait = request.getfixturevalue(request.param)
    (found,) = detector.detect(Frame(portrait, 0, 0.0, request.param))

    def scaled(size_px: float) -> tuple[np.ndarray, tuple[float, float]]:
        scale = size_px / found.region.size_px
        image = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        x, y = found.region.center[0] * scale, found.region.center[1] * scale
        left, top = max(round(x - size_px), 0), max(round(y - size_px), 0)
        return image[top : round(y + size_px), left : round(x + size_px)], (x - left, y - top)

    return scaled


def _left(cover, face_picture) -> dict[str, float]:
    """Return how much of a face a cover leaves by each measure, at the worst over sizes and rolls."""
    worst = dict.fromkeys((measure.__name__ for measure in BOUNDS), 0.0)
    for size_px in SIZES_PX:
        image, center = face_picture(size_px)
        for roll in (0.0, 0.5):
            reading = _reading(size_px, roll, center)
            covered = image.copy()
            cover.cover(covered, reading)
            for measure in BOUNDS:
                worst[measure.__name__] = max(worst[measure.__name__], measure(image, covered, reading))
    return worst


def _found_by(left: dict[str, float]) -> set[str]:
    """Return the measures by which a cover leaves too much."""
    return {measure.__name__ for measure, bound in BOUNDS.items() if left[measure.__name__] > bound}


class _Vain:
    """Says that it hides, and replaces the head by something that doesn't."""

    hides, with_emoji = True, False

    def __init__(self, replaced):
        self._replaced = replaced

    def cover(self, image, reading):
        replace_head(image, reading.face.region, self._replaced)


class _EyeHole(_Vain):
    """Paints the head over, and leaves a hole of 12 pixels through which an eye looks."""

    def __init__(self):
        super().__init__(lambda head: np.full_like(head, 60))

    def cover(self, image, reading):
        x, y = (round(float(at)) - 6 for at in reading.face.keypoints.right_eye)
        hole = np.s_[max(y, 0) : y + 12, max(x, 0) : x + 12]
        eye = image[hole].copy()
        super().cover(image, reading)
        image[hole] = eye


VAIN = {
    "nothing": (_Vain(lambda head: head.copy()), {"edges", "features", "holes"}),
    "a weak blur": (_Vain(lambda head: cv2.GaussianBlur(head, (0, 0), head.shape[0] / 40)), {"edges", "features"}),
    "16x20 squares": (_Vain(lambda head: coarse(head, (16, 20), cv2.INTER_NEAREST)), {"features"}),
    "10x10 squares": (_Vain(lambda head: coarse(head, (10, 10), cv2.INTER_NEAREST)), {"features"}),
    "a veil": (_Vain(lambda head: cv2.addWeighted(head, 0.1, np.full_like(head, 60), 0.9, 0)), {"edges"}),
    "an eye": (_EyeHole(), {"holes"}),
}


@pytest.mark.parametrize("name", COVERS)
def test_what_says_that_it_hides_leaves_nothing_to_recognise(name, face_picture):
    cover = load_cover(name)
    left = _left(cover, face_picture)
    if cover.hides:
        assert not _found_by(left), left
    else:
        assert len(_found_by(left)) == len(BOUNDS), left  # so the suite would see a face


@pytest.mark.parametrize("name", VAIN)
def test_a_cover_that_says_so_in_vain_is_found_out(name, face_picture):
    cover, measures = VAIN[name]
    left = _left(cover, face_picture)
    assert _found_by(left) >= measures, left


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
        inside = head_mask(head_of(reading.face.region), image.shape, 0.97)
        assert not inside.any() or changed[inside].mean() > 0.98
        assert not changed[~head_mask(head_of(reading.face.region), image.shape, 1.05)].any()


@pytest.mark.parametrize("name", COVERS)
def test_strict_privacy_takes_what_hides_and_nothing_else(name):
    for placement in ("face", "beside", "corner"):
        options = Options(privacy="strict", cover=name, placement=placement)
        cover = load_cover(name)
        if cover.hides or (cover.with_emoji and placement == "face"):
            assert cover_of(options).hides is cover.hides
        else:
            with pytest.raises(UsageError, match="strict hides every face"):
                cover_of(options)


def test_an_unknown_cover_is_an_error_and_none_in_its_place():
    with pytest.raises(
        UsageError, match=r"There is no cover 'pixelate '\. Choose one of: emoji, blur,.* none\.$"
    ) as caught:
        load_cover("pixelate ")
    assert caught.value.remedy.startswith("Choose one of")


def test_the_names_are_known_without_opencv():
    code = "import sys, realtime.drawing.covers; assert 'cv2' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
