"""Other covers, other places, and how one drawing turns into the next."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.cli import options
from realtime.drawing import anonymize as covers
from realtime.drawing.overlay import Overlay, head_center, head_radii
from realtime.engine.loop import Pipeline, run
from realtime.errors import UsageError
from realtime.packs.pack import PACKS, Sprite, load_pack
from realtime.records import Reading, Region
from tests.fakes import (
    ListSource,
    Packs,
    RecordingSink,
    ScriptedClassifier,
    ScriptedDetector,
    face,
    frame,
    picture,
    prediction,
    readable,
)


@pytest.fixture(scope="module")
def pack():
    return load_pack(PACKS / "classic")


def _noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (240, 320, 3), dtype=np.uint8)


def _head(region: Region, shape: tuple[int, ...] = (240, 320), grown: float = 1.0) -> np.ndarray:
    """Return the mask of a head, bool (H, W)."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    dx, dy = x - head_center(region)[0], y - head_center(region)[1]
    along_x = dx * np.cos(region.roll_rad) + dy * np.sin(region.roll_rad)
    along_y = dy * np.cos(region.roll_rad) - dx * np.sin(region.roll_rad)
    radius_x, radius_y = head_radii(region)
    return (along_x / radius_x) ** 2 + (along_y / radius_y) ** 2 <= grown**2


# ---- covers


@pytest.mark.parametrize("cover", ["blur", "pixelate", "solid"])
@pytest.mark.parametrize("center", [(160, 120), (5, 10), (318, 238)])
def test_every_cover_hides_the_head_and_nothing_else(cover, center):
    image = _noise()
    before = image.copy()
    region = Region(center, 80, 0.4)
    covers.hide(image, region, cover)
    changed = (image != before).any(2)
    inside, outside = _head(region, grown=0.97), ~_head(region, grown=1.05)
    assert changed[inside].mean() > 0.98
    assert not changed[outside].any()


@pytest.mark.parametrize("cover", ["blur", "pixelate", "solid"])
def test_nothing_small_is_left_of_a_hidden_face(cover):
    image = np.zeros((240, 320, 3), np.uint8)
    image[::4] = 255
    covers.hide(image, Region((160, 120), 120), cover)
    rows = image[80:160, 160, 0].astype(int)
    assert np.abs(np.diff(rows)).max() < 80


@pytest.mark.parametrize("center", [(-500, 20), (160, 900)])
def test_hiding_what_is_out_of_the_picture_is_no_error(center):
    image = _noise()
    covers.hide(image, Region(center, 50), "blur")
    assert np.array_equal(image, _noise())


def test_boxes_and_labels_leave_the_face():
    image = picture()
    covers.annotate(image, Reading(3, face(), prediction(), prediction(), "happy", "female"))
    assert (image[110:130, 150:170] == 128).all()
    assert (image != 128).any(2).sum() > 300


# ---- places


def test_beside_is_where_there_is_room_and_leaves_the_head_free():
    for x, side in ((60, 1), (280, -1)):
        region = Region((x, 120), 60)
        place = covers.beside(region, (320, 240))
        assert (place.center[0] - x) * side > 0
        assert not (_head(place) & _head(region)).any()
        assert 0 < place.center[0] < 320


def test_the_corner_emoji_is_within_the_picture():
    for size_wh in ((320, 240), (1280, 720), (480, 640)):
        place = covers.corner(size_wh)
        x, y = head_center(place)
        radius_x, radius_y = head_radii(place)
        assert x + radius_x <= size_wh[0] + 1
        assert y + radius_y <= size_wh[1] + 1
        assert x > size_wh[0] / 2


def _shown(pack, **how) -> np.ndarray:
    sink = RecordingSink()
    detector = ScriptedDetector(lambda n: [face(90, 120, 60), face(220, 120, 40)])
    pipeline = Pipeline(detector, ScriptedClassifier(), Packs([pack]), **how)
    run(ListSource([frame(0, image=readable())]), pipeline, sink)
    return (sink.frames[0].image != readable()).any(2)


