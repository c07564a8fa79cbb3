"""Opening what finds faces and what confirms them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from realtime.errors import AssetError
from realtime.faces.base import FaceFinder, FaceVerifier, MovementReader
from realtime.faces.search import FaceSearch
from realtime.faces.yunet import YuNet

if TYPE_CHECKING:
    from realtime.faces.blazeface import BlazeFace
    from realtime.faces.landmarks import Landmarker

log = logging.getLogger(__name__)

# What can be wanted of the detectors: MediaPipe's of near faces, with the verifier; YuNet, of far ones; or all.
DETECTORS = ("both", "mediapipe", "yunet")
# In videos, faces less likely than what counts at once still help to keep somebody in view.
_MIN_VIDEO_CONFIDENCE = 0.3

_Part = TypeVar("_Part", "BlazeFace", YuNet, "Landmarker")


@dataclass(frozen=True)
class Faces:
    """What finds faces, tells them from what only looks like one, and how they move; None where it can't be had."""

    finder: FaceFinder
    verifier: FaceVerifier | None
    movements: MovementReader | None = None


@contextlib.contextmanager
def open_faces(
    detectors: str = "both",
    *,
    stills: bool = False,
    closely: str = "auto",
    allowed: Callable[[], bool] = lambda: True,
    min_face_px: float = 0.0,
    movements: bool = False,
) -> Iterator[Faces]:
    """Open detectors and verifier, and close them at the end.

    What can't be opened is left out, with a warning, as long as one detector remains.

    Args:
        detectors: one of DETECTORS.
        stills: the frames are single pictures.
        closely: "auto"; "on" to look at a part of the picture in every frame; "off" to look at the whole only.
        allowed: says no where the machine can't keep up with looks for more people.
        min_face_px: faces whose boxes are narrower are left out.
        movements: somebody wants to know how faces move.

    Raises:
        AssetError: no detector can be used.
    """
    with contextlib.ExitStack() as held:
        confidence = 0.5 if stills else _MIN_VIDEO_CONFIDENCE
        near, no_near = _opened(lambda: _near(confidence)) if detectors != "yunet" else (None, None)
        far, no_far = _opened(lambda: YuNet(min_confidence=confidence)) if detectors != "mediapipe" else (None, None)
        if near is not None:
            held.callback(near.close)
        if near is None and far is None and (error := no_near or no_far):
            raise error
        verifier, no_verifier = _opened(lambda: _landmarker(movements)) if near is not None else (None, None)
        if verifier is not None:
            held.callback(verifier.close)
        for error, lost in (
            (no_near, "Near faces are found less well"),
            (no_far, "Faces that are far away, turned or half hidden are missed"),
            (no_verifier, "What only looks like a face is covered too"),
        ):
            if error is not None:
                log.warning("%s: %s %s", lost, error.what, error.remedy)
        search = FaceSearch(near, far, stills=stills, closely=closely, allowed=allowed, min_face_px=min_face_px)
        yield Faces(search, verifier, verifier if movements else None)


def _near(min_confidence: float) -> BlazeFace:
    """Open MediaPipe's detector. It is imported here: some machines can't have MediaPipe."""
    from realtime.faces.blazeface import BlazeFace

    return BlazeFace(min_confidence=min_confidence)


def _landmarker(movements: bool) -> Landmarker:
    from realtime.faces.landmarks import Landmarker

    return Landmarker(movements)


def _opened(open_part: Callable[[], _Part]) -> tuple[_Part | None, AssetError | None]:
    try:
        return open_part(), None
    except AssetError as error:
        return None, error
