"""What is drawn over what may be a face."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.drawing.covers import COVERS, load_cover
from realtime.drawing.placement import PLACEMENTS
from realtime.engine.painter import PLAIN_BGR, Painter
from realtime.engine.privacy import StrictMask
from realtime.packs.library import PackLibrary
from realtime.records import Reading, Suspect
from tests.fakes import face, frame, prediction

IMAGE = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
REGION = face(160, 120, 80).region


def _painted(likely, cover="emoji", placement="face"):
    painter = Painter(PackLibrary(), load_cover(cover), placement)
    return painter.paint(frame(image=IMAGE), [], [Suspect(REGION, likely)])


@pytest.mark.parametrize("cover", ["emoji", "blur", "pixelate", "solid"])
def test_what_is_likely_a_face_is_blurred_and_nothing_else(cover):
    painted = _painted(likely=True, cover=cover)
    inside = painted[100:140, 140:180]
    assert inside.std() < 0.4 * IMAGE[100:140, 140:180].std()
    assert np.array_equal(painted[:20], IMAGE[:20])
    assert np.array_equal(painted[:, :60], IMAGE[:, :60])


def test_what_is_not_likely_a_face_is_left_alone():
    assert np.array_equal(_painted(likely=False), IMAGE)


@pytest.mark.parametrize(("cover", "placement"), [("none", "face"), ("emoji", "beside"), ("emoji", "corner")])
def test_nothing_is_blurred_where_faces_are_shown(cover, placement):
    assert np.array_equal(_painted(likely=True, cover=cover, placement=placement), IMAGE)


NOISE = np.random.default_rng(1).integers(0, 256, (240, 320, 3), dtype=np.uint8)


def _cropped(image, cover, placement, strict):
    mask = StrictMask() if strict else None
    painter = Painter(PackLibrary(), load_cover(cover), placement, crop="head", strict_mask=mask)
    seen = Reading(1, face(120, 100, 60), prediction(), prediction(), "happy", "female")
    expected = Reading(2, face(250, 150, 40), None, prediction(), "sad", "male")
    suspects = [Suspect(REGION, True), Suspect(face(30, 30, 30).region, False)]
    return painter.paint(frame(image=image), [seen, expected], suspects)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("cover", COVERS)
def test_with_the_head_alone_nothing_of_the_frame_is_left(cover, placement, strict):
    painted = _cropped(IMAGE, cover, placement, strict)
    assert np.array_equal(painted, _cropped(NOISE, cover, placement, strict))
    assert (painted == PLAIN_BGR).all(2).mean() > 0.5
    if load_cover(cover).with_emoji:
        assert not (painted == PLAIN_BGR).all(2).all()
