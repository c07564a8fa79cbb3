"""The program among the others of the desktop: in its menu, and started when the user logs in.

Linux: desktop entries (freedesktop.org, Desktop Entry and Desktop Application Autostart specifications). Windows:
shortcuts in the folders of the start menu and of what starts at login. macOS has no menu; there a property list of
launchd starts the program at login.
"""

from __future__ import annotations

import os
import plistlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from realtime.errors import OutputError, UsageError
from realtime.images import replacing
from realtime.shipped import INSTALLED, PACKS, ROOT

_NAME = "emoji-camera"
_TITLE = "Emoji camera"
_ICON = PACKS / "classic" / "happy_neutral.png"


def menu_entry(wanted: bool, system: str = sys.platform) -> str:
    """Put the panel into the menu of programs, or take it out; return what was done, as a sentence.

    Raises:
        UsageError: This system has no such menu.
        OutputError: The entry can't be written or removed.
    """
    if system == "win32":
        return _changed(_windows_folder() / f"{_TITLE}.lnk", wanted, _windows_shortcut)
    if system == "darwin":
        raise UsageError(
            "macOS has no menu for commands.", "Use --start-at-login on, or type emoji-camera --panel in a terminal."
        )
    return _changed(_data_home() / "applications" / f"{_NAME}.desktop", wanted, _desktop_entry)


def start_at_login(wanted: bool, system: str = sys.platform) -> str:
    """Have the panel started when the user logs in, or not any more; return what was done, as a sentence.

    Raises:
        OutputError: That can't be written or removed.
    """
    if system == "win32":
        return _changed(_windows_folder() / "Startup" / f"{_TITLE}.lnk", wanted, _windows_shortcut)
    if system == "darwin":
        place = Path.home() / "Library" / "LaunchAgents" / f"{_NAME}.plist"
        return _changed(place, wanted, _launch_agent)
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return _changed(home / "autostart" / f"{_NAME}.desktop", wanted, _desktop_entry)


def _changed(place: Path, wanted: bool, write: Callable[[Path], None]) -> str:
    try:
        if not wanted:
            place.unlink(missing_ok=True)
            return f"{place} is not there any more."
        place.parent.mkdir(parents=True, exist_ok=True)
        with replacing(place) as part:
            write(part)
    except OSError as error:
        raise OutputError(
            f"{place} can't be changed: {error.strerror or error}.",
            "Check that its folder is yours, and that the disk has space.",
        ) from error
    return f"{place} starts the panel."


def _command() -> list[str]:
    program = [str(Path(sys.executable).with_name(_NAME))] if INSTALLED else [sys.executable, str(ROOT / "app.py")]
    return [*program, "--panel"]


def _desktop_entry(path: Path) -> None:
    entry = {
        "Type": "Application",
        "Name": _TITLE,
        "Comment": "Cover every face with an emoji that shows its expression",
        "Exec": " ".join(_quoted(word) for word in _command()),
        "Icon": _escaped(str(_ICON)),
        "Terminal": "true",  # which ends it when it is closed
        "Categories": "AudioVideo;Video;",
        "Keywords": "webcam;emoji;privacy;",
    }
    lines = [f"{key}={value}" for key, value in entry.items()]
    path.write_text("\n".join(["[Desktop Entry]", *lines, ""]), encoding="utf-8")


def _quoted(word: str) -> str:
    """Return an argument of Exec as the specification has it: quoted, % doubled, then escaped as every value is."""
    for special in ("\\", '"', "`", "$"):
        word = word.replace(special, f"\\{special}")
    return _escaped(f'"{word}"'.replace("%", "%%"))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n")


def _launch_agent(path: Path) -> None:
    path.write_bytes(plistlib.dumps({"Label": _NAME, "ProgramArguments": _command(), "RunAtLoad": True}))


def _windows_folder() -> Path:
    return Path(os.environ["APPDATA"]) / "Microsoft" / "Windows" / "Start Menu" / "Programs"


# Paths come by the environment, where nothing in them is code.
_SHORTCUT = (
    "$s = (New-Object -ComObject WScript.Shell).CreateShortcut($env:EC_PLACE); $s.TargetPath = $env:EC_PROGRAM; "
    "$s.Arguments = $env:EC_ARGUMENTS; $s.WorkingDirectory = $env:EC_FOLDER; $s.Save()"
)


def _windows_shortcut(path: Path) -> None:
    program, *arguments = _command()
    place = path.with_suffix(".lnk")  # PowerShell writes no shortcut of another name
    told = {
        "EC_PLACE": str(place),
        "EC_PROGRAM": program,
        "EC_ARGUMENTS": subprocess.list2cmdline(arguments),
        "EC_FOLDER": str(ROOT),
    }
    shell = ["powershell", "-NoProfile", "-NonInteractive", "-Command", _SHORTCUT]
    try:
        subprocess.run(shell, env=os.environ | told, check=True, capture_output=True, timeout=60)
    except (subprocess.SubprocessError, FileNotFoundError) as error:
        raise OSError(f"PowerShell can't make a shortcut ({error})") from error
    os.replace(place, path)


def _data_home() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
