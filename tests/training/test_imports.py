"""The modules of training import each other one way, and what the studio reads loads neither torch nor matplotlib."""

from __future__ import annotations

import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.test_imports import imported

ROOT = Path(__file__).parents[2]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for folder in ("training", "training/comparison")
    for path in sorted((ROOT / folder).glob("*.py"))
}
# Modules that are quick to import.
LIGHT = ("training.labels", "training.formats", "training.datasets", "training.metrics", "training.run_record")


def _graph() -> dict[str, set[str]]:
    """Return what each module imports of the others, also within its functions."""
    return {
        name: {
            other for found in imported(path) for other in MODULES if found == other or found.startswith(f"{other}.")
        }
        for name, path in MODULES.items()
    }


def test_no_module_imports_itself_by_way_of_others():
    assert len(list(TopologicalSorter(_graph()).static_order())) == len(MODULES)


def test_light_modules_import_neither_torch_nor_matplotlib():
    pytest.importorskip("tqdm", reason="training/requirements.txt is not installed")
    code = (
        f"import sys, {', '.join(LIGHT)}\n"
        "print(sorted({'torch', 'lightning', 'matplotlib', 'onnx'} & {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


@pytest.mark.parametrize("name", MODULES)
def test_modules_of_training_stay_of_a_size_to_be_read(name):
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= 250
