"""What the program says of recordings that nobody could cover: one line, and nothing is left."""

from __future__ import annotations

import pytest

import app
from tests.fakes import picture
from tests.media import write_clip

NAMES = ["-a.mp4", "a\nb.mp4", "\x1b[31ma.mp4", "ünïcode ☃.mp4", "12:30.mp4", "--help.mp4"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b"", b"not a video", bytes(5000), b"#EXTM3U\n#EXTINF:5,\nhttp://127.0.0.1:9/a\n"])
def test_a_hostile_recording_is_answered_in_one_line_and_leaves_nothing(
    name, content, shipped_model, tmp_path, monkeypatch, capfd
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(content)
    assert app.main([f"--source={name}", "--output", "out.mp4"]) == 6
    said, complained = capfd.readouterr()
    assert said == ""
    assert len(complained.strip().splitlines()) == 1
    assert "Traceback" not in complained
    assert "\x1b" not in complained
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_a_strange_name_is_no_hindrance(name, shipped_model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "plain.mp4", [picture(64, 48)] * 3, [0, 0.04, 0.08], tone_s=0.1).rename(name)
    (tmp_path / "out").mkdir()
    assert app.main([f"--source={name}", f"--output=out/{name}", "--keep-audio"]) == 0
    stem = name.removesuffix(".mp4")
    beside = {f"{stem}.report.json", f"{stem}.contact.jpg"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {name} | beside
