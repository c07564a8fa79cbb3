"""The comparison with other methods in the studio."""

from __future__ import annotations

import pytest

pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")

from training.studio.pages import comparison


def test_rows_are_shown_in_percent_and_what_can_not_be_read_is_left_out(tmp_path):
    table = tmp_path / "classical.csv"
    table.write_text("row,accuracy,face ms,seed,budget\nlandmarks,0.4567,12.34,1,middle\nold,0.4,9,0,quick\n")
    assert comparison._rows(table) == [["landmarks", "45.7", "12", "1", "middle"]]
    table.write_text("row,accuracy,face ms,seed,budget\nlandmarks,,12,0,quick\n")
    assert comparison._rows(table) == []
    assert comparison._rows(tmp_path / "none.csv") == []


def test_nothing_is_shown_where_nothing_was_measured(tmp_path):
    comparison.show_comparison(tmp_path)  # outside of a page, anything shown would raise
