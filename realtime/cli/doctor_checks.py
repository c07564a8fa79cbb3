"""What the doctor looks at on every system; each function looks at one thing and returns what it found.

The parts of the program are imported where they are looked at: the doctor must also work where packages are missing.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from realtime import libraries
from realtime.errors import EmojiCameraError
from realtime.shipped import INSTALL, REQUIREMENTS

# The oldest Python the program runs with.
_OLDEST = (3, 10)
# A line of the requirements: name, version, and whether it is for Pythons from a version on or for those before it.
_REQUIREMENT = re.compile(r"([\w.-]+)==([\w.]+)(?:; *python_version *(>=|<) *\"3\.(\d+)\")?")
# Of the frames sent to the virtual camera.
_TEST_SIZE_WH = (1280, 720)
# What OBS's installer registers on Windows; pyvirtualcam looks for the same.
_OBS_CAMERA = r"CLSID\{A3FCE0F5-3493-419F-958A-ABA1250EC20B}"
# Where OBS is on macOS.
_OBS_PROGRAMS = ("/Applications/OBS.app", "~/Applications/OBS.app")

State = Literal["ok", "warning", "fault"]


@dataclass(frozen=True)
class Check:
    """What was found about one thing.

    Attributes:
        name: Of the check.
        state: A fault keeps the program, or a part of it, from working.
        text: What was found.
        remedy: What to do about it; empty if nothing needs to be done.
    """

    name: str
    state: State
    text: str
    remedy: str = ""


def fault_of(name: str, error: EmojiCameraError) -> Check:
    """Return a fault from one of the program's errors."""
    return Check(name, "fault", error.what, error.remedy)


def python_version(version: tuple[int, ...] = sys.version_info[:3], is_64_bit: bool = sys.maxsize > 2**32) -> Check:
    """Tell whether this Python is new enough, and a 64-bit one, as the packages want it."""
    shown = ".".join(map(str, version))
    if version < _OLDEST or not is_64_bit:
        oldest = ".".join(map(str, _OLDEST))
        text = f"{shown}, {64 if is_64_bit else 32} bits."
        return Check("python", "fault", text, f"Install Python {oldest} or newer, the 64-bit one, from python.org.")
    return Check("python", "ok", shown)


