"""Whether the packages exist for this machine; asked before pip is: `python -m realtime.cli.supported`.

It runs before anything is installed, so it imports nothing but Python's own library.
"""

from __future__ import annotations

import os
import platform
import sys

# The versions of Python that all packages of requirements.txt have builds for.
_OLDEST, _NEWEST = (3, 10), (3, 14)
# What MediaPipe 0.10.33 has builds for, as Python names system and processor, and as people do.
_BUILDS = {
    ("Linux", "x86_64"): "Linux on x86-64 (with glibc)",
    ("Windows", "AMD64"): "Windows on x64",
    ("Darwin", "arm64"): "macOS on Apple's processors",
}


def why_not(
    system: str = platform.system(),
    processor: str = platform.machine(),
    libc: str = platform.libc_ver()[0],
    python: tuple[int, ...] = sys.version_info[:2],
    needs_mediapipe: bool = True,
) -> str:
    """Return why the packages can't be installed here and what to do; empty if they can.

    Args:
        system: As `platform.system` names it.
        processor: As `platform.machine` names it.
        libc: "glibc", or what else the C library of a Linux is called.
        python: Its version, of which the first two numbers count.
        needs_mediapipe: Whether the near faces' detector is wanted.
    """
    shown = ".".join(map(str, python[:2]))
    if not _OLDEST <= python[:2] <= _NEWEST:
        return f"Python 3.10 to 3.14 is needed, not {shown}. Name another: make run PYTHON=python3.12."
    if not needs_mediapipe:
        return ""
    here = f"{system or 'this system'} on {processor or 'this processor'}"
    if system == "Linux" and libc != "glibc":
        here += f" with {libc or 'another C library than glibc'}"
    elif (system, processor) in _BUILDS:
        return ""
    return (
        f"MediaPipe 0.10.33, which finds near faces, exists for {', '.join(_BUILDS.values())}; not for {here}. "
        "The detector of far faces alone may do: make run DETECTOR=yunet."
    )


def main() -> int:
    """Say why not, if so; return the exit code. DETECTOR=yunet in the environment leaves MediaPipe out."""
    reason = why_not(needs_mediapipe=os.environ.get("DETECTOR") != "yunet")
    if reason:
        print(reason, file=sys.stderr)
    return 1 if reason else 0


if __name__ == "__main__":
    sys.exit(main())
