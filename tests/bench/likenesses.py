"""Scenes of what only looks like a face, which should be left alone: statues, prints on shirts, drawings, animals."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from realtime.drawing.overlay import draw_sprite
from realtime.drawing.placement import at
from realtime.packs.pack import PACKS, load_pack
from realtime.records import Frame
from tests.bench.scenes import FPS, SIZE_WH, Actor, Portrait, Scene, still

_FRAMES = 30
_WALL = (96, 92, 84)
# A print is worn by somebody whose head is so high and here; it is this high, and its middle is so far below.
_WEARER = (640, 200, 240)
_PRINT_PX, _BELOW_PX = 90, 260


@dataclass(frozen=True, eq=False)
class Likeness:
    """A scene with something that is no face. people: in it besides."""

    name: str
    frames: tuple[Frame, ...]
    people: int = 0


def likenesses(people: list[Portrait]) -> Iterator[Likeness]:
    """Give the scenes; those of one kind have the same name."""
    for portrait in people:
        stone = Portrait(portrait.name, _stone(portrait), portrait.head)
        for height in (80, 260):
            yield Likeness(f"statue, {height} px high", _moving(Scene([Actor(stone, still(640, 340, height))], 1)))
        yield Likeness("print on a shirt", _moving(_wearing(portrait, people[0])), people=1)
    pack = load_pack(PACKS / "classic")
    for emotion in ("happy", "surprise", "neutral"):
        wall = np.full((SIZE_WH[1], SIZE_WH[0], 3), _WALL, np.uint8)
        draw_sprite(wall, pack.sprite(emotion, "male"), at((640, 360), 220))
        yield Likeness("emoji on a poster", _swaying(wall))
    for name, file in (("cat", "chelsea.png"), ("coins with heads", "coins.png")):
        if (picture := _of_skimage(file)) is not None:
            yield Likeness(name, _swaying(picture))


def _stone(portrait: Portrait) -> np.ndarray:
    """Return a portrait as a bust of marble: one colour, no texture, eyes without irises, light from above."""
    grey = cv2.cvtColor(portrait.image, cv2.COLOR_BGR2GRAY)
    _, y, radius_x, radius_y = portrait.head
    for _ in range(4):
        grey = cv2.bilateralFilter(grey, 9, 30, 5)
    shape = cv2.GaussianBlur(grey, (0, 0), radius_x / 40).astype(np.float32)
    # What is dark in a face, as pupils, brows and lips, is only a hollow in stone.
    shape = 90 + 0.55 * np.maximum(shape, 0.75 * cv2.GaussianBlur(shape, (0, 0), radius_x / 3))
    light = 1.1 - 0.15 * (np.arange(len(shape), dtype=np.float32) - y)[:, None] / radius_y
    return (shape * light)[..., None].clip(0, 235).astype(np.uint8) * np.ones(3, np.uint8)


def _wearing(printed: Portrait, wearer: Portrait) -> Scene:
    """Return somebody with a face on the shirt, in the colours of the shirt, as prints are."""
    ink = Portrait(printed.name, _ink(printed.image), printed.head)
    below = still(_WEARER[0], _WEARER[1] + _BELOW_PX, _PRINT_PX)
    return Scene([Actor(wearer, still(*_WEARER)), Actor(ink, below, bust=False)], 1)


def _ink(image: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    levels = np.round(cv2.GaussianBlur(grey, (0, 0), 2) / 64.0) * 64
    return (levels[..., None] * (0.45, 0.3, 0.25) + (60, 40, 30)).clip(0, 255).astype(np.uint8)


def _of_skimage(file: str) -> np.ndarray | None:
    spec = importlib.util.find_spec("skimage")
    if spec is None or spec.origin is None:
        return None
    return cv2.imread(str(Path(spec.origin).parent / "data" / file))


def _moving(scene: Scene) -> tuple[Frame, ...]:
    return _swaying(scene.image(0))


def _swaying(picture: np.ndarray) -> tuple[Frame, ...]:
    """Return frames in which a picture moves a little, with the noise of a camera."""
    rng = np.random.default_rng(0)
    frames = []
    for index in range(_FRAMES):
        shift = np.array([[1, 0, 6 * np.sin(index / 8)], [0, 1, 3 * np.sin(index / 5)]])
        moved = cv2.warpAffine(picture, shift, picture.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
        noisy = cv2.add(moved, rng.normal(0, 2, moved.shape).round(), dtype=cv2.CV_8U)
        frames.append(Frame(noisy, index, index / FPS, "scene"))
    return tuple(frames)
