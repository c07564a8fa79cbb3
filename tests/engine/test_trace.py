"""Same trace, same pictures."""

from __future__ import annotations

import json
import os
import time

import numpy as np
import pytest

import app
from realtime.cli.options import specs
from realtime.controls import Command, Controls
from realtime.engine.trace import Replay, TraceWriter
from realtime.engine.trace_rows import OPTIONS
from realtime.errors import InputError, OutputError
from realtime.records import Findings
from realtime.sources.video import Video
from tests.fakes import frame, movement


def _run(*args) -> int:
    return app.main([str(arg) for arg in args])


def _frames(path) -> list[np.ndarray]:
    video, frames = Video(str(path)), []
    while (frame := video.read()) is not None:
        frames.append(frame.image)
    return frames


@pytest.fixture(scope="module")
def traced(tmp_path_factory, shipped_model):
    """A second of the demo, its trace and its covered pictures."""
    folder = tmp_path_factory.mktemp("trace")
    trace, video = folder / "run.jsonl", folder / "first.avi"
    assert _run("--source", "demo", "--max-seconds", "1", "--output", video, "--record-trace", trace) == 0
    return trace, video


def test_a_replay_gives_the_same_pictures_byte_for_byte(traced, tmp_path):
    trace, video = traced
    for name in ("a.avi", "b.avi"):
        assert _run("--replay", trace, "--output", tmp_path / name) == 0
    assert (tmp_path / "a.avi").read_bytes() == (tmp_path / "b.avi").read_bytes()
    first, again = _frames(video), _frames(tmp_path / "a.avi")
    assert len(first) == len(again) == 30
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))


def test_a_replay_does_not_look_or_ask_the_model(traced, tmp_path, monkeypatch):
    monkeypatch.setattr("realtime.cli.inputs.ViewsInTurn", None)
    monkeypatch.setattr("realtime.cli.inputs.open_faces", None)
    assert _run("--replay", traced[0], "--output", tmp_path / "x.avi") == 0
    assert len(_frames(tmp_path / "x.avi")) == 30


def test_a_trace_holds_numbers_and_no_picture(traced):
    rows = [json.loads(line) for line in traced[0].read_text().splitlines()]
    assert rows[0]["options"]["source"] == "demo"
    assert len(rows) == 31
    assert all(len(row["predictions"]) == 1 <= len(row["faces"]) for row in rows[1:])
    assert [row["answers"] is not None for row in rows[1:]] == [True] * 30
    assert traced[0].stat().st_size < 31 * 1500


def test_without_the_source_grey_pictures_stand_in(traced, tmp_path):
    trace = tmp_path / "moved.jsonl"
    trace.write_text(traced[0].read_text().replace('"source": "demo"', '"source": "/dev/video9"'))
    assert _run("--replay", trace, "--output", tmp_path / "x.avi") == 0
    image = _frames(tmp_path / "x.avi")[0]
    assert np.abs(image[:50].astype(int) - 128).max() < 8
    assert image.std() > 20  # the emoji


def test_commands_are_given_again(traced, tmp_path):
    rows = traced[0].read_text().splitlines()
    row = json.loads(rows[11])
    row["commands"] = ["next drawing"]
    trace = tmp_path / "keys.jsonl"
    trace.write_text("\n".join([*rows[:11], json.dumps(row), *rows[12:]]))
    controls = Controls()
    replay = Replay(trace, lambda address: None, controls)
    given = []
    while replay.read() is not None:
        given.append(controls.take())
    assert given == [[]] * 10 + [[Command.NEXT_DRAWING]] + [[]] * 19
    covered = {}
    for name in (traced[0], trace):
        assert _run("--replay", name, "--output", tmp_path / "x.avi") == 0
        covered[name] = _frames(tmp_path / "x.avi")
    same = [np.array_equal(*pair) for pair in zip(covered[traced[0]], covered[trace], strict=True)]
    assert same[:10] == [True] * 10  # the portrait is of a woman, and of none once the drawing is chosen


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        '{"trace": 99, "options": {}}',
        '{"trace": 1}',
        '{"trace": 1, "options": {}}\n{"index": 0}',
        '{"trace": 2, "options": {}}\n{"index": 0, "time_s": 0, "source": "", "size": [2, 2], "faces": [], '
        '"predictions": [], "commands": ["dance"]}',
    ],
)
def test_what_is_no_trace_is_refused(tmp_path, text, capsys):
    path = tmp_path / "bad.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match="trace"):
        Replay(path, lambda address: None, Controls())
    assert _run("--replay", path, "--output", "none") == 6
    assert "trace" in capsys.readouterr().err


def test_a_missing_trace_is_named(tmp_path, capsys):
    assert _run("--replay", tmp_path / "none.jsonl", "--output", "none") == 6
    assert "can't be read" in capsys.readouterr().err


