"""What is kept while a session runs: whole files only, of whom it is meant, and what of it survives."""

from __future__ import annotations

import errno
import importlib.util
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from realtime.errors import InputError, OutputError
from realtime.images import PART_PREFIX
from realtime.records import EMOTIONS
from realtime.report import recorder as recording
from realtime.report.about import Mark, read_about
from realtime.report.page import write_page
from realtime.report.recorder import SessionRecorder, Wanted, put_together, tables_in
from realtime.report.schema import COLUMNS
from realtime.report.session import read_session
from realtime.report.tables import read_columns
from tests.fakes import face, frame, picture
from tests.report.simulated import Viewer, record

ROOT = Path(__file__).parents[2]
_NO_PYARROW = importlib.util.find_spec("pyarrow") is None
FORMATS = ["csv", pytest.param("parquet", marks=pytest.mark.skipif(_NO_PYARROW, reason="pyarrow is not installed"))]


def _reading(track: int = 1, size: float = 80, seed: int = 0):
    return replace(Viewer(seed).reading(0.0, track), face=face(size=size))


def _tracks(recorder: SessionRecorder) -> list[int]:
    recorder.finish()
    return [int(one) for one in read_columns(tables_in(recorder.folder), ["track"])["track"]]


@pytest.mark.parametrize("kind", FORMATS)
def test_every_column_comes_back_as_it_was(tmp_path, kind):
    recorder = SessionRecorder(Wanted(tmp_path, format=kind), "camera 0")
    seen = replace(_reading(7), hint="too dark")
    recorder(frame(40, 20.0), [seen])
    recorder(frame(41, 20.04), [replace(seen, raw=None, movement=None)])
    recorder(frame(42, 20.08), [])
    recorder.finish()
    assert [path.name for path in tables_in(recorder.folder)] == [f"readings.{kind}"]
    table = read_columns(tables_in(recorder.folder), list(COLUMNS))
    assert table["frame"].tolist() == [40, 41, 42]
    assert table["time_s"] == pytest.approx([0, 0.04, 0.08], abs=1e-5)
    assert table["track"].tolist() == [7, 7, 0]
    assert table["seen"].tolist() == [1, 0, 0]
    assert table["hint"][:2].tolist() == ["too dark", "too dark"]
    assert table["emotion"][0] == seen.emotion
    assert table["box_left"][0] == pytest.approx(seen.face.box[0], rel=1e-5)
    for code, name in enumerate(EMOTIONS):
        assert table[f"smoothed_{name}"][0] == pytest.approx(seen.prediction.emotions[code], rel=1e-4)
        assert np.isfinite(table[f"raw_{name}"]).tolist() == [True, False, False]
    assert np.isfinite(table["yaw_deg"]).tolist() == [True, False, False]
    assert np.isfinite(table["valence"]).tolist() == [True, True, False]


def test_it_is_about_the_main_person_and_never_about_who_is_beside_them(tmp_path):
    recorder = SessionRecorder(Wanted(tmp_path), "camera 0")
    me, other = _reading(1, 90), _reading(2, 60)
    recorder(frame(0), [me, other])
    recorder(frame(1), [_reading(2, 200), me])  # who comes closer is still somebody else
    recorder(frame(2), [other])  # I have left
    recorder(frame(3), [other, _reading(3, 50)])  # I am back, with another number
    recorder(frame(4), [_reading(3, 50)])
    assert _tracks(recorder) == [1, 1, 0, 3, 3]


def test_it_is_about_everybody_only_if_asked_and_says_so_on_the_screen(tmp_path):
    recorder = SessionRecorder(Wanted(tmp_path, everyone=True), "camera 0")
    recorder(frame(0, 0.0), [_reading(1), _reading(2)])
    assert "everybody" in recorder.notice
    recorder(frame(1, 60.0), [_reading(1), _reading(2)])
    assert recorder.notice == ""
    assert _tracks(recorder) == [1, 2, 1, 2]
    assert read_about(recorder.folder).everyone


def test_marks_are_kept_at_once_and_may_get_a_word_later(tmp_path):
    recorder = SessionRecorder(Wanted(tmp_path), "camera 0")
    recorder(frame(0, 5.0), [])
    recorder(frame(1, 6.5), [])
    at = recorder.mark()
    assert recorder.notice == "Marked."
    assert read_about(recorder.folder).marks == (Mark(1.5),)
    recorder(frame(2, 9.0), [])
    recorder.mark("the joke", at)
    assert recorder.notice == ""
    assert read_about(recorder.folder).marks == (Mark(1.5, "the joke"),)


def test_a_run_without_a_frame_leaves_nothing(tmp_path):
    recorder = SessionRecorder(Wanted(tmp_path / "reports"), "camera 0")
    recorder.finish()
    assert list((tmp_path / "reports").iterdir()) == []


