"""What covering a file costs: processor time a frame of both passes over 720p with one face, by stage.

`python -m tests.bench.files_speed [VIDEO]` prints it, and the wall time against that of the video, which means
something only where nothing else runs. Without a video, a portrait that moves a little is filmed.
"""

from __future__ import annotations

import argparse
import functools
import math
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import app
from realtime.cli import two_passes
from realtime.drawing.coded import CodedDrawing
from realtime.engine.painter import Painter
from realtime.engine.reader import FaceReader
from realtime.faces.blazeface import BlazeFace
from realtime.faces.classifier import Classifier
from realtime.faces.yunet import YuNet
from realtime.outputs.encoding import Encoder
from realtime.sources.pixels import ToPixels
from realtime.sources.video import Video
from tests.bench.scenes import FPS, Actor, Pose, Scene, portraits
from tests.media import write_clip

# Of a film, and after how many frames it begins anew.
SECONDS, PERIOD = 20, 150
# The stages, each within the thread that calls it: what libraries do in threads of their own is in the sums alone.
STAGES: list[tuple[Any, str]] = [
    (Video, "read"),
    (ToPixels, "__call__"),
    (FaceReader, "read"),
    (BlazeFace, "detect"),
    (BlazeFace, "look"),
    (YuNet, "look"),
    (Classifier, "predict"),
    (Painter, "paint"),
    (Painter, "draw_coded"),
    (CodedDrawing, "paste"),
    (Encoder, "encode"),
]


def film(path: Path) -> Path:
    """Write a portrait that moves a little, with the noise of a sensor."""

    def swaying(index: int) -> Pose:
        turn = 2 * math.pi * index / PERIOD
        return Pose(640 + 50 * math.sin(turn), 360 + 15 * math.sin(2 * turn), 300, 5 * math.sin(turn))

    images = [one.image for one in Scene([Actor(portraits()[0], swaying)], PERIOD, noise=2.0)]
    images *= round(SECONDS * FPS / PERIOD)
    return write_clip(path, images, [number / FPS for number in range(len(images))], preset="veryfast")


def _timed(owner: Any, name: str, spent_s: dict[str, float], clock: Any, label: str = "") -> None:
    """Let a function add the time that it takes to what was spent."""
    function, label = getattr(owner, name), label or f"{owner.__name__}.{name}"

    @functools.wraps(function)
    def timed(*args: Any, **more: Any) -> Any:
        begun = clock()
        try:
            return function(*args, **more)
        finally:
            spent_s[label] = spent_s.get(label, 0.0) + clock() - begun

    setattr(owner, name, timed)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("video", type=Path, nargs="?", help="at 30 frames a second")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        video = args.video or film(Path(folder) / "in.mp4")
        spent_s: dict[str, float] = {}
        _timed(two_passes, "analysed", spent_s, time.process_time, "first pass, all threads")
        _timed(two_passes.TwoPasses, "_draw", spent_s, time.process_time, "second pass, all threads")
        for owner, name in STAGES:
            _timed(owner, name, spent_s, time.thread_time)
        begun, begun_cpu = time.perf_counter(), time.process_time()
        app.main(["--source", str(video), "--output", str(Path(folder) / "out.mp4")])
        wall_s, cpu_s = time.perf_counter() - begun, time.process_time() - begun_cpu
        source = Video(str(video))
        frames = round((source.length_s or 0) * source.fps)
        source.close()
    for label, seconds in spent_s.items():
        print(f"{label:28s} {1000 * seconds / frames:7.2f} ms a frame")
    print(f"all but imports: {1000 * cpu_s / frames:.1f} ms of processor a frame of {frames}")
    print(f"wall: {frames / FPS / wall_s:.2f} x real time at a load of {os.getloadavg()[0]:.1f}")
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB, filming included")


if __name__ == "__main__":
    main()
