"""What the doctor looks at on Linux: the module v4l2loopback and the devices it makes."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from realtime import v4l2loopback as loopback
from realtime.cli.doctor_checks import Check
from realtime.v4l2loopback import LOAD_COMMAND

_RELOAD = f"Close what uses it, and load it anew: sudo modprobe -r v4l2loopback && {LOAD_COMMAND}"
# From this version on, v4l2loopback-ctl adds devices to a module that is loaded.
_ADDS_DEVICES = (0, 13)
_MODULE = Path("/sys/module/v4l2loopback")
_DEVICES = Path("/sys/class/video4linux")
_SECURE_BOOT = Path("/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c")


def module(folder: Path = _MODULE, known: Path | None = None, secure_boot: Path = _SECURE_BOOT) -> Check:
    """Tell whether v4l2loopback is loaded. known: the file in which the kernel's modules are listed."""
    if folder.is_dir():
        version = _text(folder / "version")
        return Check("v4l2loopback", "ok", f"version {version} is loaded" if version else "is loaded")
    if found := loopback.devices():  # as in a container, which shows the devices alone
        text = f"has made {', '.join(found)}; its version and its options can't be told here"
        return Check("v4l2loopback", "ok", text)
    known = known or Path("/lib/modules") / platform.release() / "modules.dep"
    if "/v4l2loopback.ko" not in _text(known):
        remedy = f"On Debian and Ubuntu run 'sudo apt install v4l2loopback-dkms', then: {LOAD_COMMAND}"
        return Check("v4l2loopback", "fault", "The module v4l2loopback is not installed for this kernel.", remedy)
    if _is_on(secure_boot):
        text = "The module v4l2loopback is installed, but not loaded, and Secure Boot takes signed modules only."
        return Check(
            "v4l2loopback", "fault", text, f"Try: {LOAD_COMMAND} (if it is refused, docs/linux.md tells how to sign it)"
        )
    return Check(
        "v4l2loopback", "fault", "The module v4l2loopback is installed, but not loaded.", f"Run: {LOAD_COMMAND}"
    )


def devices(paths: Sequence[str] | None = None, folder: Path = _DEVICES, module: Path = _MODULE) -> Check:
    """Tell which virtual devices there are, and what meeting programs call them."""
    paths = loopback.devices() if paths is None else paths
    if not paths:
        return Check("devices", "fault", "The module v4l2loopback is loaded, but has no device.", _anew(module))
    labels = [_text(folder / Path(path).name / "name") or "unnamed" for path in paths]
    return Check("devices", "ok", ", ".join(f"{path} '{label}'" for path, label in zip(paths, labels, strict=True)))


def exclusive_caps(
    parameter: Path = _MODULE / "parameters" / "exclusive_caps", paths: Sequence[str] | None = None
) -> Check:
    """Tell whether the devices show themselves to browsers, which want nothing but a camera."""
    count = len(loopback.devices() if paths is None else paths)
    values = _text(parameter).split(",")[:count]
    if values and all(value in ("Y", "1") for value in values):
        return Check("exclusive_caps", "ok", "on: the device is a camera while something is sent to it")
    text = "It is off for a device, so Chrome and programs built on it may not list that one."
    if not parameter.exists():
        text = "It can't be told whether it is on. Where it is off, Chrome and programs built on it may list no camera."
    return Check("exclusive_caps", "warning", text, _anew(parameter.parent.parent))


def permission(paths: Sequence[str] | None = None, may_use: Callable[[str], bool] | None = None) -> Check:
    """Tell whether this user may read and write the devices."""
    paths = loopback.devices() if paths is None else paths
    barred = [path for path in paths if not (may_use or _may_use)(path)]
    if not barred:
        return Check("permission", "ok", "the devices may be read and written")
    text = f"You may not read and write {', '.join(barred)}."
    remedy = "Run 'sudo usermod -aG video $USER', log out and log in again."
    return Check("permission", "fault" if len(barred) == len(paths) else "warning", text, remedy)


def in_use(paths: Sequence[str] | None = None, folder: Path = _DEVICES, processes: Path = Path("/proc")) -> Check:
    """Tell whether another program sends to the devices, as far as other programs may be looked at."""
    paths = loopback.devices() if paths is None else paths
    taken = [path for path in paths if _is_written(path, folder, processes)]
    users = sorted({_text(process / "comm") for path in paths for process in loopback.holders(path, processes)})
    by = f", opened by {', '.join(users)}" if users else ""
    if not taken:
        return Check("in use", "ok", f"no other program sends to the devices{by}")
    text = f"Another program sends to {', '.join(taken)}{by}."
    remedy = (
        "Close that program, or load the module with devices=2 exclusive_caps=1,1 and choose a free one by "
        "--output virtual:/dev/videoN."
    )
    return Check("in use", "fault" if len(taken) == len(paths) else "warning", text, remedy)


def free_device() -> str | None:
    """Return the first virtual device that may be used and that nobody sends to, if there is one."""
    free = (path for path in loopback.devices() if _may_use(path) and not _is_written(path, _DEVICES, Path("/proc")))
    return next(free, None)


def _anew(module: Path) -> str:
    """Return how to get a device with the right options: by another one, where the module can add them, or anew."""
    version = tuple(map(int, re.findall(r"\d+", _text(module / "version"))[:2]))
    if version < _ADDS_DEVICES:
        return _RELOAD
    add = f"Add a device: {loopback.ADD_COMMAND}, and choose it by --output virtual:/dev/videoN."
    return f"{add} Or {_RELOAD[0].lower()}{_RELOAD[1:]}"


def _may_use(path: str) -> bool:
    return os.access(path, os.R_OK | os.W_OK)


def _is_written(path: str, folder: Path, processes: Path) -> bool:
    """Return whether a program sends to a device; one that only has it open counts where the module can't tell."""
    state = _text(folder / Path(path).name / "state")
    return state == "capture" if state else bool(loopback.holders(path, processes))


def _is_on(variable: Path) -> bool:
    """Return whether a yes-or-no variable of the firmware is set; four bytes of attributes come before it."""
    try:
        return variable.read_bytes()[4:5] == b"\1"
    except OSError:
        return False


def _text(path: Path) -> str:
    """Return a file's text, empty if it can't be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
