"""Emoji packs: loaded, checked and prepared for drawing once."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from realtime.errors import AssetError
from realtime.records import EMOTIONS, PRESENTATIONS, UNSURE

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PACKS = Path(__file__).resolve().parent.parent / "assets" / "emojis"
DEFAULT_PACK = "classic"
MANIFEST = "pack.toml"

_CALM = "_calm"
# Drawings a pack can do without.
_OPTIONAL = (UNSURE, *(emotion + _CALM for emotion in EMOTIONS))

_MAX_SIDE_PX = 2048
_MIN_SIDE_PX = 32


@dataclass(frozen=True, eq=False)
class Sprite:
    """A drawing, ready to be scaled down quickly.

    levels: uint8 (H, W, 4) BGRA with the colours multiplied by alpha; each half as large as the one before.
    cover_center, cover_radii: (x, y) in pixels of the first level, the ellipse in which it is opaque.
    """

    levels: tuple[np.ndarray, ...]
    cover_center: tuple[float, float]
    cover_radii: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Pack:
    """A set of drawings: for each emotion and presentation a strong one, perhaps a calm one, and perhaps "unsure".

    sprites: (emotion, or emotion + "_calm", or "unsure"; presentation) -> drawing.
    """

    name: str
    author: str
    licence: str
    sprites: dict[tuple[str, str], Sprite]

    def sprite(self, emotion: str, presentation: str, strong: bool = True) -> Sprite:
        """Return the drawing for an emotion or "unsure" and a presentation, or the nearest there is."""
        for name in (emotion if strong else emotion + _CALM, emotion):
            if (name, presentation) in self.sprites:
                return self.sprites[name, presentation]
        return self.sprites["neutral", presentation]


def find_packs(chosen: str = DEFAULT_PACK) -> list[Path]:
    """Return the folders of all shipped packs, the chosen one (a name or a folder) first. Raises AssetError."""
    shipped = sorted(path.parent for path in PACKS.glob(f"*/{MANIFEST}"))
    named = [folder for folder in shipped if folder.name == chosen]
    first = named[0] if named else Path(chosen).expanduser()
    if not named and not (first / MANIFEST).is_file():
        names = ", ".join(folder.name for folder in shipped) or "none"
        raise AssetError(
            f"There is no emoji pack '{chosen}'. Shipped are: {names}. A folder with a {MANIFEST} can be given instead."
        )
    # The default pack comes before the others.
    others = sorted(shipped, key=lambda folder: folder.name != DEFAULT_PACK)
    return [first, *(folder for folder in others if folder != first)]


def load_pack(folder: Path) -> Pack:
    """Read a pack's manifest and all its drawings. Raises AssetError naming the file that is wrong."""
    manifest = _manifest(folder / MANIFEST)
    center, radii = _cover(folder / MANIFEST, manifest)
    drawings = manifest.get("drawings", {})
    skin = next(iter(manifest.get("skins", {}).values()), None)
    under = _picture(folder, skin) if skin is not None else None
    sprites = {}
    for emotion in (*EMOTIONS, *(name for name in _OPTIONAL if name in drawings)):
        for presentation in PRESENTATIONS:
            file = drawings.get(emotion, {}).get(presentation)
            if not isinstance(file, str):
                raise AssetError(
                    f"{folder / MANIFEST} names no drawing for {emotion}, {presentation}. "
                    f"Add '{presentation} = \"file.png\"' under [drawings.{emotion}]."
                )
            sprites[emotion, presentation] = Sprite(_levels(_picture(folder, file), under), center, radii)
    name, author, licence = (str(manifest.get(key, "")) for key in ("name", "author", "licence"))
    return Pack(name, author, licence, sprites)


def _manifest(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AssetError(f"{path} can't be read: {error.strerror}. Choose another --pack.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssetError(f"{path} is no valid TOML: {error}. Correct it, or choose another --pack.") from error


def _cover(path: Path, manifest: dict[str, Any]) -> tuple[tuple[float, float], tuple[float, float]]:
    cover = manifest.get("cover", {})
    try:
        (x, y), (radius_x, radius_y) = cover["center"], cover["radii"]
        numbers = [float(number) for number in (x, y, radius_x, radius_y)]
    except (KeyError, TypeError, ValueError):
        numbers = []
    if not numbers or not all(0 < number < _MAX_SIDE_PX for number in numbers):
        raise AssetError(f"{path} has no valid [cover]. It needs center = [x, y] and radii = [x, y], in pixels.")
    return (numbers[0], numbers[1]), (numbers[2], numbers[3])


def _picture(folder: Path, file: str) -> np.ndarray:
    """Read a drawing or a skin: uint8 (H, W, 4) BGRA, its colours multiplied by alpha. Raises AssetError."""
    path = folder / file
    if path.resolve().parent != folder.resolve():
        raise AssetError(
            f"{folder / MANIFEST} names '{file}', which is outside the pack. Name files beside the manifest."
        )
    try:
        data = np.fromfile(path, np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if data.size else None
    except OSError as error:
        raise AssetError(
            f"The drawing {path} can't be read: {error.strerror}. Restore the pack, or choose another --pack."
        ) from error
    except cv2.error:
        image = None
    if image is None or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 4:
        raise AssetError(
            f"The drawing {path} is no picture with transparency (8-bit RGBA PNG). "
            "Restore the pack, or choose another --pack."
        )
    if not all(_MIN_SIDE_PX <= side <= _MAX_SIDE_PX for side in image.shape[:2]):
        raise AssetError(
            f"The drawing {path} is {image.shape[1]}x{image.shape[0]}; "
            f"sides of {_MIN_SIDE_PX} to {_MAX_SIDE_PX} pixels work."
        )
    alpha = cv2.merge([image[:, :, 3]] * 3 + [np.full(image.shape[:2], 255, np.uint8)])
    return cv2.multiply(image, alpha, scale=1 / 255)


def _levels(drawing: np.ndarray, skin: np.ndarray | None) -> tuple[np.ndarray, ...]:
    """Return a drawing laid over its skin, if there is one, in ever smaller sizes."""
    if skin is not None:
        through = cv2.merge([cv2.bitwise_not(drawing[:, :, 3])] * 4)
        drawing = cv2.add(drawing, cv2.multiply(skin, through, scale=1 / 255))
    levels = [drawing]
    while min(levels[-1].shape[:2]) >= 2 * _MIN_SIDE_PX:
        height, width = levels[-1].shape[:2]
        levels.append(cv2.resize(levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA))
    return tuple(levels)
