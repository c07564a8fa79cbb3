"""Where emoji are drawn."""

from __future__ import annotations

import numpy as np

from realtime.drawing.covers import load_cover
from realtime.drawing.head import head_of
from realtime.drawing.placement import beside, corner, over_face
from realtime.engine.painter import Painter
from realtime.engine.reader import FaceReader
from realtime.records import Region
from tests.drawing.heads import head_mask
from tests.fakes import Packs, ScriptedClassifier, ScriptedDetector, face, frame, readable


def test_beside_is_where_there_is_room_and_leaves_the_head_free():
    for x, side in ((60, 1), (280, -1)):
        region = Region((x, 120), 60)
        place = beside(region, (320, 240))
        assert (place.center[0] - x) * side > 0
        assert not (head_mask(place) & head_mask(head_of(region))).any()
        assert 0 < place.center[0] < 320


def test_the_corner_emoji_is_within_the_picture():
    for size_wh in ((320, 240), (1280, 720), (480, 640)):
        place = corner(size_wh)
        (x, y), (radius_x, radius_y) = place.center, place.radii
        assert x + radius_x <= size_wh[0] + 1
        assert y + radius_y <= size_wh[1] + 1
        assert x > size_wh[0] / 2


def _shown(pack, cover: str = "emoji", placement: str = "face") -> np.ndarray:
    detector = ScriptedDetector(lambda n: [face(90, 120, 60), face(220, 120, 40)])
    readings = FaceReader(detector, ScriptedClassifier()).read(frame(0, image=readable()))
    image = Painter(Packs([pack]), load_cover(cover), placement).paint(frame(0, image=readable()), readings)
    return (image != readable()).any(2)


def test_the_painter_does_as_it_is_told(pack):
    near, far = over_face(face(90, 120, 60).region), over_face(face(220, 120, 40).region)
    over = _shown(pack)
    assert over[head_mask(near)].mean() > 0.95
    assert over[head_mask(far)].mean() > 0.95
    aside = _shown(pack, placement="beside")
    assert aside[head_mask(near, grown=0.9)].mean() < 0.1  # hair may reach over
    assert aside[head_mask(beside(face(90, 120, 60).region, (320, 240)), grown=0.9)].mean() > 0.95
    both = _shown(pack, placement="beside", cover="solid")
    assert both[head_mask(near, grown=0.95)].mean() > 0.95
    low = _shown(pack, placement="corner")
    assert low[head_mask(corner((320, 240)), grown=0.9)].mean() > 0.95
    assert not low[head_mask(near)].any()
    assert 0 < _shown(pack, cover="none")[head_mask(near)].mean() < 0.6