def packages(
    requirements: Path = REQUIREMENTS,
    version_of: Callable[[str], str] = importlib.metadata.version,
    python: tuple[int, ...] = sys.version_info[:3],
) -> Check:
    """Compare the packages of requirements.txt with those that are installed, and look for what they load."""
    missing, different, count = [], [], 0
    for line in requirements.read_text(encoding="utf-8").splitlines():
        found = _REQUIREMENT.match(line)
        if not found or not _is_meant_for(found, python):
            continue
        name, wanted = found[1], found[2]
        count += 1
        try:
            installed = version_of(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if installed != wanted:
            different.append(f"{name} {installed} (tested with {wanted})")
    text = "; ".join(
        [f"missing: {', '.join(missing)}"] * bool(missing) + [f"other: {', '.join(different)}"] * bool(different)
    )
    if text:
        return Check("packages", "fault" if missing else "warning", f"{text}.", INSTALL)
    if lacking := libraries.missing(libraries.KNOWN):
        text = f"all {count} are there, but libraries of the system are not: {', '.join(lacking)}."
        state: State = "fault" if set(lacking) & set(libraries.IMPORTED) else "warning"
        return Check("packages", state, text, libraries.remedy(lacking))
    return Check("packages", "ok", f"all {count} are those the program was tested with")


def detector() -> Check:
    """Open the detector of near faces and the landmarker, which checks the hash of their model."""
    from realtime.errors import AssetError
    from realtime.faces import blazeface, landmarks

    try:
        blazeface.BlazeFace().close()
        landmarks.Landmarker().close()
    except AssetError as error:
        if libraries.missing():
            return Check("detector", "fault", "Can't be opened without the libraries that the check of packages names.")
        return fault_of("detector", error)
    return Check("detector", "ok", "opens, and its model is the file that was checked")


def far_detector() -> Check:
    """Open the detector of far faces, which checks its model's hash. Without it the program still runs."""
    from realtime.errors import AssetError
    from realtime.faces import yunet

    try:
        yunet.YuNet()
    except AssetError as error:
        return Check("far detector", "warning", error.what, error.remedy)
    return Check("far detector", "ok", "opens, and its model is the file that was checked")


def model(path: Path | None = None) -> Check:
    """Open the expression model, which checks what it says of itself, and let it read a grey patch."""
    import numpy as np

    from realtime.errors import AssetError
    from realtime.faces import classifier
    from realtime.faces.preprocess import PATCH_SIZE

    path = path or classifier.SHIPPED_MODEL
    try:
        opened = classifier.Classifier(path)
        opened.predict([np.full((PATCH_SIZE, PATCH_SIZE), 128, np.uint8)])
    except AssetError as error:
        return fault_of("model", error)
    trained = opened.metadata.get("git_revision", "unknown").strip('"')
    return Check("model", "ok", f"{path.name} runs (patches {opened.metadata['patch_version']}, revision {trained})")


def packs() -> Check:
    """Load every emoji pack that comes with the program."""
    from realtime.errors import AssetError
    from realtime.packs import pack

    try:
        loaded = [f"{path.name} ({len(pack.load_pack(path).drawings)} drawings)" for path in pack.find_packs()]
    except AssetError as error:
        return fault_of("packs", error)
    return Check("packs", "ok", ", ".join(loaded))


def display() -> Check:
    """Tell whether a window can be shown."""
    from realtime.outputs import window

    if window.display_works():
        return Check("display", "ok", "a window can be shown")
    remedy = "Use --output virtual or --output file.mp4, or start the program within a desktop."
    return Check("display", "warning", "No window can be shown.", remedy)


def telemetry(folders: Sequence[Path] | None = None) -> Check:
    """Tell whether onnxruntime has left a device id in the user's home, as other programs let it.

    Args:
        folders: Where to look; None for where onnxruntime puts it.
    """
    existing = [folder for folder in (_id_folders() if folders is None else folders) if folder.is_dir()]
    if not existing:
        return Check("telemetry", "ok", "is off, and onnxruntime has left no device id here")
    where = ", ".join(map(str, existing))
    text = f"is off, but onnxruntime has left a device id in {where}: an older version of this program, or another one."
    return Check("telemetry", "ok", text, "The program does not use it; the folder may be removed.")


def obs(is_installed: Callable[[], bool] | None = None) -> Check:
    """Tell whether OBS Studio, whose virtual camera Windows and macOS use, is installed."""
    if (is_installed or _obs_is_installed)():
        return Check("obs", "ok", "OBS Studio is installed; the test frames tell whether its camera can be used")
    remedy = "Install OBS Studio (30 or newer on macOS), press 'Start Virtual Camera' there once, then close OBS."
    return Check("obs", "fault", "OBS Studio's virtual camera is not installed.", remedy)


def sending(device: str | None = None, count: int = 30, fps: float = 30.0) -> Check:
    """Send grey frames to the virtual camera, None for the first, and measure the rate."""
    import numpy as np

    from realtime.errors import VirtualCameraError
    from realtime.outputs.virtual_camera import VirtualCameraOutput
    from realtime.records import Frame

    width, height = _TEST_SIZE_WH
    try:
        output = VirtualCameraOutput(device, _TEST_SIZE_WH, fps)
        try:
            start = time.monotonic()
            for n in range(count):
                output.write(Frame(np.full((height, width, 3), 8 * n % 256, np.uint8), n, n / fps, "doctor"))
                time.sleep(max(start + (n + 1) / fps - time.monotonic(), 0))
            rate = output.sent / (time.monotonic() - start)
        finally:
            where = output.close()
    except VirtualCameraError as error:
        return fault_of("test frames", error)
    text = f"sent {count} frames of {width}x{height}, {rate:.1f} a second, to the {where}"
    if rate < 0.8 * fps:
        remedy = "Close programs that keep the machine busy, or give a smaller --size."
        return Check("test frames", "warning", f"{text}; {fps:.0f} were wanted.", remedy)
    return Check("test frames", "ok", text)


def _is_meant_for(requirement: re.Match[str], python: tuple[int, ...]) -> bool:
    """Return whether a line of the requirements is for a version of Python."""
    if requirement[3] is None:
        return True
    return (python >= (3, int(requirement[4]))) == (requirement[3] == ">=")


def _obs_is_installed() -> bool:
    if sys.platform == "win32":
        import winreg

        try:
            winreg.CloseKey(winreg.OpenKey(winreg.HKEY_CLASSES_ROOT, _OBS_CAMERA))
        except OSError:
            return False
        return True
    return any(Path(program).expanduser().exists() for program in _OBS_PROGRAMS)


def _id_folders() -> list[Path]:
    """Return where onnxruntime keeps its device id on Linux."""
    with contextlib.suppress(RuntimeError):  # there may be no home
        caches = {Path.home() / ".cache", Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")}
        return [cache / "Microsoft/DeveloperTools/.onnxruntime" for cache in sorted(caches)]
    return []
