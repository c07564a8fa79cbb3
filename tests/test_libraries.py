"""What MediaPipe and OpenCV want of a bare Linux, and how that is told."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from realtime import libraries

ROOT = Path(__file__).parent.parent
# Of glibc, which every system has that these wheels are for.
_GLIBC = ("ld-linux", "libc.so", "libdl.so", "libm.so", "libmvec.so", "libpthread.so", "librt.so")
_OURS = ("cv2", "mediapipe", "onnxruntime", "pyvirtualcam", "numpy", "PIL", "av")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these are Linux's libraries")
@pytest.mark.skipif(shutil.which("readelf") is None, reason="this needs readelf, which binutils bring")
def test_every_library_that_the_wheels_need_and_do_not_bring_has_a_package():
    site = Path(importlib.util.find_spec("cv2").origin).parent.parent
    folders = [site / name for name in _OURS] + list(site.glob("opencv*.libs")) + list(site.glob("*.libs"))
    files = sorted({file for folder in folders for file in folder.rglob("*.so*")})
    assert len(files) > 50
    said = subprocess.run(["readelf", "-d", *map(str, files)], capture_output=True, text=True).stdout
    needed = set(re.findall(r"\(NEEDED\).*\[(.+)\]", said)) - {file.name for file in files}
    needed = {name for name in needed if not name.startswith(_GLIBC)}
    assert needed == set(libraries.KNOWN)


def _os_release(folder, text):
    path = folder / "os-release"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("os_release", "sentence"),
    [
        ("ID=debian\n", "Run 'sudo apt install libglib2.0-0 libgl1'."),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', "Run 'sudo apt install libglib2.0-0 libgl1'."),
        ('NAME="Fedora Linux"\nID=fedora\n', "Run 'sudo dnf install glib2 libglvnd-glx'."),
        ("ID=manjaro\nID_LIKE=arch\n", "Run 'sudo pacman -S glib2 libglvnd'."),
    ],
)
def test_the_packages_of_this_distribution_are_named_once(tmp_path, os_release, sentence):
    wanted = ["libgthread-2.0.so.0", "libglib-2.0.so.0", "libGL.so.1"]
    assert libraries.remedy(wanted, _os_release(tmp_path, os_release)) == sentence


def test_on_an_unknown_distribution_those_of_all_are_named(tmp_path):
    for path in (_os_release(tmp_path, "ID=plan9\n"), tmp_path / "none"):
        said = libraries.remedy(["libxcb.so.1"], path)
        assert said.startswith("On Debian and Ubuntu run 'sudo apt install libxcb1', on Fedora run 'sudo dnf")
        assert said.endswith("on Arch run 'sudo pacman -S libxcb'.")


def test_a_library_nobody_knows_is_named_itself():
    assert "what brings libodd.so.3" in libraries.remedy(["libodd.so.3"])


def test_a_missing_library_is_seen_though_opencv_names_itself(monkeypatch):
    text = "libgthread-2.0.so.0: cannot open shared object file: No such file or directory"
    error = ImportError(text, name="cv2")  # as OpenCV's loader raises it
    assert libraries.missing_library(error) == "libgthread-2.0.so.0"
    monkeypatch.setattr(libraries, "_loads", lambda name: name not in ("libxcb.so.1", "libSM.so.6"))
    monkeypatch.setattr(libraries.sys, "platform", "linux")
    what, remedy = libraries.told(error)
    assert what == "Libraries of the system are missing: libgthread-2.0.so.0, libxcb.so.1, libSM.so.6."
    assert remedy == libraries.remedy(["libgthread-2.0.so.0", "libxcb.so.1", "libSM.so.6"])


def test_a_missing_package_is_no_missing_library():
    assert libraries.told(ModuleNotFoundError("No module named 'cv2'", name="cv2")) is None
    assert libraries.told(ValueError("libGL.so.1: cannot open shared object file")) is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these are Linux's libraries")
def test_the_loader_itself_is_asked():
    assert libraries.missing(["libc.so.6", "libnobody-has-this.so.1"]) == ["libnobody-has-this.so.1"]


@pytest.mark.parametrize("distribution", ["debian", "fedora", "arch"])
def test_the_linux_page_has_the_command_for_all_of_them(tmp_path, distribution):
    command = libraries.remedy(list(libraries.KNOWN), _os_release(tmp_path, f"ID={distribution}\n")).split("'")[1]
    assert f"`{command}`" in (ROOT / "docs/linux.md").read_text(encoding="utf-8")