def test_a_trace_of_version_1_with_keys_is_still_replayed(traced, tmp_path):
    """As the first version wrote them: keys in place of commands, no smoothing, no rate of the source."""
    head, *rows = (json.loads(line) for line in traced[0].read_text().splitlines())
    options = {key: value for key, value in head["options"].items() if key not in ("smoothing", "source_fps")}
    old = [{"trace": 1, "options": options}]
    old += [{key: value for key, value in row.items() if key != "commands"} | {"keys": ["z", "m"]} for row in rows]
    trace = tmp_path / "old.jsonl"
    trace.write_text("\n".join(json.dumps(row) for row in old))
    assert _run("--replay", trace, "--output", tmp_path / "a.avi") == 0
    again = _frames(tmp_path / "a.avi")
    assert all(np.array_equal(one, other) for one, other in zip(_frames(traced[1]), again, strict=True))


def test_a_trace_keeps_the_smoothing_of_who_recorded_it(tmp_path, shipped_model):
    mine, theirs = tmp_path / "mine.toml", tmp_path / "theirs.toml"
    mine.write_text("[smoothing]\nmin_cutoff_hz = 0.1\nrest = 3.0\n")
    theirs.write_text("[smoothing]\nmin_cutoff_hz = 9.0\n")
    trace, first, again = tmp_path / "t.jsonl", tmp_path / "first.avi", tmp_path / "again.avi"
    recorded = ["--source", "demo", "--max-seconds", "0.7", "--record-trace", trace, "--output", first]
    assert _run(*recorded, "--config", mine) == 0
    assert _run("--replay", trace, "--output", again, "--config", theirs) == 0
    assert all(np.array_equal(*pair) for pair in zip(_frames(first), _frames(again), strict=True))


def test_a_replay_has_the_rate_of_the_source_and_leaves_the_traced_video_alone(video_file, tmp_path, capsys):
    trace, before = tmp_path / "t.jsonl", video_file.read_bytes()
    assert _run("--source", video_file, "--record-trace", trace, "--output", "none") == 0
    assert _run("--replay", trace, "--output", video_file) == 2
    assert "would be lost" in capsys.readouterr().err
    assert _run("--replay", trace, "--output", "none", "--record-trace", trace) == 2
    assert video_file.read_bytes() == before
    assert _run("--replay", trace, "--output", tmp_path / "out.mp4") == 0
    again = Video(str(tmp_path / "out.mp4"))
    assert again.fps == pytest.approx(12.5)
    again.close()
    video_file.unlink()  # then the trace tells the rate
    assert Replay(trace, lambda address: None, Controls()).fps == pytest.approx(12.5)


def _changed(traced, tmp_path, change):
    """Return a copy of the trace in which the third line was changed by a function."""
    rows = [json.loads(line) for line in traced[0].read_text().splitlines()][:4]
    change(rows)
    path = tmp_path / "changed.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def _with(*keys, value):
    def change(rows):
        at = rows
        for key in keys[:-1]:
            at = at[key]
        at[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "line", "named"),
    [
        (_with(2, "size", value=[0, 720]), 3, "'size'"),
        (_with(2, "size", value=[20000, 20000]), 3, "100 million pixels"),
        (_with(2, "size", value="big"), 3, "width and height"),
        (_with(2, "index", value=-1), 3, "whole number"),
        (_with(2, "time_s", value=float("nan")), 3, "NaN"),
        (_with(2, "time_s", value=-1.0), 3, "before the last frame"),
        (_with(2, "time_s", value=None), 3, "'time_s' is None"),
        (_with(2, "source", value=7), 3, "text"),
        (_with(2, "commands", value="quit"), 3, "'commands'"),
        (_with(2, "faces", value=[[1, 2]]), 3, "'faces'"),
        (_with(2, "faces", 0, 0, value=[0, 0, 1]), 3, "list of 4"),
        (_with(2, "faces", 0, 3, 2, value=0), 3, "above 0"),
        (_with(2, "faces", 0, 3, 2, value=1e300), 3, "up to"),
        (_with(2, "predictions", 0, 0, value=[1.0]), 3, "list of 7"),
        (_with(2, "predictions", 0, 0, value=[0.5] * 7), 3, "sum to 1"),
        (_with(1, "answers", value=[{"center": [1, 1]}]), 2, "'radii'"),
        (_with(0, "options", "source_fps", value=0), 1, "'source_fps'"),
        (_with(0, "options", "resting", value=[1]), 1, "'resting'"),
        (_with(0, "options", "gender_thresholds", value=[0.2, 2]), 1, "'gender_thresholds'"),
        (_with(0, "options", "cover", value="paint"), 1, "one of emoji"),
        (_with(0, "options", "gender", value=5), 1, "one of auto"),
    ],
)
def test_a_trace_is_checked_when_it_is_opened_and_the_line_is_named(traced, tmp_path, change, line, named):
    with pytest.raises(InputError, match=rf"in line {line}, .*{named}.* --record-trace makes one"):
        Replay(_changed(traced, tmp_path, change), lambda address: None, Controls())


@pytest.mark.parametrize("text", ["[" * 100_000, '{"index": ' + "9" * 5000 + "}", "\xff", '{"trace": 3e999}', "7"])
def test_what_would_hurt_the_reader_of_json_is_refused(traced, tmp_path, text):
    path = tmp_path / "t.jsonl"
    path.write_bytes(traced[0].read_bytes() + text.encode("latin-1"))
    with pytest.raises(InputError, match="in line 32, "):
        Replay(path, lambda address: None, Controls())


