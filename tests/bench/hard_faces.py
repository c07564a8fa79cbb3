"""Scenes in which a face is hard to see, made from real portraits: each is a name and a picture with its heads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from tests.bench.scenes import SIZE_WH, Actor, Portrait, Pose, Scene, still

Change = Callable[[np.ndarray, tuple[float, float, float, float]], np.ndarray]
_SKIN = (120, 150, 200)
_CUP = (170, 90, 40)
_MASK = (205, 190, 150)


@dataclass(frozen=True, eq=False)
class HardFace:
    """A scene and where its heads are: the middle and the height of each, in pixels."""

    name: str
    scene: Scene
    heads: tuple[tuple[float, float, float], ...]


def hard_faces(portrait: Portrait) -> Iterator[HardFace]:
    """Give the scenes of one portrait."""
    for name, change in _CHANGES.items():
        yield _alone(name, _changed(portrait, change), still(640, 360, 260))
    for degrees in (30, 45, 60, 75):
        yield _alone(f"turned {degrees} degrees", turned(portrait, degrees), still(640, 360, 260))
    for degrees in (25, 40):
        yield _alone(f"looking down {degrees} degrees", turned(portrait, 0, degrees), still(640, 360, 260))
    for name, x, y in (("left", 0, 360), ("right", 1280, 360), ("top", 640, 0), ("bottom", 640, 720)):
        yield _alone(f"half outside, {name}", portrait, still(x, y, 260))
    yield _alone("cut off below the nose", portrait, still(640, 685, 260))
    for degrees in (45, 60, 90, 135, 180, -90):
        yield _alone(f"rolled {degrees} degrees", portrait, _rolled(degrees))
    for height in (16, 20, 24, 28, 40):
        yield _alone(f"{height} px high", portrait, still(640, 360, height))
    yield _alone("fills the picture", portrait, still(640, 380, 900))
    yield _together(portrait)


def _alone(name: str, portrait: Portrait, path: Callable[[int], Pose]) -> HardFace:
    pose = path(0)
    return HardFace(name, Scene([Actor(portrait, path)], 30, noise=2.0), ((pose.x, pose.y, pose.height_px),))


def _together(portrait: Portrait) -> HardFace:
    places = [(430 + 140 * n, 330 + 40 * (n % 2), 150.0) for n in range(4)]
    actors = [Actor(portrait, still(*place), bust=False) for place in places]
    return HardFace("four close together", Scene(actors, 30, noise=2.0), tuple(places))


def _rolled(degrees: float) -> Callable[[int], Pose]:
    return lambda index: Pose(640, 360, 260, degrees)


def _changed(portrait: Portrait, change: Change) -> Portrait:
    return Portrait(portrait.name, change(portrait.image.copy(), portrait.head), portrait.head)


def turned(portrait: Portrait, yaw_deg: float, pitch_deg: float = 0.0) -> Portrait:
    """Return a portrait whose head is turned to the side and down, as an ellipsoid that wears the picture.

    What the camera has never seen is filled with the rim of the face, so beyond 60 degrees it looks less and less real.
    """
    x, y, radius_x, radius_y = portrait.head
    image = portrait.image
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    across, down = (columns - x) / radius_x, (rows - y) / radius_y
    inside = across**2 + down**2 < 1
    depth = np.sqrt(np.clip(1 - across**2 - down**2, 0, 1))
    yaw, pitch = np.radians(-yaw_deg), np.radians(pitch_deg)
    side = across * np.cos(yaw) + depth * np.sin(yaw)
    front = -across * np.sin(yaw) + depth * np.cos(yaw)
    up = down * np.cos(pitch) - front * np.sin(pitch)
    front = down * np.sin(pitch) + front * np.cos(pitch)
    length = np.maximum(np.hypot(side, up), 1e-6)
    rim = np.where(front < 0, 0.98 / length, 1.0)
    source_x = np.where(inside, x + side * rim * radius_x, columns).astype(np.float32)
    source_y = np.where(inside, y + up * rim * radius_y, rows).astype(np.float32)
    return Portrait(portrait.name, cv2.remap(image, source_x, source_y, cv2.INTER_LINEAR), portrait.head)


# ---- what hides or changes a face: given the picture and its head (x, y, radius x, radius y)


def _hand(image: np.ndarray, head: tuple[float, float, float, float]) -> np.ndarray:
    x, y, rx, ry = head
    for finger in range(4):
        middle = (int(x + (finger - 1.5) * 0.28 * rx), int(y + 0.62 * ry))
        cv2.ellipse(image, middle, (int(0.16 * rx), int(0.42 * ry)), 8, 0, 360, _SKIN, cv2.FILLED, cv2.LINE_AA)
        cv2.ellipse(image, middle, (int(0.16 * rx), int(0.42 * ry)), 8, 0, 360, (80, 105, 150), 2, cv2.LINE_AA)
    return image


def _cup(image: np.ndarray, head: tuple[float, float, float, float]) -> np.ndarray:
    x, y, rx, ry = head
    corners = [(-0.5, 0.25), (0.5, 0.25), (0.4, 1.05), (-0.4, 1.05)]
    cv2.fillConvexPoly(image, np.array([(x + a * rx, y + b * ry) for a, b in corners], np.int32), _CUP, cv2.LINE_AA)
    return image


def _mask(image: np.ndarray, head: tuple[float, float, float, float]) -> np.ndarray:
    x, y, rx, ry = head
    corners = [(-0.78, 0.22), (0, 0.08), (0.78, 0.22), (0.6, 0.75), (0.2, 0.98), (-0.2, 0.98), (-0.6, 0.75)]
    points = np.array([(x + a * rx, y + b * ry) for a, b in corners], np.int32)
    cv2.fillPoly(image, [points], _MASK, cv2.LINE_AA)
    for fold in (0.4, 0.55, 0.7):
        ends = [(int(x + side * 0.5 * rx), int(y + fold * ry)) for side in (-1, 1)]
        cv2.line(image, *ends, (185, 170, 130), 2, cv2.LINE_AA)
    return image


def _sunglasses(image: np.ndarray, head: tuple[float, float, float, float]) -> np.ndarray:
    x, y, rx, ry = head
    for side in (-1, 1):
        middle = (int(x + side * 0.36 * rx), int(y + 0.08 * ry))
        cv2.ellipse(image, middle, (int(0.3 * rx), int(0.2 * ry)), 0, 0, 360, (20, 18, 18), cv2.FILLED, cv2.LINE_AA)
    cv2.line(image, (int(x - rx * 0.8), int(y)), (int(x + rx * 0.8), int(y)), (20, 18, 18), 3, cv2.LINE_AA)
    return image


def _hat(image: np.ndarray, head: tuple[float, float, float, float]) -> np.ndarray:
    x, y, rx, ry = head
    brim = (int(x), int(y - 0.25 * ry))
    cv2.ellipse(image, brim, (int(1.5 * rx), int(0.22 * ry)), 0, 0, 360, (40, 60, 90), cv2.FILLED, cv2.LINE_AA)
    cv2.ellipse(image, brim, (int(0.95 * rx), int(0.9 * ry)), 0, 180, 360, (45, 66, 98), cv2.FILLED, cv2.LINE_AA)
    return image


def _beard(image: np.ndarray, head: tuple[float, float, float, float]) -> np.ndarray:
    x, y, rx, ry = head
    beard = np.zeros(image.shape[:2], np.uint8)
    cv2.ellipse(beard, (int(x), int(y + 0.55 * ry)), (int(0.75 * rx), int(0.55 * ry)), 0, 0, 180, 255, cv2.FILLED)
    cv2.ellipse(beard, (int(x), int(y + 0.62 * ry)), (int(0.28 * rx), int(0.1 * ry)), 0, 0, 360, 0, cv2.FILLED)
    hair = np.random.default_rng(0).integers(20, 60, image.shape[:2], dtype=np.uint8)
    image[beard > 0] = hair[beard > 0][:, None]
    return image


def _dark(image: np.ndarray, head: tuple[float, float, float, float]) -> np.ndarray:
    return cv2.convertScaleAbs(image, alpha=0.12)


def _back_light(image: np.ndarray, head: tuple[float, float, float, float]) -> np.ndarray:
    x, y, rx, ry = head
    silhouette = np.zeros(image.shape[:2], np.uint8)
    cv2.ellipse(silhouette, (int(x), int(y)), (int(rx), int(ry)), 0, 0, 360, 255, cv2.FILLED)
    cv2.ellipse(silhouette, (int(x), int(y + 2.6 * ry)), (int(2.2 * rx), int(1.8 * ry)), 0, 0, 360, 255, cv2.FILLED)
    soft = cv2.GaussianBlur(silhouette, (0, 0), 3).astype(np.float32)[..., None] / 255
    return (soft * image * 0.22 + (1 - soft) * 250).astype(np.uint8)


def _motion_blur(image: np.ndarray, head: tuple[float, float, float, float]) -> np.ndarray:
    return cv2.blur(image, (max(int(0.45 * head[2]), 3), 1))


def _dark_skin(image: np.ndarray, head: tuple[float, float, float, float]) -> np.ndarray:
    """Darken the skin as more pigment would, leaving highlights."""
    levels = image.astype(np.float32) / 255
    return (255 * levels ** np.array([2.2, 2.0, 1.7], np.float32) * 0.8).astype(np.uint8)


_CHANGES: dict[str, Change] = {
    "hand before the mouth": _hand,
    "cup before the mouth": _cup,
    "mask": _mask,
    "sunglasses": _sunglasses,
    "hat": _hat,
    "beard": _beard,
    "dark": _dark,
    "back light": _back_light,
    "motion blur": _motion_blur,
    "darker skin": _dark_skin,
}

__all__ = ["SIZE_WH", "HardFace", "hard_faces", "turned"]
