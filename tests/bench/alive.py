"""How well emoji follow a face, in numbers: `python -m tests.bench.alive`.

The eyelids and the mouth of real portraits are moved by a script, at 30 frames a second, and go through the landmarker
and the poses as in a run. Latency is counted in frames after the one that shows the change first.
"""

from __future__ import annotations

import time
from dataclasses import replace

import cv2
import numpy as np

from realtime.drawing.overlay import Overlay, Shown
from realtime.drawing.placement import over_face
from realtime.drawing.pose import Pose
from realtime.engine.life import Life
from realtime.engine.movements import Movements
from realtime.faces.base import MovementReader
from realtime.faces.blazeface import BlazeFace
from realtime.faces.landmarks import Landmarker
from realtime.packs.pack import PACKS, load_pack
from realtime.records import FaceMovement, Frame, Region
from tests.bench.scenes import portraits
from tests.fakes import reading

FPS = 30
BLINK_S, BLINKS = 0.12, 20
# MediaPipe's numbers of points: corners, top and bottom of both eyes; corners and inner lips of the mouth.
_EYES, _MOUTH = ((33, 133, 159, 145), (362, 263, 386, 374)), (61, 291, 13, 14)


class Face:
    """A portrait whose lids and mouth can be moved."""

    def __init__(self, image: np.ndarray, landmarker: Landmarker, region: Region) -> None:
        self.image, self.region = image, region
        side = 1.9 * region.size_px
        found = landmarker._detect(image, region).face_landmarks[0]
        cos, sin = np.cos(region.roll_rad), np.sin(region.roll_rad)
        offsets = (np.array([(p.x, p.y) for p in found]) - 0.5) * side
        self.points = offsets @ np.array([[cos, sin], [-sin, cos]]) + region.center
        self._rows, self._columns = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)

    def moved(self, closed: float, opened: float, noise: np.random.Generator) -> np.ndarray:
        """Return the face with its eyes so far closed and its mouth so far open, 0 to 1, and a camera's noise."""
        rows, dark = self._rows.copy(), np.zeros(self.image.shape[:2], bool)
        for eye in _EYES:
            self._close(rows, eye, closed)
        self._open(rows, dark, opened)
        image = cv2.remap(self.image, self._columns, rows, cv2.INTER_LINEAR)
        image[dark] = (32, 22, 60)
        return np.clip(image + noise.normal(0, 3, image.shape), 0, 255).astype(np.uint8)

    def _close(self, rows: np.ndarray, eye: tuple[int, ...], closed: float) -> None:
        """Stretch the skin above an eye down over it."""
        (left, _), (right, _), (_, top), (_, bottom) = self.points[list(eye)]
        half, middle = (right - left) / 2 * 1.15, (left + right) / 2
        bow = np.sqrt(np.clip(1 - ((self._columns - middle) / half) ** 2, 0, 1))
        lid, open_px = 0.9 * (right - left) / 2, (bottom - top) * 1.25
        start, edge = top - lid, top + closed * open_px * bow
        inside = (self._rows >= start) & (self._rows < edge) & (bow > 0)
        stretched = start + (self._rows - start) * lid / np.maximum(edge - start, 1e-3)
        rows[inside] = stretched[inside]

    def _open(self, rows: np.ndarray, dark: np.ndarray, opened: float) -> None:
        """Move all below the lips down, and show the inside of the mouth between them."""
        (left, _), (right, _), (_, upper), (_, lower) = self.points[list(_MOUTH)]
        half, middle, line = (right - left) / 2, (left + right) / 2, (upper + lower) / 2
        bow = np.sqrt(np.clip(1 - ((self._columns - middle) / (1.05 * half)) ** 2, 0, 1))
        gap = opened * 0.9 * half * bow
        below = (self._rows > line + gap) & (bow > 0)
        rows[below] = (self._rows - gap)[below]
        dark |= (self._rows > line) & (self._rows <= line + gap) & (gap > 1)


class Counted:
    """The landmarker, and how often it was asked."""

    def __init__(self, landmarker: Landmarker) -> None:
        self._landmarker, self.asked = landmarker, 0

    def movement(self, image: np.ndarray, region: Region) -> FaceMovement | None:
        self.asked += 1
        return self._landmarker.movement(image, region)


