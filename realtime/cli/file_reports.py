"""Reports and contact sheets, written beside the videos they are about."""

from __future__ import annotations

import json
import sys
from typing import Any

import cv2
import numpy as np

from realtime import __version__
from realtime.cli import passes
from realtime.cli.fingerprint import fingerprint
from realtime.cli.options import Options
from realtime.engine.analysis import About
from realtime.images import write_file, write_picture


def write_reports(options: Options, told: dict[str, Any], about: About, sheet: np.ndarray | None) -> None:
    """Write report and contact sheet beside each video. Raises OutputError."""
    if options.no_report:
        return
    for video in passes.videos(options):
        report, contact = passes.beside(video)
        files = {
            "program": __version__,
            "libraries": {"opencv": cv2.__version__, "numpy": np.__version__},
            "source": {"name": about.source, "sha256": about.sha256, "analysed_by": about.program},
            "output": {"name": video.name, "sha256": fingerprint(video).sha256} if video.is_file() else None,
            "options": options.traced() | {"model": None if options.model is None else str(options.model)},
        }
        write_file(report, (json.dumps(told | files, indent=1) + "\n").encode())
        if sheet is not None:
            write_picture(contact, sheet)
        told_of = f"{report}" if sheet is None else f"{report}, with pictures in {contact}"
        print(f"Report: {told_of}.", file=sys.stderr if options.json else sys.stdout)


def worth_a_look(told: dict[str, Any]) -> str:
    """Return what somebody should look at, the worst of it with its time."""
    parts = []
    if doubtful := told["doubtful"]:
        parts.append(f"what may be a face is blurred {len(doubtful)} times, first at {doubtful[0]['from_s']:.1f} s")
    if unbridged := told["unbridged"]:
        parts.append(f"somebody may be bare {len(unbridged)} times, first from {unbridged[0]['from_s']:.1f} s on")
    return " and ".join(parts)
