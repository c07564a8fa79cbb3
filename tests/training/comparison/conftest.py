"""A budget of moments, for drawn faces."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("sklearn", reason="training/requirements.txt is not installed")
pytest.importorskip("torch", reason="training/requirements.txt is not installed")

from training import compare
from training.comparison.budget import BUDGETS

TINY = replace(
    BUDGETS["quick"],
    name="tiny",
    seconds=0.05,
    vgg13_seconds=0.1,
    widths=(4, 4, 8, 8),
    svm_pictures=60,
    scored=30,
    svm_scored=4,
    sized=4,
    sequences=4,
    depths=(4, 5),
    scales=(1.0,),
    seeds=(0, 1),
    sizes_px=(24, 48),
    crowds=(1, 2),
    frames=2,
    video_s=1.0,
)


@pytest.fixture
def tiny_budget(monkeypatch):
    """Let a quick run be over in moments."""
    monkeypatch.setitem(BUDGETS, "quick", TINY)
    monkeypatch.setattr("training.comparison.networks.VGG13", ((4, 1), (4, 1), (4, 1), (4, 1)))
    monkeypatch.setattr("training.comparison.networks.VGG13_DENSE", 8)
    return TINY


@pytest.fixture
def run(tiny_budget, monkeypatch, tmp_path, fer_folder, gender_folder):
    """Return what runs the command with the drawn sets; the tables are in tmp_path/comparison, and no page is made."""
    monkeypatch.setattr(compare, "write_page", lambda *_: None)

    def start(*more: str, gender: bool = True) -> int:
        sets = ["--data", str(fer_folder), *(["--gender-data", str(gender_folder)] if gender else [])]
        places = ["--output-dir", str(tmp_path / "out"), "--results", str(tmp_path / "comparison")]
        return compare.main([*sets, *places, "--quick", *more])

    return start
