"""Emoji laid over heads: nothing of a head is seen, whatever its size, roll and place, and one fades into the next."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from realtime.drawing import overlay as module
from realtime.drawing.head import head_of
from realtime.drawing.overlay import Overlay, Shown, draw_sprite
from realtime.drawing.placement import over_face
from realtime.packs.pack import Sprite, load_pack
from realtime.records import Region
from tests.drawing.heads import head_mask
from tests.fakes import picture
from tests.packs.drawings import (
    bare,
    disc,
    folder,
)


def _covered(pack, region, width=640, height=480):
    """Return which pixels of a green picture an emoji hides completely, (H, W) bool."""
    shown = []
    for colour in ((0, 255, 0), (255, 0, 255)):
        image = np.full((height, width, 3), colour, np.uint8)
        draw_sprite(image, pack.sprite("happy", "neutral"), over_face(region))
        shown.append(image)
    return (shown[0] == shown[1]).all(2)


@pytest.mark.parametrize("roll_deg", [-180, -90, -37, 0, 15, 60])
@pytest.mark.parametrize("size", [24, 60, 150, 260])
def test_the_head_is_hidden_at_every_roll_and_size(pack, size, roll_deg):
    """An ellipse of the head, hair and chin included, lies inside the opaque area."""
    region = Region((330.3, 251.7), size, np.radians(roll_deg))
    covered = _covered(pack, region)
    y, x = np.mgrid[:480, :640] + 0.5
    dx, dy = x - head_of(region).center[0], y - head_of(region).center[1]
    across = dx * np.cos(region.roll_rad) + dy * np.sin(region.roll_rad)
    down = dy * np.cos(region.roll_rad) - dx * np.sin(region.roll_rad)
    head = (across / (0.575 * size)) ** 2 + (down / (0.70 * size)) ** 2 <= 1
    assert covered[head].all()


@pytest.mark.parametrize("toml", [None, "[cover]\ncenter = [450, 600]\nradii = [450, 600]"])
@pytest.mark.parametrize("size_px", [90, 250, 700])
def test_a_head_is_hidden_by_a_large_drawing(tmp_path, toml, size_px):
    """Drawings are kept small; the soft edge that scaling gives them lies outside the cover."""
    sprite = load_pack(folder(tmp_path / "mine", {"neutral.png": disc(size=(900, 1200))}, toml)).sprite("sad", "male")
    assert sprite.levels[0].shape == (512, 384, 4)
    assert bare(sprite) == 0
    region = Region((500.3, 480.7), size_px, 0.4)
    shown = [np.full((1000, 1000, 3), level, np.uint8) for level in (0, 255)]
    for image in shown:
        draw_sprite(image, sprite, over_face(region))
    y, x = np.mgrid[:1000, :1000] + 0.5
    dx, dy = x - head_of(region).center[0], y - head_of(region).center[1]
    across, down = dx * np.cos(0.4) + dy * np.sin(0.4), dy * np.cos(0.4) - dx * np.sin(0.4)
    head = (across / (0.575 * size_px)) ** 2 + (down / (0.70 * size_px)) ** 2 <= 1
    assert np.array_equal(shown[0][head], shown[1][head])


def test_the_emoji_turns_with_the_head(pack):
    images = []
    for roll_deg in (0, 30):
        image = picture(600, 600, 0)
        draw_sprite(image, pack.sprite("angry", "neutral"), head_of(Region((300, 300), 200, np.radians(roll_deg))))
        images.append(image)
    pivot = (300 - 0.5, 300 - 0.5)
    turned = cv2.warpAffine(images[0], cv2.getRotationMatrix2D(pivot, -30, 1), (600, 600))
    assert np.abs(turned.astype(int) - images[1]).mean() < 1.5
    assert np.abs(images[0].astype(int) - images[1]).mean() > 5


@pytest.mark.parametrize("center", [(0, 0), (640, 480), (-60, 200), (700, 240), (320, -80), (320, 560)])
def test_the_emoji_is_cut_at_the_border(pack, center):
    """What is seen at the border is the same as in the middle of a larger picture."""
    small, large = picture(640, 480), picture(1640, 1480)
    sprite = pack.sprite("sad", "female")
    draw_sprite(small, sprite, head_of(Region(center, 150, 0.3)))
    draw_sprite(large, sprite, head_of(Region((center[0] + 500, center[1] + 500), 150, 0.3)))
    assert np.abs(small.astype(int) - large[500:980, 500:1140]).max() <= 3
    assert (small != 128).any()


@pytest.mark.parametrize("region", [Region((-900, 50), 100), Region((50, 5000), 100), Region((320, 240), 0.5)])
def test_far_outside_or_tiny_is_no_error(pack, region):
    image = picture(640, 480)
    draw_sprite(image, pack.sprite("sad", "female"), head_of(region))
    assert (image == 128).mean() > 0.99


def test_a_huge_face_covers_everything(pack):
    assert _covered(pack, Region((320, 240), 5000)).all()


def test_transparent_edges_are_blended():
    drawing = np.zeros((64, 64, 4), np.uint8)
    drawing[:, :, 2] = 100  # red, already multiplied by its alpha
    drawing[:, :, 3] = 128
    image = picture(200, 200, 200)
    draw_sprite(image, Sprite((drawing,), (32, 32), (20, 20)), head_of(Region((100, 100), 20)))
    assert image[98, 100].tolist() == pytest.approx([100, 100, 200], abs=2)


def test_golden_composite(pack, portrait):
    """One composited frame; a changed drawing or paste has to be looked at before this is renewed."""
    image = portrait.copy()
    draw_sprite(image, pack.sprite("happy", "female"), head_of(Region((262, 205), 180, 0.2)))
    coarse = cv2.resize(image, (5, 5), interpolation=cv2.INTER_AREA).mean(2)
    assert np.abs(coarse - GOLDEN).max() <= 2, coarse.round().tolist()


GOLDEN = np.array(
    [
        [63, 82, 134, 116, 119],
        [58, 88, 170, 120, 140],
        [44, 99, 111, 106, 152],
        [52, 19, 120, 33, 47],
        [42, 36, 39, 43, 25],
    ]
)


def _flat(level: int) -> Sprite:
    """Return an opaque disc of one grey level."""
    y, x = np.mgrid[:128, :128] - 63.5
    disc = (x * x + y * y <= 62 * 62).astype(np.uint8)
    return Sprite((_merged(disc * level, disc * 255),), (64, 64), (60, 60))


def _merged(grey: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.dstack([grey, grey, grey, alpha]))


def test_another_drawing_fades_in_and_hides_all_the_while():
    spot, overlay = head_of(Region((160, 120), 80)), Overlay()
    levels = []
    for n in range(12):
        image = np.full((240, 320, 3), (0, 255, 0), np.uint8)
        sprite, key = (_dark, "calm") if n < 3 else (_light, "angry")
        overlay.draw(image, 1, Shown(sprite, key), spot, n / 30)
        inside = image[head_mask(spot, grown=0.99)]
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
    spot = over_face(Region((160, 120), 90, 0.3))
    for time_s in (0.0, 1.0, 3.0):
        shown = []
        for level in (0, 255):
            image = picture(level=level)
            Overlay(motion=True).draw(image, 1, Shown(pack.sprite("happy", "neutral")), spot, time_s, yaw)
            shown.append(image)
        assert (shown[0] == shown[1]).all(2)[head_mask(spot, grown=0.97)].all()  # without the rim, which may be soft


def _hidden_px(overlay, pack, spot, time_s):
    image = np.full((480, 640, 3), (0, 255, 0), np.uint8)
    overlay.draw(image, 1, Shown(pack.sprite("happy", "neutral")), spot, time_s)
    return int((image != (0, 255, 0)).any(2).sum())


def test_an_emoji_over_a_face_is_as_narrow_as_the_head_and_elsewhere_as_it_was_drawn(pack):
    region = Region((320, 240), 200)
    over, beside = (_hidden_px(Overlay(), pack, spot, 0.0) for spot in (over_face(region), head_of(region)))
    head = np.pi * np.prod(head_of(region).radii)
    assert over < 1.08 * head
    assert beside == pytest.approx(over / 0.82, rel=0.03)


def test_an_emoji_over_a_moving_head_is_round_until_it_rests(pack):
    """Where a fast head is in the next frame is less certain."""
    overlay, hidden = Overlay(), []
    for n in range(75):
        spot = over_face(Region((150 + 8 * min(n, 30), 240), 100))
        hidden.append(_hidden_px(overlay, pack, spot, n / 30))
    assert min(hidden[1:31]) > 1.25 * hidden[0]
    assert hidden[31:] == sorted(hidden[31:], reverse=True)
    assert hidden[-1] == pytest.approx(hidden[0], rel=0.03)


def test_a_still_head_is_prepared_once(pack, monkeypatch):
    calls = []
    prepare = module._prepare
    monkeypatch.setattr(module, "_prepare", lambda *args: calls.append(1) or prepare(*args))
    overlay = Overlay()
    for n in range(30):
        spot = head_of(Region((160 + n, 120), 80 + 0.1 * (n % 3)))
        overlay.draw(picture(), 1, Shown(pack.sprite("happy", "female")), spot, n / 30)
    assert len(calls) <= 2
