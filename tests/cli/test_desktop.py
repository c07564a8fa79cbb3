"""The program in the desktop's menu, and started at login."""

from __future__ import annotations

import plistlib
import shlex

import pytest

import app
from realtime import shipped
from realtime.cli import desktop
from realtime.errors import OutputError, UsageError


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


def _entry(path) -> dict[str, str]:
    first, *lines = path.read_text().splitlines()
    assert first == "[Desktop Entry]"
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (desktop.menu_entry, ".local/share/applications/emoji-camera.desktop"),
        (desktop.start_at_login, ".config/autostart/emoji-camera.desktop"),
    ],
)
def test_linux_gets_an_entry_that_starts_the_panel(home, change, place):
    path = home / place
    assert str(path) in change(True, "linux")
    entry = _entry(path)
    assert shlex.split(entry["Exec"])[1:] == [str(shipped.ROOT / "app.py"), "--panel"]
    assert (entry["Type"], entry["Name"]) == ("Application", "Emoji camera")
    assert change(True, "linux")  # again
    assert "not there any more" in change(False, "linux")
    assert "not there any more" in change(False, "linux")
    assert [file for file in home.rglob("*") if file.is_file()] == []


def test_a_folder_with_odd_characters_stays_one_argument(home, monkeypatch):
    monkeypatch.setattr(desktop, "ROOT", home / 'a "b" $c 50%')
    desktop.menu_entry(True, "linux")
    entry = _entry(home / ".local/share/applications/emoji-camera.desktop")
    assert r'a \\"b\\" \\$c 50%%/app.py' in entry["Exec"]


def test_macos_starts_it_at_login_and_has_no_menu(home):
    desktop.start_at_login(True, "darwin")
    told = plistlib.loads((home / "Library/LaunchAgents/emoji-camera.plist").read_bytes())
    assert told["RunAtLoad"]
    assert told["ProgramArguments"][-1] == "--panel"
    with pytest.raises(UsageError, match="no menu"):
        desktop.menu_entry(True, "darwin")


def test_a_home_that_cannot_be_written_is_told(home):
    (home / ".config").write_text("a file where a folder should be")
    with pytest.raises(OutputError, match=r"can't be changed"):
        desktop.start_at_login(True, "linux")


def test_it_is_an_option_of_the_program(home, capsys):
    assert app.main(["--menu-entry", "on"]) == 0
    assert "starts the panel" in capsys.readouterr().out
