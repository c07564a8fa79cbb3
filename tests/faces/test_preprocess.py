from __future__ import annotations

import cv2
import numpy as np
import pytest

from realtime.faces.preprocess import PATCH_SIZE, PATCH_VERSION, face_patch
from realtime.records import Region


def test_a_picture_of_the_patch_size_comes_back_unchanged():
    image = np.random.default_rng(0).integers(0, 256, (PATCH_SIZE, PATCH_SIZE), np.uint8)
    assert np.array_equal(face_patch(image, Region.whole(image)), image)


@pytest.mark.parametrize("size", [20, 48, 90, 300])
def test_the_patch_shows_the_region(size):
    """A bright quarter of the region is the same quarter of the patch."""
    image = np.zeros((400, 500, 3), np.uint8)
    image[200 - size // 2 : 200, 250 : 250 + size // 2] = 255
    patch = face_patch(image, Region((250, 200), size))
    half = PATCH_SIZE // 2
    quarters = [patch[:half, :half], patch[:half, half:], patch[half:, :half], patch[half:, half:]]
    assert [round(q.mean() / 255) for q in quarters] == [0, 1, 0, 0]
    assert patch[:half, half:].mean() > 240


def test_a_rolled_face_is_made_upright():
    image = np.zeros((300, 300), np.uint8)
    cv2.line(image, (100, 150), (200, 150), 255, 6)
    turn = cv2.getRotationMatrix2D((150, 150), -30, 1)  # OpenCV's angles are counter-clockwise
    rolled = cv2.warpAffine(image, turn, (300, 300))
    patch = face_patch(rolled, Region((150.5, 150.5), 120, np.radians(30)))
    upright = face_patch(image, Region((150.5, 150.5), 120))
    assert np.abs(patch.astype(int) - upright).mean() < 3
    assert np.abs(face_patch(rolled, Region((150.5, 150.5), 120)).astype(int) - upright).mean() > 15


def test_shrinking_averages_instead_of_skipping():
    checkers = (np.indices((480, 480)).sum(0) % 2 * 255).astype(np.uint8)
    assert np.abs(face_patch(checkers, Region.whole(checkers)).astype(int) - 127).max() <= 40


def test_outside_the_picture_its_border_goes_on():
    image = np.full((100, 100, 3), 77, np.uint8)
    assert (face_patch(image, Region((0, 0), 80)) == 77).all()


@pytest.mark.parametrize(
    ("shape", "size"), [((0, 10, 3), 5), ((10, 0), 5), ((10, 10, 3), 0), ((10, 10, 3), float("nan"))]
)
def test_what_has_no_size_is_refused(shape, size):
    with pytest.raises(ValueError, match="no face patch"):
        face_patch(np.zeros(shape, np.uint8), Region((5, 5), size))


def test_golden_patch(portrait):
    """If this fails on purpose, raise PATCH_VERSION and train anew: the network knows the old pixels."""
    patch = face_patch(portrait, Region((260, 210), 190, 0.1))
    assert PATCH_VERSION == 1
    assert patch.shape == (PATCH_SIZE, PATCH_SIZE)
    assert patch.dtype == np.uint8
    coarse = cv2.resize(patch, (6, 6), interpolation=cv2.INTER_AREA)
    assert np.abs(coarse.astype(int) - _GOLDEN).max() <= 2, coarse.tolist()


_GOLDEN = np.array(
    [
        [15, 47, 64, 86, 99, 40],
        [111, 164, 186, 167, 122, 102],
        [84, 84, 138, 159, 117, 136],
        [136, 146, 168, 189, 161, 154],
        [159, 148, 138, 143, 125, 148],
        [103, 125, 135, 139, 153, 133],
    ]
)
