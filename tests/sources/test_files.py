"""Pictures and folders of them."""

from __future__ import annotations

import numpy as np
import pytest

from realtime.errors import InputError
from realtime.images import as_bgr
from realtime.sources.files import Pictures


@pytest.mark.parametrize(
    "image",
    [
        np.full((6, 8), 9, np.uint8),
        np.full((6, 8, 1), 9, np.uint8),
        np.full((6, 8, 3), 9, np.uint8),
        np.full((6, 8, 4), 9, np.uint8),
        np.full((6, 8), 9 << 8, np.uint16),
    ],
)
def test_any_number_of_channels_becomes_bgr(image):
    bgr = as_bgr(image)
    assert bgr.shape == (6, 8, 3)
    assert (bgr == 9).all()


@pytest.mark.parametrize(
    "image", [None, np.zeros((0, 8, 3), np.uint8), np.zeros((6, 8, 2), np.uint8), np.zeros((6, 8))]
)
def test_what_is_no_picture_becomes_none(image):
    assert as_bgr(image) is None


def test_a_folder_is_read_by_name_and_skips_what_is_damaged(folder, caplog):
    (folder / "aa.png").write_bytes(b"\x89PNG broken")
    (folder / "ab.png").write_bytes(b"")
    source = Pictures(folder)
    frames = list(iter(source.read, None))
    assert [f.source[-5:] for f in frames] == ["a.jpg", "b.png", "c.bmp"]
    assert caplog.text.count("Skipped") == 2


def test_bad_pictures_and_folders_say_what_is_wrong(tmp_path):
    broken = tmp_path / "x.jpg"
    broken.write_bytes(b"nothing")
    with pytest.raises(InputError, match="damaged"):
        Pictures(broken).read()
    with pytest.raises(InputError, match="No such file"):
        Pictures(tmp_path / "none.png").read()
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no picture"):
        Pictures(tmp_path / "empty")
