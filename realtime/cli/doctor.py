"""`--doctor`: look at everything the program needs, and tell what is wrong and what to do about it."""

from __future__ import annotations

import contextlib
import getpass
import json
import logging
import platform
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from realtime import __version__, libraries
from realtime.cli import doctor_cameras, doctor_checks, doctor_linux
from realtime.cli.doctor_checks import Check
from realtime.errors import UsageError
from realtime.shipped import INSTALL

log = logging.getLogger(__name__)

# The exit code of a fault, by the name of its check. They are told to users: never change one. "far detector" and
# "telemetry" have none, as they find no faults.
EXIT_CODES = {
    "python": 10,
    "packages": 11,
    "detector": 12,
    "model": 13,
    "packs": 14,
    "display": 15,
    "cameras": 16,
    "v4l2loopback": 17,
    "devices": 18,
    "exclusive_caps": 19,
    "permission": 20,
    "in use": 21,
    "obs": 22,
    "test frames": 23,
}

# Of a fault without a code: a check that can't fail has failed.
_NO_CODE = 1

_OPTIONS = {"--doctor", "--json", "--verbose"}
# The checks of what only the virtual camera needs to be there at all: a fault where that one is asked for.
_ASKED_FOR = {"v4l2loopback", "obs"}

Steps = Mapping[str, Callable[[], Check]]

# These are all looked at, whatever the others find.
GENERAL: Steps = {
    "python": doctor_checks.python_version,
    "packages": doctor_checks.packages,
    "detector": doctor_checks.detector,
    "far detector": doctor_checks.far_detector,
    "model": doctor_checks.model,
    "packs": doctor_checks.packs,
    "telemetry": doctor_checks.telemetry,
    "display": doctor_checks.display,
    "cameras": doctor_cameras.cameras,
}
# Each of these needs the one before: the first fault ends the look.
LINUX: Steps = {
    "v4l2loopback": doctor_linux.module,
    "devices": doctor_linux.devices,
    "exclusive_caps": doctor_linux.exclusive_caps,
    "permission": doctor_linux.permission,
    "in use": doctor_linux.in_use,
    "test frames": lambda: doctor_checks.sending(doctor_linux.free_device()),
}
ELSEWHERE: Steps = {"obs": doctor_checks.obs, "test frames": doctor_checks.sending}


@dataclass(frozen=True)
class Report:
    """What the doctor has to say.

    Attributes:
        lines: For the screen.
        exit_code: Of the first fault; 0 if there is none.
    """

    lines: list[str]
    exit_code: int


def examine(argv: Sequence[str]) -> Report:
    """Look at everything.

    Args:
        argv: The command line.

    Returns:
        The report; with --json its only line is an object for a bug report.

    Raises:
        UsageError: An option has no meaning here.
    """
    wanted, options = _virtual_wanted(argv)
    if unknown := [option for option in options if option not in _OPTIONS]:
        raise UsageError(
            f"--doctor looks at everything and can't use {unknown[0]}.",
            "Give it --output virtual, --json, --verbose or nothing.",
        )
    with _quiet("--verbose" in argv):
        checks = _checked(LINUX if sys.platform.startswith("linux") else ELSEWHERE, wanted)
    faults = [check.name for check in checks if check.state == "fault"]
    code = EXIT_CODES.get(faults[0], _NO_CODE) if faults else 0
    return Report([_json(checks)] if "--json" in argv else _lines(checks, code), code)


def _virtual_wanted(argv: Sequence[str]) -> tuple[bool, list[str]]:
    """Return whether a virtual camera is asked for, and the command line without that."""
    words = [word for arg in argv for word in (arg.split("=", 1) if arg.startswith("--output=") else [arg])]
    asked = [
        at for at, word in enumerate(words[:-1]) if word == "--output" and words[at + 1].split(":")[0] == "virtual"
    ]
    return bool(asked), [word for at, word in enumerate(words) if at not in asked and at - 1 not in asked]


def _checked(virtual: Steps, wanted: bool) -> list[Check]:
    """Look at everything. virtual: the steps of a virtual camera. wanted: whether one is asked for."""
    checks = [_guarded(name, step) for name, step in GENERAL.items()]
    for name, step in virtual.items():
        check = _guarded(name, step)
        fault = check.state == "fault"
        if fault and name in _ASKED_FOR and not wanted:  # files and windows do without
            check = replace(check, state="warning", remedy=f"{check.remedy} Only --output virtual needs it.".strip())
        checks.append(check)
        if fault:
            break
    return checks


def _guarded(name: str, step: Callable[[], Check]) -> Check:
    """Return what a step finds; whatever it fails with is a fault, too."""
    try:
        return step()
    except ImportError as error:
        library = libraries.missing_library(error)
        if library is None:
            return Check(name, "fault", f"Can't be looked at ({_one_line(error)}).", INSTALL)
        # The check of the packages has told how to install those that are known.
        remedy = "" if library in libraries.KNOWN else libraries.remedy([library])
        return Check(name, "fault", f"Can't be looked at without {library}.", remedy)
    except Exception as error:  # a doctor who falls ill helps nobody
        log.debug("The check '%s' failed.", name, exc_info=True)
        text = f"The check itself failed ({type(error).__name__}: {_one_line(error)})."
        return Check(name, "fault", text, "Please report this, with what --doctor --json says.")


def _lines(checks: Sequence[Check], code: int) -> list[str]:
    lines = [f"{check.state:8} {check.name:15} {check.text} {check.remedy}".rstrip() for check in checks]
    warnings = sum(check.state == "warning" for check in checks)
    end = f"{warnings} warning{'s' * (warnings != 1)}, no fault." if warnings else "All is well."
    return [*lines, f"Exit code {code}: the first fault decides." if code else end]


def _json(checks: Sequence[Check]) -> str:
    private = _private_words()
    found = [{key: _masked(value, private) for key, value in asdict(check).items()} for check in checks]
    about = {
        "program": "emoji camera",
        "version": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    return json.dumps({**about, "checks": found}, ensure_ascii=False)


def _masked(text: str, private: Sequence[str]) -> str:
    """Return a text without the home directory and without words that tell whose computer this is."""
    with contextlib.suppress(RuntimeError):  # there may be no home
        for home in {Path.home(), Path.home().resolve()}:
            if home != Path(home.anchor):
                text = re.sub(rf"{re.escape(str(home))}(?!\w)", "~", text, flags=re.IGNORECASE)
    for word in private:
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "USER", text, flags=re.IGNORECASE)
    return text


def _private_words() -> list[str]:
    """Return the user's names: of the account, and on Unix the parts of the real one, which cameras may bear."""
    words = []
    with contextlib.suppress(Exception):
        words.append(getpass.getuser())
    with contextlib.suppress(Exception):
        import os
        import pwd  # not on Windows

        words += pwd.getpwuid(os.getuid()).pw_gecos.split(",")[0].split()
    return [word for word in words if len(word) > 2]


def _quiet(verbose: bool) -> contextlib.AbstractContextManager[None]:
    try:
        from realtime.cli.process import quiet
    except ImportError:  # with packages missing nothing will talk
        return contextlib.nullcontext()
    return quiet(verbose)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
