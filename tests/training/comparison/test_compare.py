"""The whole comparison on drawn faces: made once, gone on with, and told in a sentence where it can't be."""

from __future__ import annotations

import csv

import cv2
import numpy as np
import pytest

from realtime.errors import InputError
from realtime.records import EMOTIONS
from training import compare
from training.comparison import learning
from training.comparison.page import write_page
from training.comparison.results import Results
from training.comparison.tables import TABLES

_LEARNT = ("votes", "depth", "trunk", "transfer", "vgg13")


def _rows(folder, table):
    with (folder / f"{table}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_networks_are_compared_once_and_a_missing_row_is_made_again(run, tmp_path, capsys):
    assert run("--only", *_LEARNT) == 0
    folder = tmp_path / "comparison"
    votes = _rows(folder, "votes")
    assert [row["row"] for row in votes] == [
        f"{scheme} {seed}" for seed in (0, 1) for scheme in ("majority", "multi", "probabilistic", "soft")
    ]
    assert all(0 <= float(row["accuracy"]) <= 1 and row["budget"] == "tiny" for row in votes)
    assert all(row[key] for row in votes for key in ("seed", "hours", "date", "revision", "versions"))
    assert [row["convolutions"] for row in _rows(folder, "depth")] == ["4", "5"]
    both = _rows(folder, "trunk")[0]
    assert float(both["accuracy"]) >= 0
    assert float(both["gender accuracy"]) >= 0
    transfer = {row["row"]: row for row in _rows(folder, "transfer")}
    assert transfer["gender set only"]["FER accuracy"] == ""
    assert float(transfer["gender set, then FER"]["FER+ accuracy"]) >= 0

    text = (folder / "votes.csv").read_text().splitlines()
    (folder / "votes.csv").write_text("\n".join([line for line in text if not line.startswith("multi 1")]) + "\n")
    capsys.readouterr()
    assert run("--only", *_LEARNT) == 0
    made = [line for line in capsys.readouterr().out.splitlines() if line.endswith("...")]
    assert made == ["votes: multi 1 ..."]
    assert len(_rows(folder, "votes")) == 8

    write_page(Results(folder, "tiny"), tmp_path / "comparison.md")
    page = (tmp_path / "comparison.md").read_text()
    assert "{table" not in page
    assert "majority voting" in page
    for table in ("votes", "vgg13", "depth", "width", "trunk", "transfer"):
        assert f"(comparison/{table}.png)" in page
        assert cv2.imread(str(folder / f"{table}.png")) is not None


def test_an_interrupted_network_goes_on_where_it_was(run, tmp_path, monkeypatch, capsys):
    """Its file holds the time that it has learnt, and only the rest is learnt after that."""
    monkeypatch.setattr(learning, "_SAVE_EVERY_S", 0.0)
    steps, real = [], learning._cost

    def interrupted(*args):
        steps.append(1)
        if len(steps) == 2:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(learning, "_cost", interrupted)
    assert run("--only", "depth") == 130
    assert "The same command goes on." in capsys.readouterr().err
    (kept,) = (tmp_path / "out" / "weights" / "tiny").glob("*.pt")
    assert run("--only", "depth") == 0
    first = _rows(tmp_path / "comparison", "depth")[0]
    assert int(first["seen"]) == 64 * (_steps(kept))
    assert _steps(kept) >= 2


def _steps(kept) -> int:
    import torch

    return torch.load(kept, weights_only=True)["at"]["step"]


def test_a_damaged_network_file_is_named(run, tmp_path, capsys):
    kept = tmp_path / "out" / "weights" / "tiny" / "depth_4_width_1_seed_0.pt"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"no network")
    assert run("--only", "depth") == InputError.exit_code
    assert "depth_4_width_1_seed_0.pt can't be gone on from" in capsys.readouterr().err
    assert run("--only", "depth", "--anew") == 0


def test_without_data_or_votes_or_a_gender_set_it_says_what_to_give(run, tmp_path, formats, capsys):
    assert compare.main([]) == 2
    assert "Give --data FER2013." in capsys.readouterr().err
    assert run("--only", "trunk", gender=False) == InputError.exit_code
    assert "Give --gender-data." in capsys.readouterr().err
    assert run("--only", "votes", "--data", str(formats / "fer2013.csv")) == InputError.exit_code
    assert "Give --ferplus fer2013new.csv." in capsys.readouterr().err


def test_a_damaged_table_is_named(run, tmp_path, capsys):
    (tmp_path / "comparison").mkdir()
    (tmp_path / "comparison" / "depth.csv").write_text("something,else\n1,2\n")
    assert run("--only", "depth") == InputError.exit_code
    assert "depth.csv lacks the columns" in capsys.readouterr().err


def test_the_page_is_made_from_the_tables_alone(tmp_path):
    assert compare.main(["--page-only", "--results", str(tmp_path / "comparison")]) == 0
    page = (tmp_path / "comparison.md").read_text()
    assert page.count("*Not measured here.*") == len(TABLES)


@pytest.fixture
def collection(tmp_path, portrait):
    """Two people with an expression each, in classes of names of their own."""
    root = tmp_path / "mine"
    lines = ["file,emotion,person"]
    for n, name in enumerate(("grin", "blank", "grin", "blank")):
        cv2.imwrite(str(tmp_path / f"{n}.png"), np.roll(portrait, n, 1))
        root.mkdir(exist_ok=True)
        (tmp_path / f"{n}.png").rename(root / f"{n}.png")
        lines.append(f"{n}.png,{name},person {n // 2}")
    (root / "labels.csv").write_text("\n".join(lines))
    return root


def test_a_collection_with_other_class_names_needs_a_table_that_says_what_they_mean(run, tmp_path, collection, capsys):
    assert run("--only", "transfer", "--collection", str(collection)) == InputError.exit_code
    assert "blank, grin" in capsys.readouterr().err
    (tmp_path / "names.csv").write_text("class,means\ngrin,happy\nblank,neutral\n")
    classes = ["--classes", str(tmp_path / "names.csv")]
    assert run("--only", "transfer", "--collection", str(collection), *classes) == 0
    said = capsys.readouterr().out
    lacking = ", ".join(name for name in EMOTIONS if name not in ("happy", "neutral"))
    assert f"has no picture of {lacking}" in said
    rows = _rows(tmp_path / "comparison", "transfer")
    assert rows[-1]["row"] == "FER, then half of mine"
    assert 0 <= float(rows[-1]["mine accuracy"]) <= 1
