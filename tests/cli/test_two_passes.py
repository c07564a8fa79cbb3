"""Two passes as users ask for them: what is written, what is refused, and what can't be combined."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path

import cv2
import numpy as np
import pytest

import app
from realtime.cli import two_passes
from realtime.cli.build import open_run
from realtime.cli.parse import parse
from realtime.controls import Command, Controls
from realtime.engine.analysis_file import read_analysis
from realtime.engine.rendering import PlannedReader


def _write_video(path: Path, portrait: np.ndarray, frames: int = 20) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (320, 240))
    for n in range(frames):
        image = np.full((240, 320, 3), 90, np.uint8)
        image[20:220, 60 + n : 230 + n] = cv2.resize(portrait, (170, 200))
        writer.write(image)
    writer.release()
    return path


@pytest.fixture(scope="module")
def talk(tmp_path_factory, portrait) -> Path:
    return _write_video(tmp_path_factory.mktemp("talk") / "talk.avi", portrait)


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _main(*words: object) -> int:
    return app.main([str(word) for word in words])


def _pictures(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_video_is_covered_in_two_passes_with_a_report_beside_it(talk, place, capsys):
    assert _main("--source", talk, "--output", "o.avi") == 0
    assert sorted(path.name for path in place.iterdir()) == ["o.avi", "o.contact.jpg", "o.report.json"]
    report = json.loads((place / "o.report.json").read_text())
    assert [person["frames_seen"] for person in report["people"]] == [20]
    assert report["complete"] is True
    assert report["output"]["sha256"] == hashlib.sha256((place / "o.avi").read_bytes()).hexdigest()
    assert report["source"]["sha256"] == hashlib.sha256(talk.read_bytes()).hexdigest()
    assert report["options"]["pack"] == "classic"
    assert "20 processed" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--passes", "1"], ["--no-report"]])
def test_without_a_report_the_video_is_alone(talk, place, words):
    assert _main("--source", talk, "--output", "o.avi", *words) == 0
    assert [path.name for path in place.iterdir()] == ["o.avi"]


def test_an_analysis_is_written_alone_and_drawn_later_as_at_once(talk, place, capsys):
    assert _main("--source", talk, "--output", "one/", "--analysis", "a.jsonl") == 0
    assert _main("--source", talk, "--output", "none", "--analysis", "b.jsonl") == 0
    assert "People: 1" in capsys.readouterr().out
    assert (place / "a.jsonl").read_bytes() == (place / "b.jsonl").read_bytes()
    assert _main("--from-analysis", "b.jsonl", "--output", "two/") == 0
    assert _pictures(place / "one") == _pictures(place / "two")
    assert _main("--from-analysis", "b.jsonl", "--output", "three/", "--cover", "solid") == 0
    assert _pictures(place / "one") != _pictures(place / "three")


def test_edits_are_kept_in_an_analysis(talk, place):
    assert _main("--source", talk, "--output", "none", "--analysis", "a.jsonl", "--zone", "1,2,30,40@0.2-0.5") == 0
    assert _main("--from-analysis", "a.jsonl", "--keep", "1", "--output", "seen/", "--analysis", "b.jsonl") == 0
    edits = read_analysis(place / "b.jsonl").edits
    assert edits.keep == (1,)
    assert edits.zones[0].while_s == (0.2, 0.5)
    assert _main("--from-analysis", "b.jsonl", "--output", "again/") == 0
    assert _pictures(place / "seen") == _pictures(place / "again")


def test_json_has_a_row_for_each_face_and_frame(talk, place, capsys):
    assert _main("--source", talk, "--output", "o.avi", "--json", "--no-report", "--timeline", "t.csv") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["frame"] for row in rows] == list(range(20))
    assert {row["track"] for row in rows} == {1}
    assert (place / "t.csv").is_file()


def test_the_time_is_limited_in_both_passes(talk, place):
    assert _main("--source", talk, "--output", "o/", "--max-seconds", "0.3") == 0
    assert len(list((place / "o").iterdir())) == 8


def test_another_file_than_the_one_analysed_is_refused(talk, place, portrait, capsys):
    assert _main("--source", talk, "--output", "none", "--analysis", "a.jsonl") == 0
    other = _write_video(place / "other.avi", portrait, 19)
    assert _main("--from-analysis", "a.jsonl", "--source", other, "--output", "o.avi") == 6
    assert "is not the file that was analysed" in capsys.readouterr().err
    assert not (place / "o.avi").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--source", "demo", "--output", "o.avi", "--keep", "1"], "--keep needs two passes"),
        (["--source", "TALK", "--output", "o.avi", "--passes", "1", "--zone", "1,1,2,2"], "--zone needs two passes"),
        (["--source", "TALK", "--output", "o.avi", "--keep", "7"], "There is no face 7"),
        (["--source", "TALK", "--output", "o.avi", "--keep", "1", "--privacy", "strict"], "strict hides every face"),
        (["--source", "TALK", "--output", "o.avi", "--zone-off", "1,1,9,9", "--privacy", "strict"], "strict hides"),
        (
            ["--source", "TALK", "--output", "o.avi", "--keep", "1", "--record-trace", "t"],
            "can't go with --record-trace",
        ),
        (["--source", "TALK", "--output", "none", "--analysis", "TALK"], "is read in this run"),
        (["--source", "TALK", "--output", "o.report.json.avi", "--analysis", "o.report.json.report.json"], "same file"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_written(talk, place, words, told, capsys):
    assert _main(*(str(talk) if word == "TALK" else word for word in words)) == 2
    assert told in capsys.readouterr().err
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "1,2,0,4", "1,2,3,4@5", "1,2,3,4@5-4", "-1,2,3,4"])
def test_a_zone_that_is_none_is_refused(text, capsys):
    with pytest.raises(SystemExit, match="2"):
        _main("--source", "demo", f"--zone={text}")
    assert "--zone" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--record-trace", "t.jsonl"], ["--pictures", "ignore"]])
def test_what_goes_with_one_pass_only_makes_one_and_says_so(talk, place, words, caplog):
    with caplog.at_level(logging.WARNING):
        assert _main("--source", talk, "--output", "o.avi", *words) == 0
    (told,) = [record.getMessage() for record in caplog.records if "one pass" in record.getMessage()]
    assert told == f"The video is drawn in one pass, as {words[0]} goes with one only."
    assert not (place / "o.report.json").exists()


def test_what_somebody_should_look_at_is_told_by_the_exit_code(talk, place, capsys):
    assert _main("--source", talk, "--output", "none", "--analysis", "a.jsonl") == 0
    rows = [json.loads(line) for line in (place / "a.jsonl").read_text().splitlines()]
    for row in rows[1:]:
        row["faces"] = [face | {"person": False, "likely": True, "read": None} for face in row["faces"]]
    (place / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert _main("--from-analysis", "a.jsonl", "--output", "o.avi", "--require-clean") == 7
    assert "blurred 1 times, first at 0.0 s" in capsys.readouterr().err
    assert json.loads((place / "o.report.json").read_text())["needs_look"] is True
    assert _main("--from-analysis", "a.jsonl", "--output", "o.avi") == 0
    assert _main("--from-analysis", "a.jsonl", "--output", "o.avi", "--exclude", "1", "--require-clean") == 0


def test_strict_privacy_goes_with_two_passes(talk, place):
    assert _main("--source", talk, "--output", "o.avi", "--privacy", "strict") == 0
    assert json.loads((place / "o.report.json").read_text())["complete"] is True


def test_whoever_stops_while_faces_are_looked_for_has_nothing_written_and_is_told_what_to_do(talk, place, caplog):
    controls = Controls()

    def stopped_soon() -> None:
        with open_run(parse(["--source", str(talk), "--output", "o.avi", "--analysis", "a.jsonl"]), controls) as run:
            controls.send(Command.QUIT)  # as a signal does
            run()

    with pytest.raises(KeyboardInterrupt):
        stopped_soon()
    assert "Stopped before anything was written. The same command line begins again." in caplog.text
    assert list(place.iterdir()) == []


class _Stopping(PlannedReader):
    """Somebody stops the program while this reads the tenth frame."""

    controls: Controls

    def read(self, frame):
        if self.position == 8:
            self.controls.send(Command.QUIT)
        return super().read(frame)


def test_whoever_stops_while_it_is_drawn_has_the_video_up_to_there(talk, place, monkeypatch):
    _Stopping.controls = Controls()
    monkeypatch.setattr(two_passes, "PlannedReader", _Stopping)
    with open_run(parse(["--source", str(talk), "--output", "o.avi"]), _Stopping.controls) as run:
        run()
    assert cv2.VideoCapture(str(place / "o.avi")).get(cv2.CAP_PROP_FRAME_COUNT) == 10
    assert json.loads((place / "o.report.json").read_text())["complete"] is False
