"""What is bare in recordings that are covered in two passes: portraits on scripted paths, found by the real detectors.

`python -m tests.bench.files` prints, for each scene, in how many frames something of a head can be seen, and the worst.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from realtime.engine.analysis import About, Analysis
from realtime.engine.analyst import Collector, FirstPass
from realtime.engine.painter import Painter
from realtime.engine.plan import Plan
from realtime.engine.reader import FaceReader
from realtime.engine.rendering import painted_at
from realtime.faces.classifier import Classifier
from realtime.faces.views import ViewsInTurn
from realtime.people.people import People
from realtime.records import Face, Frame, Landmarks, Region
from tests.bench.faces import Parts
from tests.bench.scenes import FPS, Actor, Pose, Scene, across, exposed, portraits, still, to_and_fro
from tests.fakes import ListSource

SPEEDS_PX = (0, 5, 10, 20, 40, 80)
# Less of a head than this is the border of what was painted, not of a face.
_SEEN = 0.002


@dataclass(frozen=True, eq=False)
class Filmed:
    """A scene as it is filmed: its pictures, those with painted heads, and a mask of each head."""

    frames: list[Frame]
    painted: list[np.ndarray]
    masks: list[list[np.ndarray]]

    @classmethod
    def of(cls, scene: Scene) -> Filmed:
        """Film a scene."""
        frames = [Frame(one.image, one.index, one.index / FPS, "scene") for one in scene]
        both = [scene.painted(one.index, one.image) for one in frames]
        return cls(frames, [image for image, _ in both], [masks for _, masks in both])


class _Missing:
    """The detectors, which find nothing in some frames."""

    def __init__(self, parts: Parts, misses: Callable[[int], bool]) -> None:
        self._finder, self._verifier, self._misses = parts.search(), parts.verifier, misses

    def detect(self, frame: Frame, known: Sequence[Region] | None = None) -> list[Face]:
        found = self._finder.detect(frame, known)
        return [] if self._misses(frame.index) else found

    def look(self, image: np.ndarray, region: Region) -> Landmarks | None:
        return self._verifier.look(image, region)


def scenes() -> dict[str, tuple[Scene, Callable[[int], bool]]]:
    """Return the scenes by name, and in which frames nothing is found."""
    first, second = portraits()[0], portraits()[-1]
    found: dict[str, tuple[Scene, Callable[[int], bool]]] = {}
    for speed in SPEEDS_PX:
        scene = Scene([Actor(first, to_and_fro(speed))], 150)
        found[f"{speed} px a frame"] = scene, lambda n: False
        found[f"{speed} px a frame, drop-outs"] = scene, lambda n: n % 30 in (12, 20, 21, 22)
    for speed in (10, 20, 40):
        found[f"stands, then {speed} px a frame"] = Scene([Actor(first, _starting(speed))], 120), lambda n: False
    entering = Scene([Actor(first, still(300)), Actor(second, across(-10, 1400, 330, 230))], 90)
    found["somebody enters"] = entering, lambda n: False
    for speed in (6, 12, 25):
        for drop in (0, 60, 120):
            there, back = _line(260, 300 - drop / 2, speed), _line(1020, 300 + drop / 2, -speed)
            actors = [Actor(first, there, bust=False), Actor(second, back, bust=False)]
            found[f"crossing at {speed}, {drop} px apart"] = Scene(actors, round(760 / speed)), lambda n: False
    return found


def _line(start: float, y: float, speed_px: float) -> Callable[[int], Pose]:
    return lambda n: Pose(start + speed_px * n, y, 200)


def _starting(speed_px: float) -> Callable[[int], Pose]:
    """Stand for 25 frames, go for 10, and come back after as long."""
    gone = [min(max(n % 40 - 25, 0), 10) for n in range(80)]
    return lambda n: Pose(300 + speed_px * (gone[n % 80] if n % 80 < 40 else 10 - gone[n % 80]), 360, 260)


def analysed(filmed: Filmed, parts: Parts, classifier: Classifier, misses: Callable[[int], bool]) -> Analysis:
    """Look at all of a scene."""
    finder, collector = _Missing(parts, misses), Collector()
    reader = FaceReader(finder, classifier, People(), verifier=finder, load=collector.looks, recorder=collector)
    return FirstPass(ListSource(filmed.frames), reader, collector)(About("scene", "0" * 64, FPS, "bench"))


def bare(filmed: Filmed, analysis: Analysis, painter: Painter) -> list[float]:
    """Return how much of the head that is seen best can be seen in each frame, 0 to 1."""
    plan, worst = Plan(analysis), []
    for at, frame in enumerate(filmed.frames):
        image = painted_at(painter, plan, Frame(filmed.painted[at], at, frame.time_s, "scene"), at)
        worst.append(max((exposed(image, mask) for mask in filmed.masks[at]), default=0.0))
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="scenes with this in their names")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    parts, classifier, painter = Parts.open(), ViewsInTurn(), Painter.open()
    for name, (scene, misses) in scenes().items():
        if args.only in name:
            filmed = Filmed.of(scene)
            shown = np.array(bare(filmed, analysed(filmed, parts, classifier, misses), painter))
            frames = np.flatnonzero(shown > _SEEN).tolist()
            print(f"{name:28s} {len(frames)} of {len(shown)} frames, worst {100 * shown.max():.1f} %  {frames[:12]}")
    parts.close()


if __name__ == "__main__":
    main()
