"""Animated GIF, WebP and PNG as clips."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

from realtime.errors import InputError
from realtime.sources import animation
from realtime.sources.animation import Animation
from realtime.sources.files import Pictures
from realtime.sources.open import open_source
from tests.fakes import picture

FORMATS = ("gif", "webp", "png", "apng")


def _save(path, count=4, size=(64, 48), **more):
    """Write frames whose red rises from 20 on in steps of 40, and return the path."""
    first, *others = (Image.new("RGB", size, (20 + 40 * n, 0, 0)) for n in range(count))
    more = {"duration": 50} | more
    if path.suffix == ".apng":
        more["format"] = "PNG"
    first.save(path, save_all=True, append_images=others, lossless=True, **more)
    return path


def _read(path):
    source = open_source(str(path))
    assert type(source) is Animation
    frames = list(iter(source.read, None))
    assert source.ended
    source.close()
    return source, frames


@pytest.mark.parametrize("ending", FORMATS)
def test_it_is_played_once_and_in_order(tmp_path, ending):
    source, frames = _read(_save(tmp_path / f"a.{ending}", loop=0))
    assert [round((f.image[20, 20, 2] - 20) / 40) for f in frames] == [0, 1, 2, 3]
    assert all(f.image[20, 20, :2].max() < 4 for f in frames)
    assert [f.time_s for f in frames] == pytest.approx([0, 0.05, 0.1, 0.15])
    assert source.fps == pytest.approx(20)
    assert not source.stills


@pytest.mark.parametrize("ending", FORMATS)
def test_times_are_those_of_the_file_and_the_rate_is_the_median(tmp_path, ending):
    source, frames = _read(_save(tmp_path / f"a.{ending}", duration=[40, 400, 40, 40]))
    assert [f.time_s for f in frames] == pytest.approx([0, 0.04, 0.44, 0.48])
    assert source.fps == pytest.approx(25)


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("duration", [0, 10])
def test_frames_without_a_duration_or_with_too_short_a_one_are_shown_as_browsers_do(tmp_path, ending, duration):
    source, frames = _read(_save(tmp_path / f"a.{ending}", duration=duration))
    assert [f.time_s for f in frames] == pytest.approx([0, 0.1, 0.2, 0.3])
    assert source.fps == pytest.approx(10)


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_one_frame_is_a_picture(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Image.new("RGB", (64, 48), (20, 0, 0)).save(path)
    source = open_source(str(path))
    assert type(source) is Pictures
    assert source.stills


def test_a_picture_for_programs_that_cannot_play_is_left_out(tmp_path):
    _, frames = _read(_save(tmp_path / "a.png", default_image=True))
    assert [round((f.image[20, 20, 2] - 20) / 40) for f in frames] == [1, 2, 3]
    assert type(open_source(str(_save(tmp_path / "b.png", count=2, default_image=True)))) is Pictures


def test_a_folder_of_animations_is_a_folder_of_pictures(tmp_path):
    _save(tmp_path / "a.gif")
    _save(tmp_path / "b.png")
    source = open_source(str(tmp_path))
    assert type(source) is Pictures
    assert len(list(iter(source.read, None))) == 2


@pytest.mark.parametrize("ending", FORMATS)
def test_what_is_transparent_shows_a_neutral_ground(tmp_path, ending):
    frames = [Image.new("RGBA", (64, 48), (0, 0, 0, 0)) for _ in range(2)]
    for n, image in enumerate(frames):
        image.paste((200, 20 * n, 0, 255), (0, 0, 32, 48))
    path = tmp_path / f"a.{ending}"
    # Every frame whole: the WebP encoder would otherwise crop them and leave the alpha out.
    more = {"apng": {"format": "PNG"}, "webp": {"kmin": 1, "kmax": 1}}.get(ending, {})
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=50, lossless=True, disposal=2, **more)
    _, read = _read(path)
    for f in read:
        assert np.abs(f.image[24, 48].astype(int) - 128).max() <= 2
        assert abs(int(f.image[24, 10, 2]) - 200) < 8


def test_it_is_turned_upright_by_its_exif_data(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    for ending in ("webp", "png"):
        path = tmp_path / f"a.{ending}"
        _save(path, size=(64, 48), exif=exif)
        _, frames = _read(path)
        assert {f.image.shape for f in frames} == {(64, 48, 3)}


def test_what_is_too_large_is_refused(tmp_path, monkeypatch):
    path = _save(tmp_path / "a.gif")
    monkeypatch.setattr(animation, "_MAX_PIXELS", 64 * 48 - 1)
    with pytest.raises(InputError, match="too large to be played: 64x48"):
        open_source(str(path))


@pytest.mark.parametrize("ending", FORMATS)
def test_a_truncated_file_gives_what_it_holds_or_says_that_it_is_damaged(tmp_path, ending, caplog):
    noise = np.random.default_rng(0)
    first, *others = (Image.fromarray(noise.integers(0, 256, (48, 64, 3), np.uint8)) for _ in range(10))
    path = tmp_path / f"a.{ending}"
    more = {"format": "PNG"} if ending == "apng" else {}
    first.save(path, save_all=True, append_images=others, duration=50, lossless=True, **more)
    whole = path.read_bytes()
    refused, ended_early = None, 0
    for part in (0.02, 0.07, 0.3, 0.5, 0.73, 0.95):
        path.write_bytes(whole[: int(len(whole) * part)])
        caplog.clear()
        try:
            source = open_source(str(path))
            frames = list(iter(source.read, None))
        except InputError as error:
            refused = error
        else:
            assert len(frames) < 11
            ended_early += bool(caplog.records)
            source.close()
    assert str(path) in refused.what
    assert refused.remedy
    assert ended_early or ending != "png", "no truncated animation was read in part"


def test_content_that_is_no_animation_is_left_to_the_reader_of_pictures(tmp_path):
    for content in (b"", b"GIF89a", b"nothing at all"):
        path = tmp_path / "a.gif"
        path.write_bytes(content)
        with pytest.raises(InputError, match="no picture that can be read"):
            open_source(str(path)).read()
        with pytest.raises(InputError, match="no animation that can be decoded"):
            Animation(path)
    with pytest.raises(InputError, match="No such file"):
        Animation(tmp_path / "none.gif")
    cv2.imwrite(str(tmp_path / "a.jpg"), picture())
    assert type(open_source(str(tmp_path / "a.jpg"))) is Pictures
