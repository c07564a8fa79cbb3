"""Covers other than the emoji: what they hide, and what strict privacy takes."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.cli import build
from realtime.cli.options import Options
from realtime.drawing.covers import load_cover
from realtime.drawing.head import head_of
from realtime.errors import UsageError
from realtime.records import Region
from tests.drawing.heads import head_mask, noise, reading
from tests.fakes import face, picture


@pytest.mark.parametrize("cover", ["blur", "pixelate", "solid"])
@pytest.mark.parametrize("center", [(160, 120), (5, 10), (318, 238)])
def test_every_cover_hides_the_head_and_nothing_else(cover, center):
    image = noise()
    before = image.copy()
    region = Region(center, 80, 0.4)
    load_cover(cover).cover(image, reading(region))
    changed = (image != before).any(2)
    inside, outside = head_mask(head_of(region), grown=0.97), ~head_mask(head_of(region), grown=1.05)
    assert changed[inside].mean() > 0.98
    assert not changed[outside].any()


@pytest.mark.parametrize("cover", ["blur", "pixelate", "solid"])
def test_nothing_small_is_left_of_a_hidden_face(cover):
    image = np.zeros((240, 320, 3), np.uint8)
    image[::4] = 255
    load_cover(cover).cover(image, reading(Region((160, 120), 120)))
    rows = image[80:160, 160, 0].astype(int)
    assert np.abs(np.diff(rows)).max() < 80


@pytest.mark.parametrize("center", [(-500, 20), (160, 900)])
def test_hiding_what_is_out_of_the_picture_is_no_error(center):
    image = noise()
    load_cover("blur").cover(image, reading(Region(center, 50)))
    assert np.array_equal(image, noise())


def test_boxes_and_labels_leave_the_face():
    image = picture()
    load_cover("none").cover(image, reading(face().region))
    assert (image[110:130, 150:170] == 128).all()
    assert (image != 128).any(2).sum() > 300


@pytest.mark.parametrize("shown", [{"cover": "none"}, {"placement": "beside"}, {"placement": "corner"}])
def test_strict_privacy_refuses_what_shows_a_face(shown):
    with pytest.raises(UsageError, match="strict hides every face"):
        build.cover_of(Options(privacy="strict", **shown))


@pytest.mark.parametrize("hidden", [{}, {"cover": "blur"}, {"cover": "solid", "placement": "corner"}])
def test_strict_privacy_takes_what_hides_it(hidden):
    assert build.cover_of(Options(privacy="strict", **hidden))
