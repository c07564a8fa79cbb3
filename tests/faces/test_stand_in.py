"""What is imported by a package and not used stays away."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from realtime.faces.stand_in import standing_in

ROOT = Path(__file__).parents[2]


def test_a_module_is_stood_in_for_and_comes_back():
    with standing_in("no_such_package", "no_such_package.part"):
        import no_such_package.part as part

        assert part.__name__ == "no_such_package.part"
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("no_such_package")


def test_what_is_imported_already_stays():
    with standing_in("pathlib"):
        assert sys.modules["pathlib"].Path is Path
    assert sys.modules["pathlib"].Path is Path


def test_the_detector_imports_no_matplotlib_and_leaves_it_to_others():
    code = (
        "import sys, realtime.faces.blazeface;"
        "assert not [name for name in sys.modules if name.startswith('matplotlib')];"
        "import matplotlib; assert matplotlib.__version__"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
