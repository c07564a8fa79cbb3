"""Libraries of the Linux system that MediaPipe and OpenCV load, and the packages that bring them."""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple


class Packages(NamedTuple):
    """The package that brings a library.

    debian: On Debian, Ubuntu and what derives from them. Newer ones call libglib2.0-0 libglib2.0-0t64, and take this
    name for it. fedora: On Fedora and its kin. arch: On Arch Linux.
    """

    debian: str
    fedora: str
    arch: str


# What the wheels need beside glibc and what they bring themselves; a test asks the files themselves.
IMPORTED = {
    "libGL.so.1": Packages("libgl1", "libglvnd-glx", "libglvnd"),
    "libEGL.so.1": Packages("libegl1", "libglvnd-egl", "libglvnd"),
    "libGLESv2.so.2": Packages("libgles2", "libglvnd-gles", "libglvnd"),
    "libglib-2.0.so.0": Packages("libglib2.0-0", "glib2", "glib2"),
    "libgthread-2.0.so.0": Packages("libglib2.0-0", "glib2", "glib2"),
    "libxcb.so.1": Packages("libxcb1", "libxcb", "libxcb"),
    "libz.so.1": Packages("zlib1g", "zlib-ng-compat", "zlib"),
    "libstdc++.so.6": Packages("libstdc++6", "libstdc++", "gcc-libs"),
    "libgcc_s.so.1": Packages("libgcc-s1", "libgcc", "gcc-libs"),
}
# What the preview window needs besides; all else works without them.
OF_THE_WINDOW = {
    "libX11.so.6": Packages("libx11-6", "libX11", "libx11"),
    "libXext.so.6": Packages("libxext6", "libXext", "libxext"),
    "libSM.so.6": Packages("libsm6", "libSM", "libsm"),
    "libICE.so.6": Packages("libice6", "libICE", "libice"),
}
KNOWN = IMPORTED | OF_THE_WINDOW
_COMMANDS = {"debian": "sudo apt install", "fedora": "sudo dnf install", "arch": "sudo pacman -S"}
_NAMES = {"debian": "Debian and Ubuntu", "fedora": "Fedora", "arch": "Arch"}
# How the loader begins to say which library it has not found.
_NOT_FOUND = re.compile(r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object file")
_OS_RELEASE = Path("/etc/os-release")


def missing_library(error: BaseException) -> str | None:
    """Return the library of the system's whose absence an error tells of; None if it tells of something else.

    The name that the error bears is no help: OpenCV sets its own, as if a package were missing.
    """
    found = _NOT_FOUND.search(str(error)) if isinstance(error, (ImportError, OSError)) else None
    return found[1] if found else None


def missing(wanted: Iterable[str] = IMPORTED, loads: Callable[[str], bool] | None = None) -> list[str]:
    """Return those libraries that the loader does not find; none except on Linux."""
    if not sys.platform.startswith("linux"):
        return []
    return [library for library in wanted if not (loads or _loads)(library)]


def remedy(libraries: Sequence[str], os_release: Path = _OS_RELEASE) -> str:
    """Return the sentence that says how to install libraries, for this distribution, or for each that is known.

    Args:
        libraries: As the loader names them.
        os_release: The file in which the system says which distribution it is.
    """
    known = [library for library in libraries if library in KNOWN]
    if not known:
        return f"Install what brings {', '.join(libraries)}; your distribution's package search knows."
    here = _distribution(os_release)
    parts = []
    for name in [here] if here else _COMMANDS:
        packages = dict.fromkeys(getattr(KNOWN[library], name) for library in known)
        parts.append(f"{f'on {_NAMES[name]} ' * (not here)}run '{_COMMANDS[name]} {' '.join(packages)}'")
    sentence = ", ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def told(error: BaseException) -> tuple[str, str] | None:
    """Return what an error tells of libraries of the system's, and the remedy; None if it tells of something else.

    The remedy is for everything that is missing here: whoever installs one library should not be told of the next.
    """
    first = missing_library(error)
    if first is None:
        return None
    libraries = list(dict.fromkeys([first, *missing(KNOWN)]))
    return f"Libraries of the system are missing: {', '.join(libraries)}.", remedy(libraries)


def _distribution(os_release: Path) -> str | None:
    """Return which of the known distributions this system is, or derives from."""
    try:
        text = os_release.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    words = " ".join(re.findall(r"^ID(?:_LIKE)?=\"?([^\"\n]*)", text, re.MULTILINE)).split()
    return next((name for name in _COMMANDS if name in words), None)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