def test_the_pipeline_does_as_it_is_told(pack):
    near, far = face(90, 120, 60).region, face(220, 120, 40).region
    over = _shown(pack)
    assert over[_head(near)].mean() > 0.95
    assert over[_head(far)].mean() > 0.95
    beside = _shown(pack, placement="beside")
    assert beside[_head(near, grown=0.9)].mean() < 0.1  # hair may reach over
    assert beside[_head(covers.beside(near, (320, 240)), grown=0.9)].mean() > 0.95
    both = _shown(pack, placement="beside", cover="solid")
    assert both[_head(near, grown=0.95)].mean() > 0.95
    corner = _shown(pack, placement="corner")
    assert corner[_head(covers.corner((320, 240)), grown=0.9)].mean() > 0.95
    assert not corner[_head(near)].any()
    assert 0 < _shown(pack, cover="none")[_head(near)].mean() < 0.6


@pytest.mark.parametrize("shown", [["--cover", "none"], ["--placement", "beside"], ["--placement", "corner"]])
def test_strict_privacy_refuses_what_shows_a_face(shown):
    with pytest.raises(UsageError, match="strict hides every face"):
        options.parse(["--privacy", "strict", *shown])


@pytest.mark.parametrize("hidden", [[], ["--cover", "blur"], ["--cover", "solid", "--placement", "corner"]])
def test_strict_privacy_takes_what_hides_it(hidden):
    assert options.parse(["--privacy", "strict", *hidden]).privacy == "strict"


# ---- one drawing and the next


def _flat(level: int) -> Sprite:
    """Return an opaque disc of one grey level."""
    y, x = np.mgrid[:128, :128] - 63.5
    disc = (x * x + y * y <= 62 * 62).astype(np.uint8)
    return Sprite((cv2_merge(disc * level, disc * 255),), (64, 64), (60, 60))


def cv2_merge(grey: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.dstack([grey, grey, grey, alpha]))


def test_another_drawing_fades_in_and_hides_all_the_while():
    region, overlay = Region((160, 120), 80), Overlay()
    levels = []
    for n in range(12):
        image = np.full((240, 320, 3), (0, 255, 0), np.uint8)
        sprite, key = (_dark, "calm") if n < 3 else (_light, "angry")
        overlay.cover(image, 1, sprite, region, n / 30, key)
        inside = image[_head(region, grown=0.99)]
        assert np.ptp(inside.astype(int), axis=1).max() <= 2  # grey through and through
        levels.append(int(image[120, 160, 0]))
    assert levels[:4] == [40] * 4
    assert levels[4:8] == sorted(levels[4:8])
    assert 60 < levels[5] < 180
    assert levels[8:] == [200] * 4


_dark, _light = _flat(40), _flat(200)


def test_a_new_frame_of_the_same_drawing_does_not_fade():
    region, overlay = Region((160, 120), 80), Overlay()
    for n, sprite in enumerate((_dark, _light)):
        image = picture()
        overlay.cover(image, 1, sprite, region, n / 30, "same")
    assert image[120, 160].tolist() == [200] * 3


@pytest.mark.parametrize("turn", [-1.0, -0.3, 0.0, 0.4, 1.0])
def test_a_leaning_emoji_hides_the_head_too(pack, turn):
    region = Region((160, 120), 90, 0.3)
    for time_s in (0.0, 1.0, 3.0):
        shown = []
        for level in (0, 255):
            image = picture(level=level)
            Overlay(motion=True).cover(image, 1, pack.sprite("happy", "neutral"), region, time_s, turn=turn)
            shown.append(image)
        assert (shown[0] == shown[1]).all(2)[_head(region, grown=0.995)].all()


def test_a_still_head_is_prepared_once(pack, monkeypatch):
    calls = []
    from realtime.drawing import overlay as module

    prepared = module._prepared
    monkeypatch.setattr(module, "_prepared", lambda *args: calls.append(1) or prepared(*args))
    overlay = Overlay()
    for n in range(30):
        overlay.cover(picture(), 1, pack.sprite("happy", "female"), Region((160 + n, 120), 80 + 0.1 * (n % 3)), n / 30)
    assert len(calls) <= 2
