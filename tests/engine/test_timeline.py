"""How expressions go over a run: the table's numbers, the picture's places, and files that are whole or not there."""

from __future__ import annotations

import csv
import json

import cv2
import numpy as np
import pytest

import app
from realtime.engine.timeline import _LEFT, _MARGIN, _RIGHT, _ROW, _ROWS, _STRIP, _WIDTH, Timeline, _clock
from realtime.errors import OutputError, UsageError
from realtime.packs.manifest import DEFAULT_PACK
from realtime.packs.pack import PACKS, load_pack
from realtime.records import EMOTIONS, UNSURE, Reading
from tests.fakes import face, frame, prediction


@pytest.fixture(scope="module")
def pack():
    return load_pack(PACKS / DEFAULT_PACK)


def _reading(track=1, emotion="happy", seen=True) -> Reading:
    said = prediction(emotion if emotion in EMOTIONS else "happy")
    return Reading(
        track=track,
        face=face(),
        raw=said if seen else None,
        prediction=said,
        emotion=emotion,
        presentation="female",
    )


def test_every_expression_has_a_row_and_a_colour():
    assert set(_ROWS) == set(EMOTIONS)
    assert len(set(_ROWS.values())) == len(EMOTIONS)


def _rows(path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _band(image: np.ndarray, emotion: str, panel: int = 0) -> np.ndarray:
    """Return the colours along a row of a panel, uint8 (W, 3)."""
    top = 3 * _MARGIN + panel * (_STRIP + _ROW * len(_ROWS) + 2 * _MARGIN) + _STRIP
    return image[top + list(_ROWS).index(emotion) * _ROW + _ROW // 2, _LEFT : _WIDTH - _RIGHT]


def test_the_table_has_means_of_quarters_of_a_second(pack, tmp_path):
    timeline = Timeline([tmp_path / "t.csv"], lambda: pack)
    for number in range(30):  # a second at 30 frames a second, the clock beginning anywhere
        shown = "happy" if number < 15 else UNSURE if number < 23 else "sad"
        timeline(frame(number, 100 + number / 30), [_reading(7, shown), _reading(8, "angry", seen=False)])
    assert timeline.write() == [f"timeline {tmp_path / 't.csv'}"]
    rows = _rows(tmp_path / "t.csv")
    assert [(row["time_s"], row["track"], row["shown"]) for row in rows] == [
        ("0.00", "7", "happy"), ("0.25", "7", "happy"), ("0.50", "7", UNSURE), ("0.75", "7", "sad"),
    ]  # fmt: skip
    assert sum(int(row["frames"]) for row in rows) == 30
    expected = dict(zip(EMOTIONS, prediction("happy").emotions, strict=True))
    assert float(rows[0]["happy"]) == pytest.approx(expected["happy"], abs=1e-4)
    assert rows[2]["happy"] == rows[2]["neutral"] == ""
    assert float(rows[3]["sad"]) > 0.8


def test_the_picture_is_dark_where_an_expression_was_and_white_where_nobody_was(pack, tmp_path):
    timeline = Timeline([], lambda: pack)
    for number in range(120):
        there = [_reading(1, "happy" if number < 60 else "surprise")] + [_reading(2, "angry")] * (number >= 60)
        timeline(frame(number), there)
    image = timeline.picture()
    happy, surprise, angry = _band(image, "happy"), _band(image, "surprise"), _band(image, "angry", panel=1)
    first, second = slice(4, 480), slice(540, 1036)
    for band, (dark, light) in ((happy, (first, second)), (surprise, (second, first))):
        assert np.median(band[light], 0).min() > 235 > 200 > np.median(band[dark], 0).min()
    assert (np.median(angry[first], 0) == 255).all()  # not there yet
    assert np.median(angry[second], 0).min() < 200
    # The emoji they wore stand above.
    strip = image[3 * _MARGIN : 3 * _MARGIN + _STRIP, _LEFT : _WIDTH - _RIGHT].astype(int)
    yellow = (strip[:, :, 2] - strip[:, :, 0] > 80).any(0)
    assert yellow[:50].any()
    assert yellow[500:570].any()
    assert not yellow[60:500].any()
    assert not yellow[600:].any()


def test_hours_and_crowds_stay_one_picture(pack):
    timeline = Timeline([], lambda: pack)
    for second in range(0, 4 * 3600, 2):
        timeline(frame(0, float(second)), [_reading(1, "neutral"), _reading(2 + second // 600, "fear")])
    image = timeline.picture()
    assert image.shape[1] == _WIDTH
    assert image.shape[0] < 2200
    assert np.median(_band(image, "neutral"), 0).max() < 235


def test_broken_clocks_cost_no_memory(pack):
    timeline = Timeline([], lambda: pack)
    for time_s in (1000.0, 1e9, 999.0, -1e9):  # of a damaged file, or of a stream that begins anew
        timeline(frame(0, time_s), [_reading()])
    assert timeline.picture().shape[1] == _WIDTH


def test_a_face_of_a_moment_is_left_out_of_the_picture_unless_there_is_no_other(pack):
    alone, beside = Timeline([], lambda: pack), Timeline([], lambda: pack)
    for number in range(60):
        alone(frame(number), [_reading(9)] * (number < 3))
        beside(frame(number), [_reading(1)] + [_reading(9)] * (number < 3))
    assert alone.picture().shape == beside.picture().shape
    empty = Timeline([], lambda: pack).picture()  # nothing ever came
    assert empty.shape == alone.picture().shape


@pytest.mark.parametrize(
    ("time_s", "step_s", "text"),
    [(0, 1, "0:00"), (0.5, 0.5, "0:00.5"), (75, 15, "1:15"), (3600, 600, "1:00:00"), (7325, 1, "2:02:05")],
)
def test_clocks_read_as_people_write_them(time_s, step_s, text):
    assert _clock(time_s, step_s) == text


def test_places_that_cannot_be_written_are_told_before_the_run(pack, tmp_path):
    with pytest.raises(UsageError, match=r"\.png, or a table, \.csv"):
        Timeline([tmp_path / "t.jpg"], lambda: pack)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Give a place that you may write to"):
        Timeline([tmp_path / "file" / "t.png"], lambda: pack)
    kept = tmp_path / "t.csv"
    kept.write_text("before")
    Timeline([kept, tmp_path / "new" / "t.png"], lambda: pack)
    assert kept.read_text() == "before"  # until there is something better
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "new", "t.csv"]


def test_the_program_draws_the_timeline_of_a_video(shipped_model, tmp_path, capsys):
    picture, table = tmp_path / "t.png", tmp_path / "t.csv"
    wanted = ["--timeline", str(picture), "--timeline", str(table)]
    assert app.main(["--source", "demo", "--max-seconds", "1", "--output", "none", *wanted]) == 0
    assert f"Written: timeline {picture}, timeline {table}." in capsys.readouterr().out
    assert cv2.imread(str(picture)).shape[1] == _WIDTH
    assert [row["time_s"] for row in _rows(table)] == ["0.00", "0.25", "0.50", "0.75"]


def test_json_stays_alone_on_standard_output(shipped_model, tmp_path, capsys):
    arguments = ["--source", "demo", "--max-seconds", "0.2", "--json", "--timeline", str(tmp_path / "t.csv")]
    assert app.main(arguments) == 0
    said = capsys.readouterr()
    assert all(json.loads(line)["track"] == 1 for line in said.out.splitlines())
    assert "Written: timeline" in said.err


def test_a_picture_has_no_timeline(shipped_model, tmp_path, capsys):
    cv2.imwrite(str(tmp_path / "p.png"), np.full((100, 100, 3), 128, np.uint8))
    arguments = ["--source", str(tmp_path / "p.png"), "--output", "none", "--timeline", str(tmp_path / "t.png")]
    assert app.main(arguments) == 2
    assert "--timeline needs time to pass" in capsys.readouterr().err
    assert not (tmp_path / "t.png").exists()
