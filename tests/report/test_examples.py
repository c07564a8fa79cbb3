"""The customer review of docs/examples, with a customer who presses keys."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from realtime.report.about import read_about
from realtime.report.session import read_session, sessions_in
from realtime.report.viewing import viewings
from tests.media import write_clip
from tests.report.simulated import record

FILE = Path(__file__).parents[2] / "docs" / "examples" / "customer_review.py"


@pytest.fixture
def example(monkeypatch):
    spec = importlib.util.spec_from_file_location("customer_review", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("namedWindow", "imshow", "setMouseCallback", "destroyAllWindows"):
        monkeypatch.setattr(cv2, name, lambda *_: None)
    monkeypatch.setattr(cv2, "waitKey", lambda wait_ms: ord("4"))
    return module


@pytest.mark.model
def test_a_customer_is_shown_something_read_and_asked(example, tmp_path, portrait, monkeypatch, capsys):
    cv2.imwrite(str(tmp_path / "box.png"), portrait)
    given = [str(tmp_path / "round"), "--show", str(tmp_path / "box.png"), "--seconds", "0.5", "--source", "demo"]
    monkeypatch.setattr("sys.argv", ["customer_review.py", *given])
    assert example.main() == 0
    (folder,) = sessions_in(tmp_path / "round")
    assert [mark.word for mark in read_about(folder).marks] == ["shown", "answer 4"]
    assert len(read_session(folder).people) == 1
    assert (folder / "report.html").is_file()
    assert "Thank you" in capsys.readouterr().out


@pytest.mark.model
def test_a_clip_is_told_of_by_its_own_time(example, tmp_path, monkeypatch):
    grey = [np.full((90, 160, 3), 3 * n, np.uint8) for n in range(40)]
    clip = write_clip(tmp_path / "clip.mp4", grey, [n / 25 for n in range(40)])
    given = [str(tmp_path / "round"), "--show", str(clip), "--source", "demo"]
    monkeypatch.setattr("sys.argv", ["customer_review.py", *given])
    assert example.main() == 0
    (viewing,) = viewings(read_session(*sessions_in(tmp_path / "round")))
    assert [piece.then for piece in viewing.pieces] == ["ended"]
    assert len(viewing.times)


def test_answers_of_a_few_are_not_told(example, tmp_path):
    for number in range(1, 6):
        recorder = record(tmp_path, 1, number, fps=4)
        recorder.mark(f"answer {min(number, 4)}")
        recorder.finish()
        if number == 4:
            assert example.answers(tmp_path) == ["4 answers: too few to tell anything."]
    assert example.answers(tmp_path)[3] == "rather         2  40%"
