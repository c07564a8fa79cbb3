"""Same trace, same pictures."""

from __future__ import annotations

import json

import numpy as np
import pytest

import app
from realtime.controls import Controls
from realtime.engine.trace import Replay
from realtime.errors import InputError
from realtime.sources.files import Video


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
    monkeypatch.setattr("realtime.cli.build.Classifier", None)
    monkeypatch.setattr("realtime.cli.build.Detector", None)
    assert _run("--replay", traced[0], "--output", tmp_path / "x.avi") == 0
    assert len(_frames(tmp_path / "x.avi")) == 30


def test_a_trace_holds_numbers_and_no_picture(traced):
    rows = [json.loads(line) for line in traced[0].read_text().splitlines()]
    assert rows[0]["options"]["source"] == "demo"
    assert len(rows) == 31
    assert all(len(row["faces"]) == len(row["predictions"]) == 1 for row in rows[1:])
    assert traced[0].stat().st_size < 31 * 1500


def test_without_the_source_grey_pictures_stand_in(traced, tmp_path):
    trace = tmp_path / "moved.jsonl"
    trace.write_text(traced[0].read_text().replace('"source": "demo"', '"source": "/dev/video9"'))
    assert _run("--replay", trace, "--output", tmp_path / "x.avi") == 0
    image = _frames(tmp_path / "x.avi")[0]
    assert np.abs(image[:50].astype(int) - 128).max() < 8
    assert image.std() > 20  # the emoji


def test_keys_are_pressed_again(traced, tmp_path):
    rows = traced[0].read_text().splitlines()
    row = json.loads(rows[11])
    row["keys"] = ["g"]
    trace = tmp_path / "keys.jsonl"
    trace.write_text("\n".join([*rows[:11], json.dumps(row), *rows[12:]]))
    controls = Controls()
    replay = Replay(trace, lambda address: None, controls)
    genders = []
    while replay.read() is not None:
        genders.append(controls.gender)
    assert genders == ["auto"] * 10 + ["female"] * 20


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", '{"trace": 99, "options": {}}', '{"trace": 1}', '{"trace": 1, "options": {}}\n{"index": 0}'],
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