def test_a_line_without_an_end_is_refused_before_it_is_in_memory(tmp_path):
    path = tmp_path / "t.jsonl"
    with path.open("wb") as file:
        file.truncate(1 << 31)
    started = time.process_time()
    with pytest.raises(InputError, match="in line 1, there are more than 1 MB"):
        Replay(path, lambda address: None, Controls())
    assert time.process_time() - started < 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_no_trace(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="named pipe"):
        Replay(tmp_path / "pipe", lambda address: None, Controls())


def test_every_option_that_is_traced_is_checked_and_may_be_what_the_command_line_takes():
    traced = {name: spec for name, spec in specs().items() if spec.traced}
    assert set(traced) <= set(OPTIONS)
    for name, spec in traced.items():
        for value in spec.choices:
            assert OPTIONS[name](value) == value


def test_a_trace_recorded_during_a_replay_can_be_replayed_and_has_the_source_of_the_first(traced, tmp_path):
    again = tmp_path / "again.jsonl"
    assert _run("--replay", traced[0], "--output", "none", "--record-trace", again) == 0
    assert json.loads(again.read_text().splitlines()[0])["options"]["source"] == "demo"
    assert _run("--replay", again, "--output", tmp_path / "x.avi") == 0
    assert all(np.array_equal(*p) for p in zip(_frames(traced[1]), _frames(tmp_path / "x.avi"), strict=True))


def test_emoji_that_move_move_again_in_a_replay(tmp_path):
    trace, first, again = tmp_path / "t.jsonl", tmp_path / "first.avi", tmp_path / "again.avi"
    source = ("--source", "demo", "--max-seconds", "0.4", "--alive")
    assert _run(*source, "--output", first, "--record-trace", trace) == 0
    assert _run("--replay", trace, "--output", again) == 0
    assert json.loads(trace.read_text().splitlines()[0])["options"]["alive"] == 1
    assert all(np.array_equal(*p) for p in zip(_frames(first), _frames(again), strict=True))


def test_movements_are_kept_and_repeated(tmp_path):
    path = tmp_path / "t.jsonl"
    writer = TraceWriter(path, {})
    moves = [movement(3.5, jawOpen=0.25), None]
    writer.record(frame(), Findings(cut=False, faces=[], movements=moves))
    writer.record(frame(1), Findings(cut=False, faces=[]))
    writer.close()
    replay = Replay(path, lambda address: None, Controls())
    replay.read()
    first, second, third = (replay.movement(None, None) for _ in range(3))
    assert (first.yaw_deg, first.blendshapes) == (3.5, moves[0].blendshapes)
    assert second is third is None
    replay.read()
    assert replay.movement(None, None) is None


@pytest.mark.parametrize("value", [3, [3], [[1, 2, 3, [0.5]]], [[1, 2, 999, [0.0] * 52]], [[1, 2, 3, [7.0] * 52]]])
def test_movements_that_are_none_are_refused(traced, tmp_path, value):
    path = _changed(traced, tmp_path, lambda rows: rows[2].update(movements=value))
    with pytest.raises(InputError, match="'movements'"):
        Replay(path, lambda address: None, Controls())


# ---- where a trace can't be written


@pytest.mark.parametrize("where", [".", "..", "folder"])
def test_a_folder_is_no_place_for_a_trace(tmp_path, where, capsys):
    (tmp_path / "folder").mkdir()
    path = where if where.startswith(".") else tmp_path / where
    assert _run("--source", "demo", "--max-seconds", "0.1", "--output", "none", "--record-trace", path) == 2
    assert "is a folder." in capsys.readouterr().err
    assert not list(tmp_path.glob("*.part"))


class _FullDisk:
    """A file for which there is no room."""

    def write(self, text):
        raise OSError(28, "No space left on device")

    def close(self):
        raise OSError(28, "No space left on device")


def test_a_full_disk_is_told_of_once_and_no_part_is_left(tmp_path):
    writer = TraceWriter(tmp_path / "t.jsonl", {})
    writer._file.close()
    writer._file = _FullDisk()
    for _ in range(2):  # strict privacy goes on after an error
        with pytest.raises(OutputError, match="No space left on device"):
            writer.record(frame(), Findings(cut=False, faces=[]))
    writer.close()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_at_the_end_leaves_no_part(tmp_path):
    writer = TraceWriter(tmp_path / "t.jsonl", {})
    writer._file.close()
    writer._file = _FullDisk()
    with pytest.raises(OutputError, match="No space left"):
        writer.close()
    assert list(tmp_path.iterdir()) == []


def test_a_trace_that_names_no_source_is_repeated_again_and_again(traced, tmp_path):
    first = _changed(traced, tmp_path, lambda rows: rows[0]["options"].pop("source"))
    for name in ("a.jsonl", "b.jsonl"):
        assert _run("--replay", first, "--output", "none", "--record-trace", tmp_path / name) == 0
        first = tmp_path / name
