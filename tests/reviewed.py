"""A short video with an analysis of it that nobody had to make: two people, and something doubtful."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from realtime.cli.fingerprint import fingerprint
from realtime.engine.analysis import About, AnalysedFrame, Analysis, Found, Track
from realtime.engine.analysis_file import write_analysis
from tests.fakes import face, prediction
from tests.media import write_clip

FRAMES, FPS, SIZE_WH = 60, 30, (320, 180)


def pictures() -> list[np.ndarray]:
    """Return frames whose first pixels' blue tells their number."""
    images = []
    for at in range(FRAMES):
        image = np.full((SIZE_WH[1], SIZE_WH[0], 3), 128, np.uint8)
        image[:, :, 2] = np.linspace(40, 210, SIZE_WH[0]).astype(np.uint8)
        image[:16, :16, 0] = 4 * at
        images.append(image)
    return images


def write_reviewed(folder: Path) -> tuple[Path, Path]:
    """Write the video and its analysis; return both."""
    video = write_clip(folder / "talk.mp4", pictures(), [at / FPS for at in range(FRAMES)], g="20", bf="0")
    frames = tuple(AnalysedFrame(at, at / FPS, False, SIZE_WH) for at in range(FRAMES))
    tracks = [
        # Not found in a part of it.
        Track(1, True, tuple(_found(at, 80) for at in range(FRAMES) if not 20 <= at < 26)),
        Track(2, True, tuple(_found(at, 240) for at in range(10, 30))),
        Track(3, True, tuple(_found(at, 240) for at in range(50, 60))),
        Track(4, False, tuple(Found(at, face(140, 40, 30), True, True) for at in range(30, 40))),
        Track(5, False, tuple(Found(at, face(160, 150, 20), True, False) for at in range(5, 8))),
    ]
    about = About(str(video), fingerprint(video).sha256, FPS, "1")
    analysis = folder / "found.jsonl"
    write_analysis(analysis, Analysis(about, frames, tracks))
    return video, analysis


def _found(at: int, x: float) -> Found:
    return Found(at, face(x, 90, 60), prediction=prediction())
