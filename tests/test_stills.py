"""Pictures of every kind, from a file to a frame and back: their colours, which side is up, what stays in the file."""

from __future__ import annotations

import builtins
import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from realtime.errors import InputError
from realtime.images import read_picture, write_picture
from realtime.outputs.open import open_outputs
from realtime.sources.files import Pictures
from realtime.sources.open import open_source
from tests.outputs.conftest import context

CORNERS = np.zeros((48, 64, 3), np.uint8)
CORNERS[:24, :32], CORNERS[24:, :32], CORNERS[:24, 32:] = (0, 0, 250), (0, 250, 0), (250, 0, 0)


def _covered(source: Path, out: Path) -> Path:
    """Send a picture, or a folder of them, through an output as a run does."""
    opened = open_source(str(source))
    with open_outputs(
        [str(out)], context(source_name=str(source), stills=opened.stills, reads=opened.reads)
    ) as outputs:
        for f in iter(opened.read, None):
            outputs.write(f)
    return out


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_upright_and_its_exif_data_dropped(tmp_path, suffix, orientation):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "a maker"
    path = tmp_path / f"a{suffix}"
    Image.fromarray(CORNERS[:, :, ::-1]).save(path, exif=exif, **({"quality": 95} if suffix == ".jpg" else {}))
    upright = read_picture(path)
    with Image.open(path) as opened:
        from PIL import ImageOps

        wanted = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))[:, :, ::-1]
    assert upright.shape == wanted.shape
    assert np.abs(upright.astype(int) - wanted).mean() < 3
    with Image.open(_covered(path, tmp_path / f"out{suffix}")) as written:
        # A TIFF names its own orientation, which is none.
        assert written.getexif().get(0x0112, 1) == 1
        assert 0x010F not in written.getexif()
    assert b"a maker" not in (tmp_path / f"out{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("shape", [(40, 60), (40, 60, 3), (40, 60, 4)])
def test_sixteen_bits_are_read_as_they_look(tmp_path, suffix, shape):
    cv2.imwrite(str(tmp_path / f"a{suffix}"), np.full(shape, 40_000, np.uint16))
    image = read_picture(tmp_path / f"a{suffix}")
    assert image.shape == (40, 60, 3)
    assert abs(float(image.mean()) - 40_000 / 257) < 2


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_inks_are_read_as_they_look(tmp_path, suffix):
    Image.new("CMYK", (60, 40), (0, 200, 100, 30)).save(tmp_path / f"a{suffix}")
    wanted = np.asarray(Image.new("CMYK", (1, 1), (0, 200, 100, 30)).convert("RGB"))[0, 0, ::-1]
    assert np.abs(read_picture(tmp_path / f"a{suffix}")[20, 30].astype(int) - wanted).max() <= 4


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".bmp"])
def test_grey_is_read_as_grey(tmp_path, suffix):
    Image.new("L", (60, 40), 90).save(tmp_path / f"a{suffix}")
    assert np.abs(read_picture(tmp_path / f"a{suffix}").astype(int) - 90).max() <= 2


