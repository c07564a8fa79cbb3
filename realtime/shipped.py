"""What comes with the program, and where it lies: in the checkout, or, where it was installed, inside this package.

Importing this loads no library.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
# The build of the package puts there what lies at the top of a checkout, and the detectors' files.
_INSIDE = _PACKAGE / "shipped"
INSTALLED = _INSIDE.is_dir()
ROOT = _INSIDE if INSTALLED else _PACKAGE.parent

SHIPPED_MODEL = ROOT / "models" / "face_expression.onnx"
PACKS = ROOT / "assets" / "emojis"
DOCUMENTS = ROOT / "docs"
# The packages the program was tested with, as pip reads them.
REQUIREMENTS = ROOT / "requirements.txt"
# The detectors' files of an installed program; those of a checkout are in the packages that carry them.
DETECTORS = ROOT / "detectors"

# How the program is called in what it says, and what brings its packages back.
COMMAND = "emoji-camera" if INSTALLED else "app.py"
INSTALL = (
    "Install emoji-camera again: uv tool install --reinstall, or pipx reinstall emoji-camera."
    if INSTALLED
    else "Run 'pip install -r requirements.txt', or start with 'make run' or run.bat, which do it."
)
