"""Imports go one way, and nothing happens at import."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

BASE = {"records", "errors"}
ALLOWED = {
    "__init__": set(),
    "records": set(),
    "errors": set(),
    "preprocess": BASE,
    "sources": BASE,
    "loopback": BASE,
    "camera": BASE | {"loopback", "sources"},
    "live": BASE | {"sources"},
    "detector": BASE,
    "search": BASE,
    "classifier": BASE | {"preprocess"},
    "tracking": BASE,
    "one_euro": set(),
    "smoothing": BASE | {"one_euro"},
    "figures": set(),
    "archive": BASE,
    "pictures": BASE,
    "manifest": BASE | {"archive"},
    "emoji": BASE | {"archive", "manifest", "pictures"},
    "wardrobe": BASE | {"archive", "emoji", "manifest"},
    "packcheck": BASE | {"archive", "emoji", "manifest", "sinks"},
    "overlay": BASE | {"emoji"},
    "controls": BASE,
    "sound": BASE,
    "sinks": BASE | {"sound"},
    "virtual": BASE | {"live", "loopback", "sinks"},
    "window": BASE | {"controls"},
    "practice": BASE | {"covers", "emoji", "overlay"},
    "timeline": BASE | {"emoji", "overlay", "sinks"},
    "report": BASE | {"timeline"},
    "process": BASE | {"controls"},
    "terminal": BASE | {"controls", "sinks"},
    "address": BASE | {"camera", "controls", "live", "sinks", "sound", "sources", "terminal", "virtual", "window"},
    "covers": BASE | {"overlay"},
    "quality": BASE,
    "neutral": BASE,
    "effort": BASE,
    "privacy": BASE | {"live"},
    "trace": BASE | {"controls", "effort", "sources"},
    "pipeline": BASE
    | {
        "controls",
        "covers",
        "effort",
        "practice",
        "emoji",
        "figures",
        "neutral",
        "overlay",
        "preprocess",
        "privacy",
        "quality",
        "search",
        "sinks",
    }
    | {"smoothing", "sources", "tracking"},
    "doctor_checks": BASE | {"camera", "classifier", "detector", "emoji", "preprocess", "virtual", "window"},
    "doctor_linux": {"doctor_checks", "loopback"},
    "doctor": BASE | {"__init__", "doctor_checks", "doctor_linux", "process"},
    "demand": BASE | {"controls", "loopback", "sources"},
    "options": BASE | {"__init__", "classifier", "controls", "covers", "emoji", "practice", "smoothing"},
    "assembly": BASE
    | {
        "address",
        "classifier",
        "controls",
        "demand",
        "detector",
        "effort",
        "neutral",
        "options",
        "overlay",
        "pipeline",
        "practice",
    }
    | {"privacy", "search", "sinks", "smoothing", "sources", "timeline", "trace", "tracking", "wardrobe"},
}


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module} if node.module.count(".") else {f"{node.module}.{a.name}" for a in node.names}
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "realtime").glob("*.py")), ids=lambda path: path.stem)
def test_realtime_imports_go_one_way(path):
    imports = _imports(path)
    ours = {name.split(".")[1] for name in imports if name.startswith("realtime.")}
    ours = {"__init__" if name == "__version__" else name for name in ours}
    assert path.stem in ALLOWED, f"say in this test what {path.stem} may import"
    assert ours <= ALLOWED[path.stem]
    assert not [name for name in imports if name.split(".")[0] in ("training", "torch")]


@pytest.mark.parametrize("path", sorted((ROOT / "training").glob("*.py")), ids=lambda path: path.stem)
def test_training_sees_little_of_realtime(path):
    ours = {name.split(".")[1] for name in _imports(path) if name.startswith("realtime.")}
    assert ours <= {"records", "errors", "preprocess", "classifier"}


@pytest.mark.parametrize(
    ("library", "owner"), [("mediapipe", "detector"), ("onnxruntime", "classifier"), ("PIL", "pictures")]
)
def test_a_library_has_one_owner(library, owner):
    users = [p.stem for p in (ROOT / "realtime").glob("*.py") if any(n.split(".")[0] == library for n in _imports(p))]
    assert users == [owner]


def test_app_stays_short():
    assert len((ROOT / "app.py").read_text().splitlines()) <= 100


def test_importing_prints_and_starts_nothing():
    names = [f"realtime.{p.stem}" for p in (ROOT / "realtime").glob("*.py") if p.stem != "__init__"]
    code = f"import threading, {', '.join(names)}, app; assert threading.active_count() == 1"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
