"""The user's configuration file, as the panel reads and writes it."""

from __future__ import annotations

import pytest

pytest.importorskip("tomlkit", reason="requirements-panel.txt is not installed")

from realtime import images
from realtime.cli.parse import parse
from realtime.errors import OutputError, UsageError
from realtime.pages.settings import Settings

MINE = '# My own.\ncover = "blur"  # for work\nmin-face = 20\n\n[smoothing]  # of an expert\nmargin = 0.2\n'


def test_one_option_is_written_and_the_rest_of_the_file_stays(tmp_path):
    path = tmp_path / "folder" / "config.toml"
    settings = Settings(path)
    assert settings["gender"] == "auto"
    assert settings.change("gender", "male") == "male"
    path.write_text(MINE)
    settings = Settings(path)
    assert settings["cover"] == "blur"
    settings.change("gender", "male")
    settings.change("size", "640x360")
    settings.change("smooth", "0.25")
    settings.change("min_face", 10)
    settings.change("cover", "solid")
    settings.change("output", ["window", "virtual"])
    written = path.read_text()
    for kept in ("# My own.", "# for work", "[smoothing]  # of an expert", "margin = 0.2", 'cover = "solid"'):
        assert kept in written
    options = parse([f"--config={path}"])
    assert (options.gender, options.size, options.smooth, options.min_face) == ("male", (640, 360), 0.25, 10)
    assert (options.output, options.smoothing.margin) == (("window", "virtual"), 0.2)
    settings.change("gender", "auto")
    settings.change("output", None)
    assert "gender" not in path.read_text()
    assert parse([f"--config={path}"]).output == ("auto",)


def test_a_value_that_can_not_be_used_changes_nothing(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(MINE)
    settings = Settings(path)
    for name, value in (("gender", "nobody"), ("smooth", "2"), ("size", "large"), ("mirror", "yes")):
        with pytest.raises(UsageError, match=r"The panel has"):
            settings.change(name, value)
    assert path.read_text() == MINE


@pytest.mark.parametrize("nonsense", ["cover = ", 'colour = "red"', 'cover = "tar"', "\x00", "fps = -1"])
def test_nonsense_is_told_left_alone_and_set_aside(tmp_path, nonsense):
    path = tmp_path / "config.toml"
    path.write_text(nonsense)
    settings = Settings(path)
    assert "config.toml" in settings.problem
    assert settings["cover"] == "emoji"
    with pytest.raises(OutputError, match="not saved"):
        settings.change("gender", "male")
    assert path.read_text() == nonsense
    assert settings.set_aside().read_text() == nonsense
    assert settings.problem == ""
    settings.change("gender", "male")
    assert Settings(path)["gender"] == "male"


def test_a_full_disk_loses_neither_the_file_nor_the_value(tmp_path, monkeypatch):
    path = tmp_path / "config.toml"
    path.write_text(MINE)
    settings = Settings(path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(images.Path, "write_bytes", full)
    with pytest.raises(OutputError, match="No space left"):
        settings.change("gender", "male")
    monkeypatch.undo()
    assert path.read_text() == MINE
    assert [one.name for one in tmp_path.iterdir()] == ["config.toml"]
    assert settings["gender"] == "male"
