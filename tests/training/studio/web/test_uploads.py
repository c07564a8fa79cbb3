"""What is uploaded: names, sizes, kinds and pictures."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import cv2
import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from realtime.errors import InputError
from tests.training.studio.files import files_under, png_of_size
from training.studio.web import uploads
from training.studio.work.places import Places


async def _pieces(*pieces: bytes):
    for piece in pieces:
        yield piece


def _keep(places: Places, name: str, *pieces: bytes, limit: int = 1000) -> Path:
    return asyncio.run(uploads.keep_set(_pieces(*pieces), name, places, limit))


def test_an_upload_is_kept_under_a_harmless_name(places):
    for name in ("../../etc/passwd.csv", "C:\\x\\fer 2013.csv", "\0\n.csv", "....csv", "x" * 5000 + ".csv"):
        kept = _keep(places, name, b"emotion,pixels,Usage\n")
        assert kept.parent == places.uploads
        assert re.fullmatch(r"[A-Za-z0-9-]+\.csv", kept.name)
    assert len(uploads.kept_sets(places)) == 5


def test_an_upload_that_is_too_large_leaves_nothing(places):
    with pytest.raises(InputError, match="larger than"):
        _keep(places, "a.zip", b"x" * 600, b"x" * 600)
    with pytest.raises(InputError, match="larger than"):
        uploads.announced("2000000000", uploads.MAX_SET_BYTES)
    assert not files_under(places.runs)


def test_uploads_are_limited_in_kind_and_number(places):
    for name in ("a.exe", "a", "a.zip.sh", ".zip"):
        with pytest.raises(InputError, match=r"\.zip"):
            _keep(places, name, b"x")
    for _ in range(uploads.MAX_SETS):
        _keep(places, "a.csv", b"x")
    with pytest.raises(InputError, match="Remove one"):
        _keep(places, "a.csv", b"x")
    uploads.remove_set(uploads.kept_sets(places)[0].name, places)
    _keep(places, "a.csv", b"x")
    with pytest.raises(InputError, match="not there"):
        uploads.remove_set("../models", places)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"GIF89a", "no picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no picture"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 500, "no picture"),
        (b"%PDF-1.7", "no picture"),
        (png_of_size(60000, 60000), "million pixels"),
        (png_of_size(8, 8), "too small"),
        (png_of_size(600, 600), "no picture"),
    ],
)
def test_what_is_no_picture_is_refused(data, word):
    with pytest.raises(InputError, match=word):
        uploads.picture(data)


def test_pictures_come_in(portrait):
    for suffix in (".jpg", ".png", ".webp", ".bmp"):
        assert uploads.picture(cv2.imencode(suffix, portrait)[1].tobytes()).shape == portrait.shape
    grey = cv2.imencode(".png", portrait[:, :, 0])[1].tobytes()
    assert uploads.picture(grey).shape == portrait.shape
