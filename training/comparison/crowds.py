"""McDuff et al. 2016, the AFFDEX SDK: many faces at once, in real time, and hardly ever a face where there is none.

"AFFDEX SDK: A Cross-Platform Real-Time Multi-Face Expression Recognition Toolkit" (CHI extended abstracts). Here the
program's own reader gets pictures of 1 to 30 people, and videos in which nobody shows a face. The metrics that such a
toolkit gives for each face are part of the program.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from scipy import stats

from realtime.engine.reader import FaceReader
from realtime.images import read_picture
from realtime.records import Frame
from realtime.sources.video import Video
from training.comparison.material import Material
from training.comparison.results import Results

_SIZE_WH = (1280, 720)
_FPS = 30.0
_COLUMNS, _ROWS = 6, 5
# The part of matplotlib's picture of Grace Hopper (public domain) that is shown: left, top, right, bottom.
_BUST = (90, 20, 436, 460)
# The first frames of a crowd, in which everybody is looked at closely, do not count.
_SETTLING = 4


def compare_crowds(material: Material, results: Results) -> None:
    """Make the tables `crowds` and `false_faces`."""
    for count in material.budget.crowds:
        row = f"{count} face{'s' * (count > 1)}"
        if results.missing("crowds", row):
            results.add("crowds", row, _crowd(count, material.budget.frames))
    for path in material.no_faces:
        if results.missing("false_faces", path.name):
            results.add("false_faces", path.name, false_faces(path, material.budget.video_s))


def _crowd(count: int, frames: int) -> dict[str, object]:
    """Return how many of so many faces are read, and the processor's time for a frame."""
    times, found = [], []
    with FaceReader.open() as reader:
        for frame in itertools.islice(crowd(count), frames + _SETTLING):
            began_s = time.process_time()
            readings = reader.read(frame)
            times.append(time.process_time() - began_s)
            found.append(len(readings))
    frame_ms = float(np.median(times[_SETTLING:])) * 1000
    return {
        "faces": count,
        "read": float(np.mean(found[_SETTLING:])),
        "frame ms": frame_ms,
        "frames a second": 1000 / frame_ms,
        "frames": frames,
    }


def crowd(count: int) -> Iterator[Frame]:
    """Give frames of 1280x720 in which 1 to 30 people, all of one size, sway a little; without end."""
    image = read_picture(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg")
    left, top, right, bottom = _BUST
    width, height = _SIZE_WH[0] // _COLUMNS, _SIZE_WH[1] // _ROWS
    across = round((right - left) * height / (bottom - top))
    bust = cv2.resize(image[top:bottom, left:right], (across, height), interpolation=cv2.INTER_AREA)
    for index in itertools.count():
        picture = np.full((_SIZE_WH[1], _SIZE_WH[0], 3), (96, 92, 84), np.uint8)
        sway = round((width - across) / 2 * (1 + 0.5 * np.sin(index / 10)))
        for place in range(count):
            x, y = place % _COLUMNS * width + sway, place // _COLUMNS * height
            picture[y : y + height, x : x + across] = bust
        yield Frame(picture, index, index / _FPS, "crowd")


def false_faces(path: Path, most_s: float) -> dict[str, object]:
    """Return how many people the program takes for seen in a video without any, and in how many frames.

    Raises:
        InputError: The video can't be read.
    """
    seen: set[int] = set()
    frames = marked = 0
    last_s = first_s = 0.0
    video = Video(str(path))
    try:
        with FaceReader.open() as reader:
            while (frame := video.read()) is not None and frame.time_s - first_s < most_s:
                first_s = frame.time_s if frames == 0 else first_s
                readings = reader.read(frame)
                seen |= {reading.track for reading in readings}
                frames, marked, last_s = frames + 1, marked + bool(readings), frame.time_s
    finally:
        video.close()
    return {"seconds": last_s - first_s, "faces": len(seen), "frames": frames, "frames with one": marked}


def per_hour(count: int, seconds: float) -> tuple[float, float, float]:
    """Return a rate per hour and its exact 95 % interval (Garwood, 1936), of a count in some seconds."""
    hours = seconds / 3600
    low = stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    return count / hours, float(low) / hours, float(stats.chi2.ppf(0.975, 2 * count + 2) / 2) / hours
