"""The live part of the emoji camera: frames in, covered frames out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from realtime.engine.painter import Painter
    from realtime.engine.reader import FaceReader
    from realtime.records import Frame

__all__ = ["FaceReader", "Frame", "Painter", "__version__"]
__version__ = "0.1.0"

# onnxruntime 1.31 and later write a device id into the home of the user and, two minutes into a session, look up
# a host of their maker's. Only this variable, set before the first import of onnxruntime, keeps it from both, so it is
# set here, whatever the user's environment says: every part of the project imports this package first.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

# What programs use of it -> where it is; loaded when it is asked for, as OpenCV and the models take a second.
_OFFERED = {
    "FaceReader": "realtime.engine.reader",
    "Frame": "realtime.records",
    "Painter": "realtime.engine.painter",
}


def __getattr__(name: str) -> Any:
    """Load what is offered when it is first asked for (PEP 562)."""
    if name not in _OFFERED:
        raise AttributeError(f"module 'realtime' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(_OFFERED[name]), name)
