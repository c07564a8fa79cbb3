from __future__ import annotations

import cv2
import pytest

from tests.fakes import picture


@pytest.fixture
def folder(tmp_path):
    """Return a folder of three pictures, c.bmp, a.jpg and b.png, and a text."""
    for name, level in (("b.png", 20), ("a.jpg", 10), ("c.bmp", 30)):
        cv2.imwrite(str(tmp_path / name), picture(64, 48, level))
    (tmp_path / "notes.txt").write_text("not a picture")
    return tmp_path
