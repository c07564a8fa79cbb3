"""Other covers, other places, and how one drawing turns into the next."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from realtime.cli import build
from realtime.cli.options import Options
from realtime.drawing.covers import load_cover
from realtime.drawing.head import Spot, head_of
from realtime.drawing.overlay import Overlay, Shown
from realtime.drawing.placement import beside, corner, over_face
from realtime.engine.painter import Painter
from realtime.engine.reader import FaceReader
from realtime.errors import UsageError
from realtime.packs.pack import PACKS, Sprite, load_pack
from realtime.records import Reading, Region
from tests.fakes import Packs, ScriptedClassifier, ScriptedDetector, face, frame, picture, prediction, readable


def _reading(region: Region) -> Reading:
    said = prediction()
    return Reading(
        track=3,
        face=replace(face(), region=region),
        raw=said,
        prediction=said,
        emotion="happy",
        presentation="female",
    )


@pytest.fixture(scope="module")
def pack():
    return load_pack(PACKS / "classic")


def _noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (240, 320, 3), dtype=np.uint8)


def _head(spot: Spot, shape: tuple[int, ...] = (240, 320), grown: float = 1.0) -> np.ndarray:
    """Return the mask of a head, bool (H, W)."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    dx, dy = x - spot.center[0], y - spot.center[1]
    along_x = dx * np.cos(spot.roll_rad) + dy * np.sin(spot.roll_rad)
    along_y = dy * np.cos(spot.roll_rad) - dx * np.sin(spot.roll_rad)
    radius_x, radius_y = spot.radii
    return (along_x / radius_x) ** 2 + (along_y / radius_y) ** 2 <= grown**2


# ---- covers


@pytest.mark.parametrize("cover", ["blur", "pixelate", "solid"])
@pytest.mark.parametrize("center", [(160, 120), (5, 10), (318, 238)])
def test_every_cover_hides_the_head_and_nothing_else(cover, center):
    image = _noise()
    before = image.copy()
    region = Region(center, 80, 0.4)
    load_cover(cover).cover(image, _reading(region))
    changed = (image != before).any(2)
    inside, outside = _head(head_of(region), grown=0.97), ~_head(head_of(region), grown=1.05)
    assert changed[inside].mean() > 0.98
    assert not changed[outside].any()


@pytest.mark.parametrize("cover", ["blur", "pixelate", "solid"])
def test_nothing_small_is_left_of_a_hidden_face(cover):
    image = np.zeros((240, 320, 3), np.uint8)
    image[::4] = 255
    load_cover(cover).cover(image, _reading(Region((160, 120), 120)))
    rows = image[80:160, 160, 0].astype(int)
    assert np.abs(np.diff(rows)).max() < 80


@pytest.mark.parametrize("center", [(-500, 20), (160, 900)])
def test_hiding_what_is_out_of_the_picture_is_no_error(center):
    image = _noise()
    load_cover("blur").cover(image, _reading(Region(center, 50)))
    assert np.array_equal(image, _noise())


def test_boxes_and_labels_leave_the_face():
    image = picture()
    load_cover("none").cover(image, _reading(face().region))
    assert (image[110:130, 150:170] == 128).all()
    assert (image != 128).any(2).sum() > 300


# ---- places


def test_beside_is_where_there_is_room_and_leaves_the_head_free():
    for x, side in ((60, 1), (280, -1)):
        region = Region((x, 120), 60)
        place = beside(region, (320, 240))
        assert (place.center[0] - x) * side > 0
        assert not (_head(place) & _head(head_of(region))).any()
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
    assert over[_head(near)].mean() > 0.95
    assert over[_head(far)].mean() > 0.95
    aside = _shown(pack, placement="beside")
    assert aside[_head(near, grown=0.9)].mean() < 0.1  # hair may reach over
    assert aside[_head(beside(face(90, 120, 60).region, (320, 240)), grown=0.9)].mean() > 0.95
    both = _shown(pack, placement="beside", cover="solid")
    assert both[_head(near, grown=0.95)].mean() > 0.95
    low = _shown(pack, placement="corner")
    assert low[_head(corner((320, 240)), grown=0.9)].mean() > 0.95
    assert not low[_head(near)].any()
    assert 0 < _shown(pack, cover="none")[_head(near)].mean() < 0.6


@pytest.mark.parametrize("shown", [{"cover": "none"}, {"placement": "beside"}, {"placement": "corner"}])
def test_strict_privacy_refuses_what_shows_a_face(shown):
    with pytest.raises(UsageError, match="strict hides every face"):
        build._cover(Options(privacy="strict", **shown))


@pytest.mark.parametrize("hidden", [{}, {"cover": "blur"}, {"cover": "solid", "placement": "corner"}])
def test_strict_privacy_takes_what_hides_it(hidden):
    assert build._cover(Options(privacy="strict", **hidden))


# ---- one drawing and the next


def _flat(level: int) -> Sprite:
    """Return an opaque disc of one grey level."""
    y, x = np.mgrid[:128, :128] - 63.5
    disc = (x * x + y * y <= 62 * 62).astype(np.uint8)
    return Sprite((cv2_merge(disc * level, disc * 255),), (64, 64), (60, 60))


def cv2_merge(grey: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.dstack([grey, grey, grey, alpha]))


def test_another_drawing_fades_in_and_hides_all_the_while():
    spot, overlay = head_of(Region((160, 120), 80)), Overlay()
    levels = []
    for n in range(12):
        image = np.full((240, 320, 3), (0, 255, 0), np.uint8)
        sprite, key = (_dark, "calm") if n < 3 else (_light, "angry")
        overlay.draw(image, 1, Shown(sprite, key), spot, n / 30)
        inside = image[_head(spot, grown=0.99)]
        assert np.ptp(inside.astype(int), axis=1).max() <= 2  # grey through and through
        levels.append(int(image[120, 160, 0]))
    assert levels[:4] == [40] * 4
    assert levels[4:8] == sorted(levels[4:8])
    assert 60 < levels[5] < 180
    assert levels[8:] == [200] * 4


_dark, _light = _flat(40), _flat(200)


def test_a_new_frame_of_the_same_drawing_does_not_fade():
    spot, overlay = head_of(Region((160, 120), 80)), Overlay()
    for n, sprite in enumerate((_dark, _light)):
        image = picture()
        overlay.draw(image, 1, Shown(sprite, "same"), spot, n / 30)
    assert image[120, 160].tolist() == [200] * 3


@pytest.mark.parametrize("yaw", [-1.0, -0.3, 0.0, 0.4, 1.0])
def test_a_leaning_emoji_hides_the_head_too(pack, yaw):
    spot = head_of(Region((160, 120), 90, 0.3))
    for time_s in (0.0, 1.0, 3.0):
        shown = []
        for level in (0, 255):
            image = picture(level=level)
            Overlay(motion=True).draw(image, 1, Shown(pack.sprite("happy", "neutral")), spot, time_s, yaw)
            shown.append(image)
        assert (shown[0] == shown[1]).all(2)[_head(spot, grown=0.995)].all()


def test_a_still_head_is_prepared_once(pack, monkeypatch):
    calls = []
    from realtime.drawing import overlay as module

    prepare = module._prepare
    monkeypatch.setattr(module, "_prepare", lambda *args: calls.append(1) or prepare(*args))
    overlay = Overlay()
    for n in range(30):
        spot = head_of(Region((160 + n, 120), 80 + 0.1 * (n % 3)))
        overlay.draw(picture(), 1, Shown(pack.sprite("happy", "female")), spot, n / 30)
    assert len(calls) <= 2
