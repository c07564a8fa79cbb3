"""What the tests of drawing share."""

from __future__ import annotations

import pytest

from realtime.packs.manifest import DEFAULT_PACK
from realtime.packs.pack import PACKS, load_pack


@pytest.fixture(scope="module")
def pack():
    return load_pack(PACKS / DEFAULT_PACK)
