"""Packs that are made anew for each test."""

from __future__ import annotations

import shutil

import pytest
from PIL import Image

from realtime.packs.manifest import DEFAULT_PACK
from realtime.packs.pack import PACKS
from tests.packs.drawings import BLUE, RED, SKINS, disc, folder


@pytest.fixture
def made(tmp_path):
    """A function that makes a pack in a folder."""
    return lambda files, toml=None: folder(tmp_path / "mine", files, toml)


@pytest.fixture
def skinned(made):
    """A pack of one drawing, almost all clear, and two skins."""
    clear = Image.new("RGBA", (64, 64))
    clear.putpixel((32, 32), (255, 255, 255, 255))
    return made({"neutral.png": clear, "a.png": disc(RED), "b.png": disc(BLUE)}, SKINS)


@pytest.fixture
def copied(tmp_path):
    """A copy of the default pack."""
    return shutil.copytree(PACKS / DEFAULT_PACK, tmp_path / "mine")
