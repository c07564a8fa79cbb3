"""What a program can use: the examples of docs/api.md run as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

import realtime
from realtime import FaceReader, Frame, Painter

ROOT = Path(__file__).parents[1]
EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "api.md").read_text(encoding="utf-8"), re.DOTALL)


def _run(example: str, folder: Path) -> str:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{example}"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path, portrait):
    cv2.imwrite(str(tmp_path / "photo.jpg"), portrait)
    return tmp_path


def test_the_examples_are_short():
    assert len(EXAMPLES) == 2
    assert all(len([line for line in example.splitlines() if line]) <= 10 for example in EXAMPLES)


@pytest.mark.model
def test_reading_as_the_documentation_shows(folder):
    line = _run(EXAMPLES[0], folder)
    assert re.fullmatch(r"\w+ (female|male|neutral) [01]\.\d\d \(.*\)\n", line)


@pytest.mark.model
def test_covering_as_the_documentation_shows(folder, portrait, detector):
    _run(EXAMPLES[1], folder)
    covered = cv2.imread(str(folder / "covered.png"))
    (found,) = detector.detect(Frame(portrait, 0, 0.0, "photo.jpg"))
    x, y = (round(c) for c in found.region.center)
    inside = np.s_[y - 20 : y + 20, x - 20 : x + 20]
    assert covered.shape == portrait.shape
    assert np.abs(covered[inside].astype(int) - portrait[inside]).mean() > 20


@pytest.mark.model
def test_a_reader_remembers_people_from_frame_to_frame_and_pictures_share_nobody(portrait):
    with FaceReader.open() as reader:
        tracks = [[r.track for r in reader.read(Frame(portrait, n, n / 30, "video"))] for n in range(3)]
    assert tracks == [[1], [1], [1]]
    with FaceReader.open(stills=True) as reader:
        tracks = [[r.track for r in reader.read(Frame(portrait, n, float(n), "folder"))] for n in range(3)]
    assert tracks == [[1], [2], [3]]


def test_a_painter_leaves_the_picture_it_is_given_alone():
    image = np.full((120, 160, 3), 90, np.uint8)
    painted = Painter.open().paint(Frame(image, 0, 0.0, "list"), [])
    assert np.array_equal(painted, image)
    assert not np.shares_memory(painted, image)


def test_what_is_offered_is_there_and_nothing_else():
    assert all(getattr(realtime, name) for name in realtime.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        realtime.nonsense  # noqa: B018


def test_the_package_loads_nothing_until_it_is_asked():
    code = "import sys, realtime; assert not {name for name in sys.modules if name.startswith('realtime.')}"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
