"""The size of a picture is known before it is decoded, and too large ones are refused."""

from __future__ import annotations

import io
import os
import struct
import time
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from realtime.errors import InputError
from realtime.images import PICTURE_SUFFIXES
from realtime.picture_size import check_picture, picture_size
from realtime.sources.files import Pictures


def _noise(width, height):
    return np.random.default_rng(3).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("suffix", [*PICTURE_SUFFIXES, ".avif", ".jp2", ".hdr", ".sr", ".pfm"])
@pytest.mark.parametrize("size_wh", [(37, 300), (300, 37), (641, 479)])
def test_the_size_is_that_of_the_decoded_picture(suffix, size_wh):
    if not cv2.haveImageWriter(f"a{suffix}"):
        pytest.skip(f"this OpenCV writes no {suffix}")
    image = _noise(*size_wh)
    image = image[:, :, 0] if suffix == ".pgm" else image.astype(np.float32) if suffix in (".hdr", ".pfm") else image
    done, data = cv2.imencode(suffix, image)
    assert done
    height, width = cv2.imdecode(data, cv2.IMREAD_UNCHANGED).shape[:2]
    assert (width, height) == size_wh
    assert picture_size(io.BytesIO(data.tobytes())) == size_wh


@pytest.mark.parametrize("flag", [cv2.IMWRITE_JPEG_PROGRESSIVE, cv2.IMWRITE_JPEG_OPTIMIZE])
def test_the_header_of_a_jpeg_is_found_behind_long_segments(flag):
    data = cv2.imencode(".jpg", _noise(90, 50), [flag, 1])[1].tobytes()
    long = b"\xff\xe1" + struct.pack(">H", 65_000) + bytes(64_998)
    assert picture_size(io.BytesIO(data[:2] + 3 * long + data[2:])) == (90, 50)


@pytest.mark.parametrize("suffix", PICTURE_SUFFIXES)
def test_what_is_cut_off_or_changed_has_some_size_or_none(suffix):
    data = cv2.imencode(suffix, _noise(30, 20)[:, :, 0] if suffix == ".pgm" else _noise(30, 20))[1].tobytes()
    generator = np.random.default_rng(4)
    for length in range(min(len(data), 120)):
        picture_size(io.BytesIO(data[:length]))
    for _ in range(300):
        changed = bytearray(data)
        for place in generator.integers(0, min(len(data), 120), 5):
            changed[place] = generator.integers(256)
        picture_size(io.BytesIO(bytes(changed)))


def _blank_png(path: Path, width: int, height: int) -> Path:
    """Write a white PNG of one bit, packed tightly."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(b"\0" + b"\xff" * ((width + 7) // 8)) for _ in range(height)) + packer.flush()
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""))
    chunks = (struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in parts)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunks))
    return path


@pytest.mark.parametrize("size_wh", [(24_000, 24_000), (40_000, 10)])
def test_a_picture_that_would_fill_the_memory_is_refused_by_its_header(tmp_path, size_wh):
    path = _blank_png(tmp_path / "a.png", *size_wh)
    assert path.stat().st_size < 200_000
    started = time.process_time()
    with pytest.raises(InputError, match=rf"too large: {size_wh[0]}x{size_wh[1]}.*100 million.* Make it smaller"):
        Pictures(path).read()
    assert time.process_time() - started < 0.5


def test_a_picture_of_no_height_is_refused_by_its_header(tmp_path):
    """OpenCV asks for 4 GB when it is animated, and is busy for ten seconds."""
    with pytest.raises(InputError, match="damaged: it is 64x0 pixels"):
        Pictures(_blank_png(tmp_path / "a.png", 64, 0)).read()


def test_a_part_that_is_longer_than_the_file_gets_no_room(tmp_path):
    data = cv2.imencode(".png", _noise(30, 20))[1].tobytes()
    at = data.index(b"IDAT") - 4
    (tmp_path / "a.png").write_bytes(data[:at] + b"\xff\xff\x00\x00" + data[at + 4 :])
    with pytest.raises(InputError, match="a part of it is longer than the file"):
        Pictures(tmp_path / "a.png").read()


def test_in_a_folder_it_is_skipped(tmp_path, caplog):
    _blank_png(tmp_path / "a.png", 24_000, 24_000)
    cv2.imwrite(str(tmp_path / "b.png"), _noise(30, 20))
    assert [Path(f.source).name for f in iter(Pictures(tmp_path).read, None)] == ["b.png"]
    assert "too large" in caplog.text


def test_a_giant_file_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "a.jpg").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(InputError, match="larger than 1 GB"):
        Pictures(tmp_path / "a.jpg").read()


def test_a_jpeg_that_hides_its_size_behind_rubbish_is_found_out_quickly():
    data = bytearray(cv2.imencode(".jpg", _noise(90, 50))[1].tobytes())
    rubbish = b"\xff\x00ab" * 2_000_000
    started = time.process_time()
    assert picture_size(io.BytesIO(data[:2] + rubbish + data[2:])) == (90, 50)
    assert time.process_time() - started < 5


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_no_picture_and_is_not_waited_for(tmp_path, caplog):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(InputError, match="named pipe"):
        Pictures(tmp_path / "a.png").read()
    assert Pictures(tmp_path).read() is None
    assert "Skipped" in caplog.text


def test_what_is_no_picture_passes_for_the_decoder_to_refuse():
    for data in (b"", b"nothing", bytes(100)):
        check_picture(Path("x"), io.BytesIO(data))
