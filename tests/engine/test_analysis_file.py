"""An analysis from its file is the one that was written, and whoever wrote another is told what is wrong where."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime.engine.analysis import About, AnalysedFrame, Analysis, Edits, Found, Track, Zone
from realtime.engine.analysis_file import read_analysis, write_analysis
from realtime.engine.analyst import rounded
from realtime.engine.plan import Plan
from realtime.errors import InputError, OutputError
from tests.fakes import face, prediction


def _analysis(edits: Edits | None = None) -> Analysis:
    frames = tuple(AnalysedFrame(at, at / 30, at == 6, (320, 240)) for at in range(12))
    said = prediction("happy", 0.7)
    person = [Found(at, rounded(face(100.123 + at)), prediction=said) for at in (0, 1, 2, 4, 5)]
    other = [Found(7, rounded(face(50.5)), hint="too dark"), Found(8, rounded(face(51.5)), prediction=said)]
    doubtful = [Found(2, rounded(face(200)), likely=True), Found(3, rounded(face(200)), seen=False, likely=True)]
    tracks = [Track(1, True, tuple(person)), Track(2, True, tuple(other)), Track(3, False, tuple(doubtful))]
    return Analysis(About("a b.mp4", "ab" * 32, 29.97, "1.2.3"), frames, tracks, edits or Edits())


EDITS = Edits(
    keep=(2,),
    exclude=(3,),
    merge=((1, 2),),
    zones=(Zone(1.0, 2.0, 3.0, 4.0, (0.5, 1.0)),),
    zones_off=(Zone(0.0, 0.0, 9.0, 9.0),),
)


@pytest.mark.parametrize("edits", [Edits(), EDITS])
def test_what_is_read_is_what_was_written(tmp_path, edits):
    written = _analysis(edits)
    write_analysis(tmp_path / "a.jsonl", written)
    read = read_analysis(tmp_path / "a.jsonl")
    assert (read.about, read.frames, read.edits) == (written.about, written.frames, written.edits)
    assert [(track.id, track.confirmed) for track in read.tracks] == [(1, True), (2, True), (3, False)]
    one, other = Plan(written), Plan(read)
    for at in range(12):
        assert one.suspects(at) == other.suspects(at)
        for ours, theirs in zip(one.readings(at), other.readings(at), strict=True):
            assert ours.face.region == theirs.face.region
            assert np.array_equal(ours.face.keypoints.points, theirs.face.keypoints.points)
            assert np.array_equal(ours.prediction.emotions, theirs.prediction.emotions)
            assert (ours.emotion, ours.presentation, ours.hint) == (theirs.emotion, theirs.presentation, theirs.hint)


def test_written_again_the_file_is_the_same(tmp_path):
    write_analysis(tmp_path / "a.jsonl", _analysis(EDITS))
    write_analysis(tmp_path / "b.jsonl", read_analysis(tmp_path / "a.jsonl"))
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def _with(line: int, *keys: Any, value: Any) -> Callable[[list[Any]], None]:
    def change(rows: list[Any]) -> None:
        place = rows[line]
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "line", "named"),
    [
        (_with(0, "analysis", value=True), 1, "whole number"),
        (_with(0, "fps", value=0), 1, "'fps'"),
        (_with(0, "edits", value=[]), 1, "an object"),
        (_with(0, "edits", "keep", value=["1"]), 1, "whole number"),
        (_with(0, "edits", "merge", value=[[1]]), 1, "list of 2"),
        (_with(0, "edits", "zones", value=[{"x": 0}]), 1, "'while_s'"),
        (_with(2, "time_s", value=-1.0), 3, "not after the frame before"),
        (_with(2, "index", value=0), 3, "not after the frame before"),
        (_with(2, "size", value=[1, 10**9]), 3, "up to"),
        (_with(1, "faces", 0, "id", value=-1), 2, "whole number"),
        (_with(1, "faces", 0, "face", value=[]), 2, "four keypoints|whether it is sure"),
        (_with(1, "faces", 0, "read", value=[[1], [1]]), 2, "list of 7"),
        (_with(1, "faces", 0, "hint", value=1), 2, "a text"),
        (_with(3, "faces", 1, "id", value=1), 4, "face 1 is there twice"),
        (lambda rows: rows.__delitem__(slice(1, None)), 2, "there is no frame"),
        (lambda rows: [row["faces"].clear() for row in rows[3:4]], 2, "face 3 is seen in no frame"),
        (lambda rows: rows.insert(3, 7), 4, "no object"),
    ],
)
def test_a_file_that_is_wrong_is_refused_and_the_line_is_named(tmp_path, change, line, named):
    path = tmp_path / "a.jsonl"
    write_analysis(path, _analysis())
    rows = [json.loads(row) for row in path.read_text().splitlines()]
    change(rows)
    path.write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(InputError, match=rf"no analysis of this program: in line {line}, .*({named})"):
        read_analysis(path)


def test_edits_of_a_file_that_do_not_fit_are_refused(tmp_path):
    write_analysis(tmp_path / "a.jsonl", _analysis(Edits(keep=(9,))))
    with pytest.raises(InputError, match=r"edits that don't fit[.] There is no face 9"):
        read_analysis(tmp_path / "a.jsonl")


def test_another_version_is_told_of(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"analysis": 2}\n')
    with pytest.raises(InputError, match="version 2, and this program reads version 1"):
        read_analysis(tmp_path / "a.jsonl")


@pytest.mark.parametrize("data", [b"", b"\xff\n", b"[" * 100_000, b'{"analysis": NaN}'])
def test_what_is_no_analysis_at_all_is_refused(tmp_path, data):
    (tmp_path / "a.jsonl").write_bytes(data)
    with pytest.raises(InputError, match="in line 1, "):
        read_analysis(tmp_path / "a.jsonl")


def test_a_file_that_is_not_there_or_has_no_place_is_told_of(tmp_path):
    with pytest.raises(InputError, match="can't be read"):
        read_analysis(tmp_path / "nowhere")
    with pytest.raises(OutputError, match="can't be written"):
        write_analysis(tmp_path / "no" / "place", _analysis())
    assert list(Path(tmp_path).iterdir()) == []
