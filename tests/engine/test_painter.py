"""What is drawn over what may be a face."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.drawing.covers import load_cover
from realtime.engine.painter import Painter
from realtime.packs.library import PackLibrary
from realtime.records import Suspect
from tests.fakes import face, frame

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