def _wide_profile() -> bytes:
    """Return the profile of a screen whose red is greener, like a phone's Display P3 the other way round."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    text = "sRGB".encode("utf-16-be")
    while (at := profile.find(text)) >= 0:
        profile[at : at + len(text)] = "Wide".encode("utf-16-be")
    red, green = profile.find(b"rXYZ"), profile.find(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"  # red and green are exchanged
    return bytes(profile)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_a_colour_profile_is_applied(tmp_path, suffix):
    Image.new("RGB", (60, 40), (220, 40, 40)).save(tmp_path / f"a{suffix}", icc_profile=_wide_profile())
    blue, green, red = read_picture(tmp_path / f"a{suffix}")[20, 30].astype(int)
    assert green > 180 > 80 > red
    assert blue < 80


def test_a_broken_colour_profile_is_passed_over(tmp_path):
    Image.new("RGB", (60, 40), (220, 40, 40)).save(tmp_path / "a.png", icc_profile=b"nothing" * 30)
    assert read_picture(tmp_path / "a.png")[20, 30].tolist() == [40, 40, 220]


@pytest.mark.parametrize("quality", [40, 75, 97])
def test_a_jpeg_is_compressed_as_the_one_it_came_from(tmp_path, portrait, quality):
    for sampling in (0, 2):
        path = tmp_path / "a.jpg"
        Image.fromarray(portrait[:, :, ::-1]).save(path, quality=quality, subsampling=sampling)
        out = _covered(path, tmp_path / "out.jpg")
        with Image.open(path) as old, Image.open(out) as new:
            assert new.quantization == old.quantization
        assert out.stat().st_size == pytest.approx(path.stat().st_size, rel=0.1)


def test_other_jpegs_are_of_quality_92(tmp_path, portrait):
    Image.fromarray(portrait).save(tmp_path / "a.png")
    file = io.BytesIO()
    Image.fromarray(portrait).save(file, "JPEG", quality=92)
    with Image.open(_covered(tmp_path / "a.png", tmp_path / "out.jpg")) as new, Image.open(file) as wanted:
        assert new.quantization == wanted.quantization


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
@pytest.mark.parametrize("source", ["a.png", "a.webp"])
def test_transparency_is_kept(tmp_path, source, suffix):
    alpha = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (48, 1))
    Image.fromarray(np.dstack((CORNERS[:, :, ::-1], alpha))).save(tmp_path / source, lossless=True)
    for out in (tmp_path / f"out{suffix}", tmp_path / "folder/"):
        written = _covered(tmp_path / source, out)
        with Image.open(written if suffix == written.suffix else written / source) as opened:
            assert opened.mode == "RGBA"
            assert np.array_equal(np.asarray(opened.getchannel("A")), alpha)


def test_a_folder_keeps_its_structure(tmp_path):
    source = tmp_path / "in"
    for name in ("a.png", "one/a.png", "one/two/b.jpg", ".hidden/c.png"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(source / name), CORNERS)
    assert [Path(f.source).relative_to(source).as_posix() for f in iter(Pictures(source).read, None)] == [
        *("a.png", "one/a.png", "one/two/b.jpg")
    ]
    out = _covered(source, tmp_path / "out")
    written = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert written == {"a.png", "one/a.png", "one/two/b.jpg"}


def test_a_folder_inside_its_source_takes_what_comes_out_and_changes_nothing(tmp_path):
    for name in ("a.png", "one/a.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), CORNERS)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.png")}
    _covered(tmp_path, tmp_path / "one")
    assert {path: path.read_bytes() for path in before} == before


# ---- HEIC


@pytest.mark.parametrize("suffix", [".heic", ".HEIF", ".hif"])
def test_a_picture_of_a_phone_is_read(tmp_path, suffix):
    pillow_heif = pytest.importorskip("pillow_heif", reason="pillow-heif is not installed")
    pillow_heif.from_pillow(Image.fromarray(CORNERS[:, :, ::-1])).save(tmp_path / "a.heic", quality=95)
    (tmp_path / "a.heic").rename(tmp_path / f"a{suffix}")
    (frame,) = iter(open_source(str(tmp_path / f"a{suffix}")).read, None)
    assert np.abs(frame.image.astype(int) - CORNERS).mean() < 4
    assert _covered(tmp_path / f"a{suffix}", tmp_path / "out.jpg").exists()


@pytest.mark.parametrize("content", [b"", b"nothing", b"\0\0\0\x18ftypheic" + b"\0" * 200])
def test_what_only_looks_like_a_picture_of_a_phone_is_refused(tmp_path, content):
    (tmp_path / "a.heic").write_bytes(content)
    with pytest.raises(InputError, match=r"no picture that can be read|damaged"):
        read_picture(tmp_path / "a.heic")


def test_without_its_package_a_picture_of_a_phone_is_answered_with_a_hint(tmp_path, monkeypatch):
    plain = builtins.__import__

    def without(name, *more):
        if name == "pillow_heif":
            raise ImportError(name)
        return plain(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftypheic")
    with pytest.raises(InputError, match="needs the package pillow-heif"):
        read_picture(tmp_path / "a.heic")


def test_an_unknown_format_is_told(tmp_path):
    from realtime.errors import OutputError

    with pytest.raises(OutputError, match=r"no picture format is called"):
        write_picture(tmp_path / "a.xyz", CORNERS)