def test_two_sessions_of_one_second_have_folders_of_their_own(tmp_path):
    one, other = SessionRecorder(Wanted(tmp_path), "a"), SessionRecorder(Wanted(tmp_path), "b")
    assert one.folder != other.folder


def test_a_place_that_can_not_be_written_is_told_of_at_once(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="can't be written"):
        SessionRecorder(Wanted(tmp_path / "file" / "reports"), "camera 0")


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("realtime.report.tables.importlib.util.find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(OutputError, match=r"requirements-report\.txt"):
        SessionRecorder(Wanted(tmp_path, format="parquet"), "camera 0")
    recorder = SessionRecorder(Wanted(tmp_path), "camera 0")
    recorder(frame(), [_reading()])
    recorder.finish()
    assert [path.suffix for path in tables_in(recorder.folder)] == [".csv"]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_session_that_is_killed_loses_seconds_and_keeps_no_half_file(tmp_path, kind):
    code = (
        "from pathlib import Path; import realtime.report.recorder as r; from tests.report.simulated import record\n"
        f"r._PART_S = 0.05; folder = Path({str(tmp_path)!r})\n"
        f"record(folder, 3600, wanted=r.Wanted(folder, format={kind!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    deadline = time.monotonic() + 30
    while len(list(tmp_path.glob("*/readings-*"))) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (folder,) = tmp_path.iterdir()
    left = folder / f"{PART_PREFIX}{process.pid}-abc.part"  # as one that was being written
    left.write_bytes(b"half")
    session = read_session(folder)
    assert not session.about.complete
    assert len(session.times) > 10
    page = write_page(folder).read_text(encoding="utf-8")
    assert "was cut off" in page
    assert not left.exists()
    assert [path.name for path in tables_in(folder)] == [f"readings.{kind}"]
    assert np.array_equal(read_session(folder).times, session.times)


def test_a_full_disk_ends_nothing_and_nothing_is_lost_once_there_is_room(tmp_path, monkeypatch, caplog):
    full, write_rows = [True], recording.write_rows

    def write(path, rows):
        if full[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_rows(path, rows)

    monkeypatch.setattr(recording, "write_rows", write)
    now = [0.0]
    recorder = SessionRecorder(Wanted(tmp_path), "camera 0", clock=lambda: now[0])
    for n in range(100):
        now[0] += 0.5
        full[0] = n < 60
        recorder(frame(n), [_reading()])
    recorder.finish()
    assert len(read_session(recorder.folder).times) == 100
    assert caplog.text.count("can't be written at the moment") == 1
    assert read_about(recorder.folder).lost == ""


def test_what_a_full_disk_has_cost_is_told_at_the_end(tmp_path, monkeypatch):
    now = [0.0]
    recorder = SessionRecorder(Wanted(tmp_path), "camera 0", clock=lambda: now[0])
    recorder(frame(0), [_reading()])
    now[0] = 6.0
    recorder(frame(1), [_reading()])

    def full(path, rows):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(recording, "write_rows", full)
    now[0] = 12.0
    recorder(frame(2), [_reading()])
    with pytest.raises(OutputError, match=r"lacks what came last: No space.*realtime\.report page"):
        recorder.finish()
    assert len(read_session(recorder.folder).times) == 2
    assert not list(recorder.folder.glob(f"{PART_PREFIX}*"))


@pytest.mark.parametrize("content", [b"", b"PAR1 and no more", b"time_s,track\nx,y\n"])
@pytest.mark.parametrize("kind", FORMATS)
def test_a_damaged_table_is_told_of(tmp_path, kind, content):
    recorder = record(tmp_path, 1, wanted=Wanted(tmp_path, format=kind))
    recorder.finish()
    tables_in(recorder.folder)[0].write_bytes(content)
    with pytest.raises(InputError, match="no table of a report"):
        read_session(recorder.folder)


@pytest.mark.parametrize("content", ["", "{}", '{"schema": 99}', "[1]", '{"schema": 1, "marks": [1]}'])
def test_a_damaged_description_is_told_of(tmp_path, content):
    recorder = record(tmp_path, 1)
    recorder.finish()
    (recorder.folder / "session.json").write_text(content)
    with pytest.raises(InputError, match=r"session\.json is of no session"):
        read_session(recorder.folder)


def test_parts_are_put_together_once(tmp_path):
    now = [0.0]
    recorder = SessionRecorder(Wanted(tmp_path, format="csv"), "camera 0", clock=lambda: now[0])
    for n in range(30):
        now[0] += 1
        recorder(frame(n, image=picture(8, 8)), [_reading()])
    assert len(tables_in(recorder.folder)) == 6
    recorder.finish()
    put_together(recorder.folder)
    assert read_columns(tables_in(recorder.folder), ["frame"])["frame"].tolist() == list(range(30))
