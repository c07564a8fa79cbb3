"""What tells a face from what only looks like one, on real portraits."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from realtime.faces.landmarks import Landmarker
from realtime.records import BLENDSHAPES, Region
from tests.fakes import frame


def _turned(image, degrees):
    """Return a picture turned clockwise around its middle, and where a point of it is then."""
    middle = (image.shape[1] / 2, image.shape[0] / 2)
    matrix = cv2.getRotationMatrix2D(middle, -degrees, 1)
    return cv2.warpAffine(image, matrix, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE), matrix


def test_a_face_has_landmarks_around_its_middle(detector, landmarker, astronaut, portrait):
    for image in (astronaut, portrait):
        (face,) = detector.detect(frame(image=image))
        found = landmarker.look(image, face.region)
        assert math.dist(found.center, face.region.center) < 0.2 * face.region.size_px
        assert 0.35 < found.radii[0] / face.region.size_px < 0.6
        assert 0.4 < found.radii[1] / face.region.size_px < 0.7
        assert abs(found.yaw_rad) < 0.5
        assert abs(found.pitch_rad) < 0.5


@pytest.mark.parametrize("degrees", [-120, 45, 90, 180])
def test_a_face_is_known_however_it_is_rolled(detector, landmarker, astronaut, degrees):
    (face,) = detector.detect(frame(image=astronaut))
    upright = landmarker.look(astronaut, face.region)
    turned, matrix = _turned(astronaut, degrees)
    center = matrix @ np.array([*face.region.center, 1])
    found = landmarker.look(turned, Region(tuple(center), face.region.size_px, math.radians(degrees)))
    assert found.center == pytest.approx(tuple(matrix @ np.array([*upright.center, 1])), abs=6)
    assert found.radii == pytest.approx(upright.radii, rel=0.1)


def test_a_small_face_is_known(detector, landmarker, astronaut):
    (face,) = detector.detect(frame(image=astronaut))
    scale = 24 / face.region.size_px
    small = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    assert landmarker.look(small, Region(tuple(scale * np.array(face.region.center)), 24.0)) is not None


def test_what_is_no_face_has_no_landmarks(landmarker, astronaut):
    data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")
    for image in (data.chelsea(), data.coffee(), data.rocket()):
        bgr = np.ascontiguousarray(image[:, :, ::-1])
        height, width = bgr.shape[:2]
        for x, y, size in ((0.5, 0.5, 0.4), (0.4, 0.35, 0.3), (0.6, 0.6, 0.2)):
            assert landmarker.look(bgr, Region((x * width, y * height), size * height)) is None
    assert landmarker.look(astronaut, Region((420, 420), 80)) is None


def test_a_face_beside_the_place_asked_about_does_not_count(detector, landmarker, astronaut):
    (face,) = detector.detect(frame(image=astronaut))
    x, y = face.region.center
    for shift in (0.6, -0.7):
        assert landmarker.look(astronaut, Region((x + shift * face.region.size_px, y), face.region.size_px)) is None


def test_a_place_outside_the_picture_holds_no_face(landmarker, astronaut):
    for center in ((-500.0, 100.0), (900.0, 900.0), (0.0, 0.0)):
        assert landmarker.look(astronaut, Region(center, 60.0)) is None


@pytest.fixture(scope="module")
def mover():
    landmarker = Landmarker(movements=True)
    yield landmarker
    landmarker.close()


def test_movements_have_mediapipes_names_and_tell_a_smile_from_a_closed_mouth(detector, mover, astronaut, portrait):
    smiles = []
    for image in (astronaut, portrait):
        (face,) = detector.detect(frame(image=image))
        movement = mover.movement(image, face.region)
        assert tuple(movement.blendshapes) == BLENDSHAPES
        assert all(0 <= value <= 1 for value in movement.blendshapes.values())
        smiles.append(movement.blendshapes["mouthSmileLeft"] + movement.blendshapes["mouthSmileRight"])
    assert smiles[0] > 1.2
    assert smiles[1] < 0.8


@pytest.mark.parametrize("degrees", [-90, 30])
def test_the_roll_of_a_head_is_that_in_the_picture(detector, mover, astronaut, degrees):
    (face,) = detector.detect(frame(image=astronaut))
    upright = mover.movement(astronaut, face.region)
    turned, matrix = _turned(astronaut, degrees)
    center = tuple(matrix @ np.array([*face.region.center, 1]))
    found = mover.movement(turned, Region(center, face.region.size_px, math.radians(degrees)))
    assert found.roll_deg == pytest.approx(upright.roll_deg + degrees, abs=4)
    assert found.yaw_deg == pytest.approx(upright.yaw_deg, abs=6)


def test_a_mirrored_face_looks_the_other_way_and_blinks_with_the_other_eye(detector, mover, astronaut):
    mirrored = np.ascontiguousarray(astronaut[:, ::-1])
    found = []
    for image in (astronaut, mirrored):
        (face,) = detector.detect(frame(image=image))
        found.append(mover.movement(image, face.region))
    assert found[0].yaw_deg == pytest.approx(-found[1].yaw_deg, abs=5)
    left, right = (f"eyeLook{where}" for where in ("OutLeft", "OutRight"))
    assert found[0].blendshapes[left] == pytest.approx(found[1].blendshapes[right], abs=0.2)


def test_where_no_face_is_nothing_moves(mover, astronaut):
    assert mover.movement(astronaut, Region((420, 420), 80)) is None
