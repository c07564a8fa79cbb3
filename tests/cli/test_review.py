"""A review without its page: pictures as they will be, changes, saving, and writing the video."""

from __future__ import annotations

import json
import sys

import cv2
import numpy as np
import pytest

import app
from realtime.cli.parse import parse
from realtime.cli.review import Review, options_of_review
from realtime.engine.analysis import Edits, Zone
from realtime.engine.analysis_file import read_analysis
from realtime.errors import InputError, UsageError
from tests.reviewed import FRAMES, write_reviewed


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_reviewed(tmp_path)
    return tmp_path


@pytest.fixture
def review(place):
    made = _opened()
    yield made
    made.close()


def _opened(*words: str) -> Review:
    command = ["--source", "talk.mp4", "--from-analysis", "found.jsonl", "--review", *words]
    return Review(options_of_review(parse(command)))


def _picture(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def _rendered(review: Review) -> dict:
    job = review.render()
    job.wait()
    assert job.result is not None, job.what
    assert job.done == job.total == FRAMES
    return job.result


def test_a_picture_shows_what_will_be_written(review, place):
    review.change(lambda _: Edits(keep=(2,), zones=(Zone(20, 120, 60, 40, (0.0, 1.5)),)))
    result = _rendered(review)
    assert result["whole"]
    assert "may be a face is blurred" in result["look"]
    written = cv2.VideoCapture(str(place / "talk.covered.mp4"))
    for at in range(FRAMES):
        shown = _picture(review.picture(at)).astype(int)
        assert np.abs(written.read()[1].astype(int) - shown).mean() < 6, at
    report = json.loads((place / "talk.covered.report.json").read_text())
    assert [(person["id"], person["covered"]) for person in report["people"]] == [(1, True), (2, False), (3, True)]
    assert report["needs_look"] is True
    assert review.exit_code == 0
    written.release()


def test_numbers_stand_beside_people_and_not_on_what_is_written(review):
    plain, numbered = _picture(review.picture(0)), _picture(review.picture(0, numbers=True))
    assert np.abs(plain.astype(int) - numbered).max() > 100


def test_a_face_is_shown_as_it_is(review):
    assert _picture(review.face(1)).shape == (128, 128, 3)
    for wrong in (0, 99):
        with pytest.raises(InputError):
            review.face(wrong)
    for wrong in (-1, FRAMES):
        with pytest.raises(InputError):
            review.picture(wrong)


def test_edits_are_saved_when_asked_and_at_the_end(place, capsys):
    review = _opened()
    review.change(lambda _: Edits(exclude=(4,)))
    assert review.unsaved
    assert review.save().name == "found.jsonl"
    assert not review.unsaved
    assert read_analysis(place / "found.jsonl").edits == Edits(exclude=(4,))
    review.undo()
    assert review.edits == Edits()
    assert review.unsaved
    review.redo()
    assert not review.unsaved
    review.change(lambda _: Edits(keep=(1,)))
    review.close()
    assert read_analysis(place / "found.jsonl").edits == Edits(keep=(1,))
    assert "Your edits are in found.jsonl" in capsys.readouterr().out


def test_what_is_typed_is_there_from_the_start(place):
    review = _opened("--exclude", "4", "--analysis", "mine.jsonl")
    assert review.edits.exclude == (4,)
    review.close()
    assert read_analysis(place / "mine.jsonl").edits.exclude == (4,)
    assert read_analysis(place / "found.jsonl").edits == Edits()


def test_edits_that_do_not_fit_change_nothing(review):
    for edits in (Edits(keep=(77,)), Edits(merge=((1, 2),))):
        with pytest.raises(UsageError):
            review.change(lambda _, edits=edits: edits)
    assert review.edits == Edits()
    assert not review.can_undo
    assert review.version == 0


def test_strict_privacy_lets_nobody_be_left_visible(place):
    review = _opened("--privacy", "strict")
    with pytest.raises(UsageError, match="strict hides every face"):
        review.change(lambda _: Edits(keep=(1,)))
    assert _picture(review.picture(5)).shape == (180, 320, 3)
    review.close()


def test_what_needs_a_look_is_told_by_the_exit_code(place):
    review = _opened("--require-clean")
    assert "somebody may be bare" in _rendered(review)["look"]
    assert review.exit_code == 7
    review.change(lambda _: Edits(exclude=(4,), merge=((2, 3),)))
    assert _rendered(review)["look"] == ""
    assert review.exit_code == 0
    review.close()


def test_a_rendering_that_is_cancelled_or_fails_says_so(review, place):
    job = review.render()
    with pytest.raises(UsageError, match="being written already"):
        review.render()
    job.cancel()
    job.wait()
    assert job.result is None or not job.result["whole"]
    (place / "talk.mp4").write_bytes(b"another")
    job = review.render()
    job.wait()
    assert job.result is None
    assert "talk.mp4" in job.what


def test_results_get_names_that_nobody_has(place):
    (place / "talk.covered.mp4").write_bytes(b"")
    options = options_of_review(parse(["--source", "talk.mp4", "--review"]))
    assert options.output == ("talk.covered-2.mp4",)
    assert options.analysis.name == "talk.analysis.jsonl"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--source", "demo"], "Give a video"),
        (["--source", "talk.mp4", "--json"], "can't go with --json"),
        (["--source", "talk.mp4", "--passes", "1"], "--passes 1"),
        (["--source", "talk.mp4", "--output", "talk.mp4"], "would be lost"),
        (["--source", "talk.mp4", "--from-analysis", "gone.jsonl"], "gone.jsonl"),
    ],
)
def test_what_can_not_be_reviewed_is_refused(place, words, told, capsys):
    pytest.importorskip("nicegui", reason="requirements-panel.txt is not installed")
    assert app.main([*words, "--review"]) in (2, 6)
    assert told in capsys.readouterr().err
    assert sorted(path.name for path in place.iterdir()) == ["found.jsonl", "talk.mp4"]


def test_without_nicegui_one_line_says_what_to_install(place, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "nicegui", None)
    assert app.main(["--source", "talk.mp4", "--review"]) == 5
    assert "pip install -r requirements-panel.txt" in capsys.readouterr().err
