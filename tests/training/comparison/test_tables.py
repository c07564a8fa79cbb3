"""What the page makes of the rows."""

from __future__ import annotations

import numpy as np
import pytest

from training.comparison.budget import best_budget
from training.comparison.columns import Column, Table
from training.comparison.page import markdown
from training.comparison.tables import TABLES, _hourly, _over_seeds
from training.comparison.votes import interval, schemes


def test_cells_are_rounded_and_empty_ones_say_so():
    row = {"row": "a", "accuracy": "0.4567", "low": "0.4", "high": "0.51234", "n": "12345", "ms": "0.12345", "none": ""}
    assert Column("", "accuracy", "share").cell(row) == "45.7"
    assert Column("", "accuracy", "interval").cell(row) == "45.7 (40.0 to 51.2)"
    assert Column("", "n", "digits").cell(row) == "12 345"
    assert Column("", "ms", "digits").cell(row) == "0.123"
    assert Column("", "none", "share").cell(row) == Column("", "missing").cell(row) == "-"


def test_a_table_is_markdown():
    table = Table("t", (Column("name", "row"), Column("share, %", "s", "share")), lambda rows, path: None)
    lines = markdown(table, [{"row": "a", "s": "0.5"}])
    assert lines == ["| name | share, % |", "|---|---|", "| a | 50.0 |"]


def test_budgets_are_never_mixed():
    rows = [{"row": name, "budget": name} for name in ("quick", "middle", "full", "unknown")]
    assert best_budget(rows) == rows[2:3]
    assert best_budget(rows[:2]) == rows[1:2]
    assert best_budget(rows[3:]) == rows[3:]
    assert best_budget([]) == []


def test_seeds_make_a_mean_with_an_interval():
    mean, half = interval(np.array([0.5, 0.6, 0.7]))
    assert (mean, half) == (pytest.approx(0.6), pytest.approx(0.2484, abs=1e-3))
    assert interval(np.array([0.5])) == (0.5, np.inf)
    scores = {"0": "0.5", "1": "0.6", "2": "0.7"}
    soft = [{"scheme": "soft", "accuracy": a, "balanced": "0.3", "seed": seed} for seed, a in scores.items()]
    others = [row | {"scheme": "multi", "accuracy": f"{float(row['accuracy']) - 0.01}"} for row in soft]
    multi, shown = schemes([*others, *soft])
    assert multi["behind"] == "1.0 (1.0 to 1.0)"
    assert shown["row"] == "cross-entropy loss"
    assert float(shown["low"]) == pytest.approx(0.3516, abs=1e-3)


def test_seeds_of_a_network_are_one_row_with_the_accuracy_of_each():
    figures = {"row": "4 convolutions", "low": "0.4", "high": "0.6", "balanced": "0.4", "face ms": "1", "seen": "64"}
    (shown,) = _over_seeds([figures | {"accuracy": "0.5"}, figures | {"accuracy": "0.6"}])
    assert (shown["accuracy"], shown["each"]) == ("0.55", "50.0, 60.0")


def test_false_faces_of_all_videos_make_a_rate():
    videos = [{"row": n, "seconds": "900", "faces": "1", "frames": "9", "frames with one": "2"} for n in "ab"]
    assert _hourly(videos)[-1] == {
        "row": "all",
        "seconds": "1800.0",
        "faces": "2",
        "per hour": "4 (0 to 14)",
        "frames": "18",
        "frames with one": "4",
    }


def test_the_page_has_a_place_for_every_table():
    from training.comparison import page

    places = page._PLACE.findall(page._TEXT.read_text(encoding="utf-8"))
    assert sorted(places) == sorted(table.name for table in TABLES)
