"""What of a drawing hides a face: found, or declared and checked."""

from __future__ import annotations

import pytest
from PIL import Image

from realtime.errors import AssetError
from realtime.packs.pack import load_pack
from tests.packs.drawings import (
    BLUE,
    COVER,
    GREEN,
    RED,
    bare,
    disc,
    encoded,
)

HEAD = 0.61 / 0.745


def test_the_largest_ellipse_that_is_opaque_in_all_drawings_is_found(made):
    pack = load_pack(
        made({"neutral.png": disc(size=(200, 200)), "happy.png": disc(size=(200, 200), hole=(0, 0, 40, 200))})
    )
    one, other = pack.sprite("sad", "male"), pack.sprite("happy", "male")
    assert (one.cover_center, one.cover_radii) == (other.cover_center, other.cover_radii)
    assert bare(one) == bare(other) == 0
    assert 70 < one.cover_radii[0] < 82
    assert one.cover_radii[0] / one.cover_radii[1] == pytest.approx(HEAD, abs=0.01)
    assert one.cover_center == pytest.approx((118, 100), abs=4)


def test_a_head_in_a_disc_reaches_its_rim(made):
    sprite = load_pack(made({"neutral.png": disc(size=(300, 300))})).sprite("sad", "male")
    assert sprite.cover_center == pytest.approx((150, 150), abs=1)
    assert 147 < sprite.cover_radii[1] <= 150


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "LA"])
def test_pictures_without_transparency_are_opaque_everywhere(made, mode):
    sprite = load_pack(made({"neutral.png": Image.new("RGBA", (120, 100), RED).convert(mode)})).sprite("sad", "male")
    assert sprite.levels[0].shape == (100, 120, 4)
    assert sprite.cover_center == pytest.approx((60, 50), abs=1)
    assert 48 < sprite.cover_radii[1] <= 50


def test_drawings_may_have_different_sizes(made):
    pack = load_pack(made({"neutral.png": disc(size=(100, 120)), "happy.png": disc(size=(300, 200))}))
    small, large = pack.sprite("sad", "male"), pack.sprite("happy", "male")
    assert bare(small) == bare(large) == 0
    assert small.cover_center == pytest.approx((50, 60), abs=1)
    assert large.cover_center == pytest.approx((150, 100), abs=1)


def test_a_declared_cover_is_taken(made):
    sprite = load_pack(made({"neutral.png": disc()}, COVER)).sprite("sad", "male")
    assert (sprite.cover_center, sprite.cover_radii) == ((32, 32), (30, 30))


def test_a_cover_that_shows_the_face_is_refused(made):
    files = {"neutral.png": disc(), "happy.png": disc(hole=(30, 20, 34, 25)), "sad.gif": disc(hole=(10, 30, 11, 31))}
    files["sad.gif"] = encoded(files["sad.gif"], "GIF")
    with pytest.raises(AssetError) as caught:
        load_pack(made(files, COVER))
    assert "would let a face be seen" in str(caught.value)
    assert "happy.png (20 pixels in 4x5 at 30, 20), sad.gif (1 pixels in 1x1 at 10, 30)." in str(caught.value)
    assert "neutral.png" not in str(caught.value)


def test_a_single_frame_that_shows_the_face_is_refused(made):
    frames = [disc(RED), disc(GREEN, hole=(20, 20, 40, 40)), disc(BLUE)]
    data = encoded(frames[0], save_all=True, append_images=frames[1:], duration=50, disposal=1)
    with pytest.raises(AssetError, match=r"happy.png \(400 pixels"):
        load_pack(made({"neutral.png": disc(), "happy.png": data}, COVER))


@pytest.mark.parametrize("cover", ["center = [32, 32]\nradii = [33, 30]", "center = [10, 32]\nradii = [20, 20]"])
def test_a_cover_that_reaches_out_of_the_drawings_is_refused(made, cover):
    with pytest.raises(AssetError, match="reaches out of the drawings, which are 64x64"):
        load_pack(made({"neutral.png": Image.new("RGB", (64, 64))}, f"[cover]\n{cover}"))


@pytest.mark.parametrize("drawn", [disc(alpha=254), disc(hole=(0, 8, 64, 56)), Image.new("RGBA", (64, 64))])
def test_drawings_that_can_hide_nothing_are_refused(made, drawn):
    with pytest.raises(AssetError, match=r"no opaque area in common .* happy\.png least of all"):
        load_pack(made({"neutral.png": disc(), "happy.png": drawn}))