def followed(face: Face, reader: MovementReader, closed: np.ndarray, opened: np.ndarray) -> list[Pose]:
    """Return the poses for a script of lids and mouth, a value for each frame."""
    life, movements, noise = Life(), Movements(reader), np.random.default_rng(1)
    shown = reading()
    shown = replace(shown, face=replace(shown.face, region=face.region))
    poses = []
    for n, (lid, mouth) in enumerate(zip(closed, opened, strict=True)):
        (moved,) = movements.added(Frame(face.moved(lid, mouth, noise), n, n / FPS, ""), [shown])
        poses.append(life.pose(1, moved.movement, n / FPS))
    return poses


def blinks_seen(face: Face, landmarker: MovementReader) -> int:
    """Return how many of the scripted blinks close both eyes of the drawing."""
    rng, seen = np.random.default_rng(2), 0
    length = 10
    starts = (np.arange(BLINKS) * length + 4) / FPS + rng.uniform(0, 1 / FPS, BLINKS)
    times = np.arange(BLINKS * length) / FPS
    closed = np.max([np.interp((times - s) / BLINK_S, [0, 0.35, 0.65, 1], [0, 1, 1, 0]) for s in starts], axis=0)
    poses = followed(face, landmarker, closed, 0 * closed)
    for n in range(BLINKS):
        seen += max(min(pose.blinks) for pose in poses[n * length : (n + 1) * length]) > 0.7
    return seen


def mouth_delay(face: Face, landmarker: MovementReader) -> list[int]:
    """Return after how many frames the drawing's mouth is half as far as the face's has come, opening and closing."""
    opened = np.repeat([0.0, 1.0, 0.0, 1.0, 0.0], 8)
    mouths = np.array([pose.mouth for pose in followed(face, landmarker, 0 * opened, opened)])
    delays = []
    for at in (8, 16, 24, 32):
        before, after = mouths[at - 1], mouths[at + 7]
        share = (mouths[at : at + 8] - before) / (after - before)
        delays.append(int(np.argmax(share >= 0.5)))
    return delays


def cost(face: Face, landmarker: Landmarker, times: int = 60) -> dict[str, float]:
    """Return the processor's time for a face, in ms: of the detector, the landmarker, and drawing still and alive."""
    pack, detector = load_pack(PACKS / "classic"), BlazeFace()
    spot, sprite = over_face(face.region), pack.sprite("neutral", "female")
    life, image = pack.life("neutral", "female"), face.image.copy()
    pose = Pose(alive=1, mouth=0.4, blinks=(0.3, 0.3), brows=(0.5, 0.5), turn=0.3)
    still, alive = Overlay(), Overlay()
    parts = {
        "detector": lambda: detector.detect(Frame(face.image, 0, 0.0, "")),
        "landmarker": lambda: landmarker.movement(face.image, face.region),
        "drawing, still": lambda: still.draw(image, 1, Shown(sprite), spot),
        "drawing, alive": lambda: alive.draw(image, 1, Shown(sprite, None, life, pose), spot),
    }
    spent = {}
    for name, part in parts.items():
        taken = []
        for _ in range(times):
            before = time.process_time()
            part()
            taken.append(1000 * (time.process_time() - before))
        spent[name] = float(np.median(taken))
    detector.close()
    return spent


def main() -> None:
    cv2.setNumThreads(1)
    landmarker, detector = Landmarker(movements=True), BlazeFace()
    for portrait in portraits():
        image = portrait.image
        found = detector.detect(Frame(image, 0, 0.0, ""))
        if not found:
            continue
        face = Face(image, landmarker, found[0].region)
        asked = Counted(landmarker)
        rest = followed(face, asked, np.zeros(40), np.zeros(40))[10:]
        names = ("mouth", "smile", "turn", "nod")
        moved = {name: round(float(np.ptp([getattr(pose, name) for pose in rest])), 3) for name in names}
        moved["blinks"] = round(float(np.ptp([pose.blinks for pose in rest])), 3)
        print(f"{portrait.name}, at rest: asked in {asked.asked} of 40 frames; moved by {moved}")
        print(f"{portrait.name}, mouth: follows after {mouth_delay(face, landmarker)} frames")
        # The lids of a face with glasses can't be moved so that it looks right.
        if portrait.name != "matplotlib":
            print(f"{portrait.name}, blinks of {BLINK_S} s: {blinks_seen(face, landmarker)} of {BLINKS} seen")
    print("CPU ms a face: " + ", ".join(f"{name} {ms:.2f}" for name, ms in cost(face, landmarker).items()))
    landmarker.close()
    detector.close()


if __name__ == "__main__":
    main()
