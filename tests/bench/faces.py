"""Who is seen, and what is taken for a face: on clips, on scripted scenes, and what it costs."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from realtime.engine.pictures import PicturedFaces
from realtime.engine.reader import FaceReader
from realtime.faces.blazeface import BlazeFace
from realtime.faces.classifier import Classifier
from realtime.faces.landmarks import Landmarker
from realtime.faces.preprocess import face_patch
from realtime.faces.search import FaceSearch
from realtime.faces.views import ViewsInTurn
from realtime.faces.yunet import YuNet
from realtime.images import read_picture
from realtime.records import Frame, Landmarks, Reading, Region, Suspect
from realtime.sources.video import Video
from tests.bench.emoji_size import emoji_against_heads
from tests.bench.groups import groups, recall_of_groups
from tests.bench.hard_faces import HardFace, hard_faces, turned
from tests.bench.likenesses import likenesses
from tests.bench.scenes import FPS, Actor, Portrait, Scene, portraits, still

# Part of a clip's name -> people in every frame of it.
_PEOPLE_IN = {
    "no_face": 0,
    "from_behind": 0,
    "two_faces": 2,
    "three_faces": 3,
    "one_face": 1,
    "webcam_bird": 2,  # half of the second one, at the border
    "webcam": 1,
    "far_face": 1,
}
# Part of a still's name -> people in it.
_PEOPLE_IN_STILL = {"no_face": 0, "two_faces": 2, "solvay1927": 29, "astronaut": 1}
HEIGHTS_PX = (12, 16, 20, 24, 32, 48, 64, 96, 128, 200, 300, 400)
YAWS_DEG = (0, 15, 30, 45, 60, 75)
_MIN_CONFIDENCE = 0.3


@dataclass(frozen=True, eq=False)
class Parts:
    """The detectors and the verifier, which may be shared by several searches."""

    near: BlazeFace
    far: YuNet
    verifier: Landmarker

    @classmethod
    def open(cls) -> Parts:
        return cls(BlazeFace(min_confidence=_MIN_CONFIDENCE), YuNet(min_confidence=_MIN_CONFIDENCE), Landmarker())

    def search(self, which: str = "both") -> FaceSearch:
        """Return a search with both detectors, or with "near" or "far" alone."""
        return FaceSearch(None if which == "far" else self.near, None if which == "near" else self.far)

    def close(self) -> None:
        self.near.close()
        self.verifier.close()


class _Counting:
    """A verifier that counts how often it is asked, and the time it takes."""

    def __init__(self, verifier: Landmarker) -> None:
        self._verifier = verifier
        self.times_s: list[float] = []

    def look(self, image: np.ndarray, region: Region) -> Landmarks | None:
        before = time.perf_counter()
        found = self._verifier.look(image, region)
        self.times_s.append(time.perf_counter() - before)
        return found


Seen = list[tuple[list[Reading], tuple[Suspect, ...]]]


def measure(parts: Parts, clips: Path | None, output_dir: Path) -> dict[str, Any]:
    """Return the figures of all measurements, and draw the curves of recall. clips: a folder, may be missing."""
    classifier = ViewsInTurn()
    results: dict[str, Any] = {}
    if clips is None:
        tqdm.write("No --clips: they are left out.")
    else:
        results["clips, % of frames"] = _clips(parts, classifier, clips)
        results["stills"] = _stills(parts, classifier, clips)
        results["false faces an hour"] = _false_alarms(parts, classifier, clips)
    people = portraits()
    results["hard faces, % of frames"] = _hard(parts, classifier, people)
    results["what only looks like a face, % of frames"] = _likenesses(parts, classifier, people)
    if chosen := groups():
        results["UTKFace in a first frame, % of faces"] = recall_of_groups(
            lambda frame: _read(parts, classifier, [frame])[0][0], chosen
        )
    else:
        tqdm.write("UTKFace is not here: shared/data/gender beside the project. It is left out.")
    results["recall, %"] = _curves(parts, people, output_dir / "faces.png")
    results["cost"] = _cost(parts, classifier, people[0])
    return results


def _read(
    parts: Parts,
    classifier: Classifier,
    frames: Iterable[Frame],
    which: str = "both",
    pictured_faces: PicturedFaces | None = None,
) -> tuple[Seen, _Counting]:
    verifier = _Counting(parts.verifier)
    reader = FaceReader(parts.search(which), classifier, verifier=verifier, pictured_faces=pictured_faces)
    return [(reader.read(frame), reader.suspects) for frame in frames], verifier


def _people_in(name: str, table: dict[str, int]) -> int | None:
    return next((count for part, count in table.items() if part in name), None)


def _clips(parts: Parts, classifier: Classifier, folder: Path) -> dict[str, Any]:
    """Return for each clip how often exactly the right people are covered, or somebody who is none."""
    rows: dict[str, Any] = {}
    for path in tqdm(sorted(p for p in folder.iterdir() if p.suffix in (".mp4", ".mkv")), "clips", leave=False):
        people = _people_in(path.name, _PEOPLE_IN)
        if people is None:
            continue
        video = Video(str(path))
        seen, verifier = _read(parts, classifier, iter(video.read, None))
        exact = [len(readings) == people for readings, _ in seen]
        rows[path.name] = {
            "people": float(people),
            "exactly they": 100 * float(np.mean(exact)),
            "first frame": 100.0 * exact[0],
            "emoji too many": 100 * float(np.mean([len(readings) > people for readings, _ in seen])),
            "blurred": 100 * float(np.mean([any(s.likely for s in suspects) for _, suspects in seen])),
            "asked": float(len(verifier.times_s)),
            "ids": float(len({reading.track for readings, _ in seen for reading in readings})),
            "emoji, x the head": emoji_against_heads(
                parts.verifier, iter(Video(str(path)).read, None), [readings for readings, _ in seen]
            ),
        }
    return rows


def _stills(parts: Parts, classifier: Classifier, folder: Path) -> dict[str, Any]:
    """Return the faces found in each still, as a still and within a second of a video of it."""
    rows: dict[str, Any] = {}
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".png", ".jpg")):
        people = _people_in(path.name, _PEOPLE_IN_STILL)
        if people is None:
            continue
        image = read_picture(path)
        search = FaceSearch(parts.near, parts.far, stills=True)
        reader = FaceReader(search, classifier, verifier=parts.verifier, stills=True)
        video, _ = _read(parts, classifier, (Frame(image, n, n / FPS, "still") for n in range(30)))
        rows[path.name] = {
            "people": float(people),
            "as a still": float(len(reader.read(Frame(image, 0, 0.0, "still")))),
            "within a second": float(len(video[-1][0])),
            "hidden in the first frame": float(len(video[0][0]) + sum(s.likely for s in video[0][1])),
        }
    return rows


def _false_alarms(parts: Parts, classifier: Classifier, folder: Path) -> dict[str, float]:
    """Return faces that are none, an hour, on clips without people, repeated with noise and other light."""
    counts = {f"{kind}, {which}": 0.0 for which in ("both", "near", "far") for kind in ("emoji", "blurs")}
    seconds = 0.0
    rng = np.random.default_rng(0)
    for path in tqdm(sorted(folder.glob("*_no_face.mp4")), "false faces", leave=False):
        clip = list(iter(Video(str(path)).read, None))
        for gain, noise in ((1.0, 0.0), (0.6, 4.0), (1.3, 8.0)):
            frames = [replace(frame, image=_altered(frame.image, gain, noise, rng)) for frame in clip]
            seconds += frames[-1].time_s
            for which in ("both", "near", "far"):
                seen, _ = _read(parts, classifier, frames, which)
                counts[f"emoji, {which}"] += len({r.track for readings, _ in seen for r in readings})
                counts[f"blurs, {which}"] += sum(
                    any(s.likely for s in after) and not any(s.likely for s in before)
                    for (_, before), (_, after) in zip([([], ()), *seen[:-1]], seen, strict=True)
                )
    return {name: 3600 * count / max(seconds, 1e-6) for name, count in counts.items()} | {"seconds looked at": seconds}


def _altered(image: np.ndarray, gain: float, noise: float, rng: np.random.Generator) -> np.ndarray:
    image = cv2.convertScaleAbs(image, alpha=gain)
    return cv2.add(image, rng.normal(0, noise, image.shape), dtype=cv2.CV_8U) if noise else image


def _hard(parts: Parts, classifier: Classifier, people: Sequence[Portrait]) -> dict[str, Any]:
    """Return how often the heads of each hard scene have an emoji, or are hidden at all; over all portraits."""
    told: dict[str, list[tuple[float, float, float]]] = {}
    for portrait in people:
        for hard in tqdm(list(hard_faces(portrait)), f"hard faces, {portrait.name}", leave=False):
            seen, _ = _read(parts, classifier, hard.scene)
            told.setdefault(hard.name, []).append(_recall(hard, seen))
    return {
        name: dict(zip(("emoji", "hidden", "hidden at first"), np.mean(rows, 0).tolist(), strict=True))
        for name, rows in told.items()
    }


def _likenesses(parts: Parts, classifier: Classifier, people: list[Portrait]) -> dict[str, Any]:
    """Return how often what is no face has an emoji or a blur, also where pictures of faces are ignored."""
    told: dict[str, list[tuple[bool, bool]]] = {}
    for likeness in likenesses(people):
        for name, pictured in ((likeness.name, None), (f"{likeness.name}, ignored", PicturedFaces())):
            seen, _ = _read(parts, classifier, likeness.frames, pictured_faces=pictured)
            told.setdefault(name, []).extend(
                (len(readings) > likeness.people, any(s.likely for s in suspects)) for readings, suspects in seen
            )
    return {
        name: dict(zip(("emoji", "blurred"), (100 * np.mean(rows, 0)).tolist(), strict=True))
        for name, rows in told.items()
    }


def _recall(hard: HardFace, seen: Seen) -> tuple[float, float, float]:
    emoji = [[_on(head, [r.face.region for r in readings]) for head in hard.heads] for readings, _ in seen]
    hidden = [
        [_on(head, [r.face.region for r in readings] + [s.region for s in suspects if s.likely]) for head in hard.heads]
        for readings, suspects in seen
    ]
    return 100 * float(np.mean(emoji)), 100 * float(np.mean(hidden)), 100 * float(np.mean(hidden[0]))


def _on(head: tuple[float, float, float], regions: Sequence[Region]) -> bool:
    """Return whether a face lies on a head and has about its size."""
    x, y, height = head
    return any(
        math.dist(region.center, (x, y)) < 0.35 * height and 0.3 < region.size_px / height < 1.6 for region in regions
    )


def _curves(parts: Parts, people: Sequence[Portrait], picture: Path) -> dict[str, Any]:
    """Return and draw the share of faces found against their height and their yaw, by detector, not yet confirmed."""
    scenes = {
        "height, px": {
            height: [Scene([Actor(p, still(500 + 60 * n, 300 + 20 * n, height))], 1) for p in people for n in range(4)]
            for height in HEIGHTS_PX
        },
        "yaw, degrees": {
            yaw: [
                Scene([Actor(turned(p, side * yaw), still(600 + 30 * n, 340, 200))], 1)
                for p in people
                for side in (-1, 1)
                for n in range(2)
            ]
            for yaw in YAWS_DEG
        },
    }
    curves: dict[str, Any] = {}
    for axis, points in scenes.items():
        for which in ("near", "far", "both"):
            curves[f"{which}, by {axis}"] = {
                str(value): 100 * float(np.mean([_found(parts, which, scene) for scene in at]))
                for value, at in points.items()
            }
    _draw(curves, picture)
    return curves


def _found(parts: Parts, which: str, scene: Scene) -> bool:
    pose = scene.actors[0].path(0)
    assert pose is not None
    (frame,) = scene
    faces = parts.search(which).detect(frame, None)
    return _on((pose.x, pose.y, pose.height_px), [face.region for face in faces if face.sure])


def _draw(curves: dict[str, Any], picture: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    names = {"near": "MediaPipe alone", "far": "YuNet alone", "both": "both"}
    figure, axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    for plot, axis in zip(axes, ("height, px", "yaw, degrees"), strict=True):
        for which, style in (("near", "--o"), ("far", ":s"), ("both", "-^")):
            points = curves[f"{which}, by {axis}"]
            plot.plot([float(value) for value in points], list(points.values()), style, label=names[which])
        plot.set(xlabel=f"head's {axis}", ylabel="% of faces found, 1280x720", ylim=(-4, 104))
        plot.legend()
    axes[0].set_xscale("log")
    axes[0].minorticks_off()
    axes[0].set_xticks(HEIGHTS_PX, [str(height) for height in HEIGHTS_PX])
    figure.savefig(picture, dpi=110)
    plt.close(figure)


def _cost(parts: Parts, classifier: Classifier, portrait: Portrait) -> dict[str, float]:
    """Return the times of a frame with one near and with one far face, against detector and CNN alone."""
    from realtime.engine.painter import Painter

    figures: dict[str, float] = {}
    for name, height in (("near", 260), ("far", 36)):
        frames = list(Scene([Actor(portrait, still(640, 360, height))], 180, noise=2.0))
        verifier = _Counting(parts.verifier)
        reader, painter = FaceReader(parts.search(), classifier, verifier=verifier), Painter.open()
        yardstick, whole = [], []
        region = Region((640, 360), 200)
        for frame in tqdm(frames, f"cost, {name}", leave=False):
            before = time.perf_counter()
            parts.near.detect(frame)
            classifier.predict([face_patch(frame.image, region)])
            between = time.perf_counter()
            readings = reader.read(frame)
            painter.paint(frame, readings, reader.suspects)
            yardstick.append(between - before)
            whole.append(time.perf_counter() - between)
        usual, taken = float(np.median(yardstick[10:])), np.array(whole[10:])
        figures[f"{name} face: whole frame, x detector and CNN"] = float(np.median(taken)) / usual
        figures[f"{name} face: p99 / p50"] = float(np.percentile(taken, 99) / np.median(taken))
        figures[f"{name} face: ms, p50"] = 1000 * float(np.median(taken))
        figures[f"{name} face: asked about"] = float(len(verifier.times_s))
        figures[f"{name} face: ms to ask, at birth"] = 1000 * float(np.median(verifier.times_s))
    return figures
