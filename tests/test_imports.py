"""Imports go one way, folder by folder, and nothing happens at import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# What the modules of a folder may import besides their own folder's. The base has no folder of its own.
BASE = {
    "realtime",
    "records",
    "errors",
    "images",
    "controls",
    "lettering",
    "libraries",
    "limits",
    "loopback",
    "media",
    "metrics",
    "picture_size",
    "planes",
    "quiet",
    "shipped",
    "slot",
    "stills",
    "toml",
    "v4l2loopback",
    "words",
    "zips",
}
BELOW_CLI = BASE | {"sources", "faces", "people", "packs", "drawing", "outputs", "practice", "engine", "control"}
BELOW_CLI |= {"report", "stimulus"}
RULES = {
    "realtime": BASE,
    "realtime/sources": BASE,
    "realtime/faces": BASE,
    "realtime/people": BASE,
    "realtime/packs": BASE,
    "realtime/drawing": BASE | {"packs"},
    "realtime/outputs": BASE,
    "realtime/practice": BASE | {"packs", "drawing", "outputs"},
    "realtime/web": BASE,
    "realtime/control": BASE | {"outputs"},
    "realtime/engine": BASE | {"sources", "faces", "people", "packs", "drawing", "outputs", "practice"},
    "realtime/stimulus": BASE | {"sources", "outputs"},
    "realtime/report": BASE | {"stimulus"},
    "realtime/cli": BELOW_CLI,
    "realtime/pages": BELOW_CLI | {"cli", "web"},
    # What a person taught is scored by the code that uses it live.
    "training": {"realtime", "records", "errors", "images", "quiet", "faces", "people"},
    # Earlier systems are measured beside the whole reader.
    "training/comparison": {"realtime", "records", "errors", "images", "sources", "faces", "people", "engine"},
}
# A library that is dear, or whose faults we keep in one place -> the only modules that import it.
OWNERS = {
    "mediapipe": {"faces/task.py"},
    "onnxruntime": {"faces/classifier.py", "faces/model_file.py"},
    "pyvirtualcam": {"outputs/virtual_camera.py"},
    "pillow_heif": {"stills.py"},
    "pyarrow": {"report/tables.py"},
    "av": {
        "media.py",
        "outputs/encoding.py",
        "outputs/remux.py",
        "outputs/sound.py",
        "outputs/to_yuv.py",
        "outputs/video.py",
        "sources/pixels.py",
        "sources/video.py",
    },
    "PIL": {"lettering.py", "packs/decode.py", "sources/animation.py", "stills.py"},
}


def imported(path: Path) -> set[str]:
    """Return the modules that a file imports, also within functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _rooms(path: Path) -> set[str]:
    """Return the folders of `realtime`, or its modules without one, that a file imports from."""
    ours = (name.split(".") for name in imported(path) if name.split(".")[0] == "realtime")
    modules = {p.stem for p in (ROOT / "realtime").glob("*.py")} | {p.name for p in (ROOT / "realtime").iterdir()}
    return {parts[1] if len(parts) > 1 and parts[1] in modules else "realtime" for parts in ours}


def _files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).glob("*.py"))


def test_every_folder_has_a_rule():
    folders = {str(path.parent.relative_to(ROOT)) for path in (ROOT / "realtime").rglob("*.py")}
    assert folders == {folder for folder in RULES if folder.startswith("realtime")}


@pytest.mark.parametrize("folder", RULES)
def test_imports_go_one_way(folder):
    files = _files(folder)
    assert files
    # The package itself offers the reader and the painter, and loads them when they are asked for.
    for file in [file for file in files if file != ROOT / "realtime" / "__init__.py"]:
        allowed = RULES[folder] | ({Path(folder).name} if "/" in folder else set())
        assert _rooms(file) <= allowed, file
        if folder.startswith("realtime"):
            assert not {name.split(".")[0] for name in imported(file)} & {"training", "torch", "app"}, file


@pytest.mark.parametrize("library", OWNERS)
def test_a_library_has_one_owner(library):
    root = ROOT / "realtime"
    users = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if any(name.split(".")[0] == library for name in imported(path))
    }
    assert users == OWNERS[library]


def test_app_stays_short():
    assert len((ROOT / "app.py").read_text().splitlines()) <= 100


def test_importing_prints_and_starts_nothing():
    modules = sorted(path.relative_to(ROOT).with_suffix("") for path in (ROOT / "realtime").rglob("*.py"))
    # The pages need NiceGUI, which only those who want a page install, and which starts threads of its own.
    needless = {"__init__", "web", "pages"}
    names = [".".join(module.parts) for module in modules if not needless & set(module.parts)]
    code = f"import threading, {', '.join(names)}, app; assert threading.active_count() == 1"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
