"""Rigs move, and cover whatever they do."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import pytest

from realtime.drawing.overlay import Overlay, Shown
from realtime.drawing.placement import at
from realtime.drawing.pose import REST, Pose, pieces
from realtime.packs.pack import PACKS, load_pack
from realtime.packs.rig import Rig
from realtime.records import EMOTIONS, PRESENTATIONS

SIDE = 160
SPOT = at((SIDE / 2, SIDE / 2), 0.6 * SIDE)
POSES = (
    REST,
    Pose(alive=1, mouth=1, smile=1, blinks=(1, 0), brows=(1, -1), turn=1, nod=1),
    Pose(alive=1, mouth=0.4, smile=-1, blinks=(0.5, 1), brows=(-1, 1), turn=-1, nod=-1),
)
DRAWINGS = [(emotion, strong) for emotion in EMOTIONS for strong in (True, False)] + [("unsure", True)]


@functools.cache
def _pack(name):
    return load_pack(PACKS / name)


def _drawn(pack, emotion, presentation, pose, level=255, strong=True, spot=SPOT):
    image = np.full((SIDE, SIDE, 3), level, np.uint8)
    shown = Shown(pack.sprite(emotion, presentation, strong), None, pack.life(emotion, presentation, strong), pose)
    Overlay().draw(image, 0, shown, spot)
    return image


def _inside(spot=SPOT):
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    (cx, cy), (rx, ry) = spot.center, np.array(spot.radii) - 2  # the rim is soft
    return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1


@pytest.mark.parametrize("name", ["classic", "avatar"])
def test_nothing_is_seen_through_a_rig_in_any_pose(name):
    """What is drawn over a head is the same over a white picture and over a black one."""
    for n, (emotion, strong) in enumerate(DRAWINGS):
        presentation = PRESENTATIONS[n % 3]
        assert isinstance(_pack(name).life(emotion, presentation, strong), Rig)
        for pose in POSES:
            white, black = (_drawn(_pack(name), emotion, presentation, pose, level, strong) for level in (255, 0))
            assert np.array_equal(white[_inside()], black[_inside()]), (emotion, presentation, pose)


@pytest.mark.parametrize("name", ["classic", "avatar"])
def test_a_rig_at_rest_is_the_drawing(name):
    pack = _pack(name)
    for emotion in ("happy", "neutral", "sad"):
        still = np.full((SIDE, SIDE, 3), 255, np.uint8)
        Overlay().draw(still, 0, Shown(pack.sprite(emotion, "female")), SPOT)
        change = np.abs(still.astype(int) - _drawn(pack, emotion, "female", REST))
        assert change.mean() < 2.5, emotion
        assert cv2.blur(change.max(2).astype(np.float32), (5, 5)).max() < 45, emotion


def test_each_part_moves_where_it_is():
    """Rows and columns of what changes against the drawing at rest."""
    pack = _pack("classic")
    rest = _drawn(pack, "neutral", "neutral", REST).astype(int)

    def where(pose):
        rows, columns = np.nonzero(np.abs(_drawn(pack, "neutral", "neutral", pose) - rest).max(2) > 30)
        return rows.mean() / SIDE, columns.mean() / SIDE

    mouth, left = where(Pose(alive=1, mouth=1)), where(Pose(blinks=(1, 0)))
    right, brows = where(Pose(blinks=(0, 1))), where(Pose(brows=(1, 1)))
    assert brows[0] < left[0] < mouth[0]
    assert left[1] < 0.5 < right[1]
    assert mouth[1] == pytest.approx(0.5, abs=0.03)


def test_what_moves_is_never_far_from_where_it_was_a_little_before():
    """From one shape of the mouth to the next, and from an eye to its lid, nothing jumps."""
    pack, before = _pack("avatar"), None
    for share in np.linspace(0, 1, 41):
        image = _drawn(pack, "happy", "male", Pose(alive=1, mouth=share, blinks=(share, share)), strong=False)
        image = cv2.GaussianBlur(image, (0, 0), 3).astype(int)
        if before is not None:
            assert np.abs(image - before).max() < 40, share
        before = image


def test_eyes_that_laugh_do_not_blink():
    rig = _pack("classic").life("happy", "neutral")
    assert rig.lids == (None, None)
    assert len(list(pieces(rig, Pose(blinks=(1, 1))))) == len(list(pieces(rig, REST)))


def test_a_rig_at_the_border_is_cut_there():
    pack = _pack("classic")
    for center in ((0.0, 0.0), (SIDE - 3.0, 40.0), (-400.0, 90.0)):
        _drawn(pack, "sad", "neutral", POSES[1], spot=at(center, 90))
    huge = _drawn(pack, "sad", "neutral", POSES[1], level=0, spot=at((80, 80), 2000))
    assert huge.min(axis=2).max() > 0
    assert (huge.max(axis=2) > 0).all()


def test_an_expression_fades_into_the_next_while_both_move():
    pack, overlay = _pack("classic"), Overlay()
    pose = Pose(alive=1, mouth=1)
    for emotion, time_s in (("sad", 0.0), ("happy", 0.1), ("happy", 0.17), ("happy", 0.4)):
        images = [np.full((SIDE, SIDE, 3), level, np.uint8) for level in (0, 255)]
        shown = Shown(pack.sprite(emotion, "male"), emotion, pack.life(emotion, "male"), pose)
        overlay.draw(images[0], 0, shown, SPOT, time_s)
        again = Overlay()
        again._memories = dict(overlay._memories)
        again.draw(images[1], 0, shown, SPOT, time_s)
        assert np.array_equal(images[0][_inside()], images[1][_inside()])
