"""Deterministic videos of real portraits moved along scripted paths, with exact ground truth."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from realtime.records import Frame

SIZE_WH = (1280, 720)
FPS = 30.0
_BACKGROUND = (96, 92, 84)
# Drawing noise anew for every frame would take longer than all that is measured.
_NOISES = 31
# Two colours no portrait, emoji or blur has, one pixel each by turns: what is left of a face in the output.
_KEYS = np.array([(255, 0, 253), (0, 253, 1)], np.uint8)


@dataclass(frozen=True, eq=False)
class Portrait:
    """A picture and its head, hair and chin included: an upright ellipse (x, y, radius x, radius y) in its pixels."""

    name: str
    image: np.ndarray
    head: tuple[float, float, float, float]


@dataclass(frozen=True)
class Pose:
    """Where a portrait's head is in a frame: its middle in pixels, its height in pixels, its roll in degrees."""

    x: float
    y: float
    height_px: float
    roll_deg: float = 0.0


Path_ = Callable[[int], "Pose | None"]
Ellipse = tuple[tuple[float, float], tuple[float, float], float]


@dataclass(frozen=True, eq=False)
class Actor:
    """A portrait and its pose in each frame, None while it is not in view. bust: with shoulders and background."""

    portrait: Portrait
    path: Path_
    bust: bool = True


def portraits() -> list[Portrait]:
    """Return the portraits the installed packages carry: matplotlib's, and scikit-image's where that is installed."""
    found = []
    for package, file, head in (
        ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg", (262, 205, 108, 122)),
        ("skimage", "data/astronaut.png", (225, 95, 67, 81)),
    ):
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            image = cv2.imread(str(Path(spec.origin).parent / file))
            found.append(Portrait(package, image, head))
    return found


@dataclass(frozen=True, eq=False)
class Scene:
    """Actors before a plain wall, each drawn with its bust; sensor noise and a slowly changing light if wanted."""

    actors: list[Actor]
    frames: int
    noise: float = 0.0
    light: float = 0.0
    size_wh: tuple[int, int] = SIZE_WH

    def image(self, index: int) -> np.ndarray:
        """Return a frame, uint8 (H, W, 3) BGR."""
        width, height = self.size_wh
        image = np.full((height, width, 3), _BACKGROUND, np.uint8)
        for actor in self.actors:
            if (pose := actor.path(index)) is not None:
                matrix, (middle, axes, angle) = _placed(actor.portrait, pose)
                bust = _bust(actor.portrait)
                drawn = cv2.warpAffine(bust, matrix, self.size_wh, flags=cv2.INTER_AREA)
                mask = np.zeros((height, width), np.uint8)
                if actor.bust:
                    mask = cv2.warpAffine(np.full(bust.shape[:2], 255, np.uint8), matrix, self.size_wh)
                else:
                    cv2.ellipse(mask, (middle, (1.35 * axes[0], 1.35 * axes[1]), angle), 255, cv2.FILLED)
                cv2.copyTo(drawn, mask, image)
        if self.light:
            image = cv2.convertScaleAbs(image, alpha=1 + self.light * np.sin(index / FPS))
        if self.noise:
            image = cv2.add(image, _noise(self.noise, self.size_wh, index % _NOISES), dtype=cv2.CV_8U)
        return image

    def painted(self, index: int, image: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return the frame with the heads in the key colours, and the mask of each, bool (H, W), front ones cut out."""
        masks: list[np.ndarray] = []
        for actor in self.actors:
            if (pose := actor.path(index)) is not None:
                mask = np.zeros(image.shape[:2], np.uint8)
                _, head = _placed(actor.portrait, pose)
                cv2.ellipse(mask, head, 255, cv2.FILLED)
                masks = [other & (mask == 0) for other in masks] + [mask > 0]
        painted = image.copy()
        for mask in masks:
            rows, columns = np.nonzero(mask)
            painted[rows, columns] = _KEYS[(rows + columns) % 2]
        return painted, masks

    def __iter__(self) -> Iterator[Frame]:
        for index in range(self.frames):
            yield Frame(self.image(index), index, index / FPS, "scene")


@lru_cache(maxsize=_NOISES)
def _noise(deviation: float, size_wh: tuple[int, int], number: int) -> np.ndarray:
    """Return the noise of a sensor, int8 (H, W, 3)."""
    rng = np.random.default_rng(number)
    return rng.normal(0, deviation, (size_wh[1], size_wh[0], 3)).round().astype(np.int8)


def exposed(output: np.ndarray, mask: np.ndarray) -> float:
    """Return the share of a head that can be seen in an output picture, 0 to 1."""
    shown = output[mask]
    left = (shown == _KEYS[0]).all(1) | (shown == _KEYS[1]).all(1)
    return float(left.mean()) if len(left) else 0.0


def _bust(portrait: Portrait) -> np.ndarray:
    """Return the part of a portrait around the head."""
    x, y, radius_x, radius_y = portrait.head
    right, bottom = int(x + 2.1 * radius_x), int(y + 2.4 * radius_y)
    return portrait.image[:bottom, max(int(x - 2.1 * radius_x), 0) : right]


def _placed(
    portrait: Portrait, pose: Pose
) -> tuple[np.ndarray, tuple[tuple[float, float], tuple[float, float], float]]:
    """Return the transform from the bust to the frame, and the head there as a rotated ellipse."""
    x, y, radius_x, radius_y = portrait.head
    left = max(int(x - 2.1 * radius_x), 0)
    scale = pose.height_px / (2 * radius_y)
    matrix = cv2.getRotationMatrix2D((x - left, y), -pose.roll_deg, scale)
    matrix[:, 2] += (pose.x - (x - left), pose.y - y)
    axes = (2 * radius_x * scale, 2 * radius_y * scale)
    return matrix, ((pose.x, pose.y), axes, pose.roll_deg)


# ---- paths


def still(x: float = 640, y: float = 360, height_px: float = 260) -> Path_:
    """Stay where you are."""
    return lambda index: Pose(x, y, height_px)


def to_and_fro(speed_px: float, height_px: float = 260, left: float = 220, right: float = 1060) -> Path_:
    """Move at a constant speed in pixels a frame, turning at both ends."""

    def path(index: int) -> Pose:
        way, length = index * speed_px, right - left
        place = way % (2 * length)
        return Pose(left + min(place, 2 * length - place), 360, height_px, 10 * np.sin(index / 20))

    return path


def across(speed_px: float, start: float, y: float = 360, height_px: float = 260) -> Path_:
    """Move in one direction, from outside the picture or to outside it."""
    return lambda index: Pose(start + speed_px * index, y, height_px)
