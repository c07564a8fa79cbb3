"""The documents that the program shows by itself."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("nicegui", reason="requirements-panel.txt is not installed")

from realtime.shipped import DOCUMENTS, ROOT
from realtime.web.documents import NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_document_leads_to_others_that_are_shown_and_is_installed(name):
    linked = re.findall(r"\]\(([^)#]+)", (DOCUMENTS / name).read_text(encoding="utf-8"))
    assert set(linked) <= set(NAMES)
    assert f'"{name}"' in (ROOT / "hatch_build.py").read_text(encoding="utf-8")
