"""Emoji packs: found, loaded, checked, and prepared for drawing once. A pack of somebody else's is not trusted."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from realtime.errors import AssetError
from realtime.images import fitted
from realtime.packs.archive import Archive, open_archive, printable
from realtime.packs.decode import MIN_SIDE_PX, decode
from realtime.packs.levels import MOST_LARGE, Levels, levels_of
from realtime.packs.manifest import DEFAULT_PACK, Ellipse, Key, nearest, read_manifest
from realtime.packs.opaque import check_ellipse, find_ellipses, size_of
from realtime.packs.rigs import Life, Rigs, read_rigs
from realtime.packs.sprite import Sprite as Sprite
from realtime.packs.sprite import laid_over
from realtime.packs.table import MANIFEST
from realtime.shipped import PACKS as PACKS

# Larger drawings are scaled down: more could hardly be seen, and a level costs memory.
_KEPT_SIDE_PX = 512
_MAX_KEPT_PX = 64_000_000
# The soft edge that scaling down gives a drawing.
_SOFT_PX = 1.5


@dataclass(frozen=True, eq=False)
class Drawing:
    """What is shown for an emotion: a sprite, or several in turn, again and again.

    ends_s: when each is over, in seconds from the beginning of the first.
    """

    sprites: tuple[Sprite, ...]
    ends_s: tuple[float, ...]

    def at(self, time_s: float) -> Sprite:
        """Return the sprite of a moment; the same object for the same frame."""
        return self.sprites[bisect_right(self.ends_s, time_s % self.ends_s[-1], hi=len(self.sprites) - 1)]


@dataclass(frozen=True, eq=False)
class Pack:
    """A set of drawings, in one of its skins if it has any.

    drawings: (emotion, or emotion + "_calm", or "unsure", or one of own; presentation) -> drawing; only those the pack
    has. own: expressions of one's own, as "wink", for which it has drawings.
    cards: full-frame pictures, uint8 (H, W, 3) BGR. rigs: the drawings whose parts move.
    """

    name: str
    author: str
    licence: str
    drawings: dict[Key, Drawing]
    skins: tuple[str, ...]
    skin: str | None
    cards: dict[str, np.ndarray]
    rigs: Rigs = field(default_factory=Rigs)
    own: tuple[str, ...] = ()

    def sprite(self, emotion: str, presentation: str, strong: bool = True, time_s: float = 0.0) -> Sprite:
        """Return what shows an emotion, "unsure" or one of own, and a presentation, or the nearest there is."""
        return self.drawings[nearest(self.drawings, emotion, presentation, strong)].at(time_s)

    def life(self, emotion: str, presentation: str, strong: bool = True) -> Life | None:
        """Return what lets the drawing move that `sprite` gives; None for one that stays as it is."""
        key = nearest(self.drawings, emotion, presentation, strong)
        return self.rigs.get(key, self.drawings[key].sprites[0])

    def card(self, name: str, size_wh: tuple[int, int]) -> np.ndarray | None:
        """Return a card cut to a size: uint8 (H, W, 3) BGR, made anew each time; None if the pack has none."""
        if name not in self.cards:
            return None
        return fitted(self.cards[name], size_wh).copy()


def find_packs(chosen: str = DEFAULT_PACK) -> list[Path]:
    """Return where all shipped packs are, the chosen one (a name, a folder or a .zip) first. Raises AssetError."""
    shipped = sorted(path.parent for path in PACKS.glob(f"*/{MANIFEST}"))
    named = [folder for folder in shipped if folder.name == chosen]
    first = named[0] if named else Path(os.path.expanduser(chosen))
    if not first.is_dir() and not (first.suffix.lower() == ".zip" and first.is_file()):
        names = ", ".join(folder.name for folder in shipped) or "none"
        raise AssetError(
            f"There is no emoji pack '{printable(chosen)}'.",
            f"Shipped are: {names}. A folder of drawings, or a .zip of them, can be given instead.",
        )
    # The default pack comes before the others.
    others = sorted(shipped, key=lambda folder: folder.name != DEFAULT_PACK)
    return [first, *(folder for folder in others if folder != first)]


def load_pack(path: Path, skin: str | None = None) -> Pack:
    """Read a pack, a folder or a .zip, in a skin: by name, None for the first; a pack without skins has no choice.

    Raises AssetError that names the file that is wrong, also for drawings through which a face would be seen.
    """
    files = open_archive(path)
    manifest = read_manifest(files)
    if skin is None or not manifest.skins:
        skin = next(iter(manifest.skins), None)
    elif skin not in manifest.skins:
        raise AssetError(
            f"The pack {path} has no skin '{printable(skin)}'.", f"Choose one of: {', '.join(manifest.skins)}."
        )
    under = _first_frame(files, manifest.skins[skin]) if skin is not None else None
    pictures = _read_pictures(files, sorted(set(manifest.drawings.values())), under)
    masks = {file: picture.opaque for file, picture in pictures.items()}
    if manifest.cover is None:
        ellipses = find_ellipses(path, masks)
    else:
        check_ellipse(path, manifest.cover, masks)
        ellipses = dict.fromkeys(masks, manifest.cover)
    drawings = {file: _drawing(picture, ellipses[file]) for file, picture in pictures.items()}
    cards = {card: _first_frame(files, file) for card, file in manifest.cards.items()}
    rigs = read_rigs(files, manifest, under)
    return Pack(
        name=manifest.name,
        author=manifest.author,
        licence=manifest.licence,
        drawings={key: drawings[file] for key, file in manifest.drawings.items()},
        skins=tuple(manifest.skins),
        skin=skin,
        cards={card: cv2.cvtColor(picture, cv2.COLOR_BGRA2BGR) for card, picture in cards.items()},
        rigs=rigs,
        own=manifest.own,
    )


@dataclass(frozen=True, eq=False)
class _Picture:
    """What a file shows: its frames, scaled down.

    frames: as in Sprite.levels. ends_s: as in Drawing. opaque: uint8 (H, W), 255 where all frames are opaque, in the
    size of the file.
    """

    frames: Sequence[tuple[np.ndarray, ...] | Levels]
    ends_s: list[float]
    opaque: np.ndarray


def _read_pictures(files: Archive, names: Iterable[str], under: np.ndarray | None) -> dict[str, _Picture]:
    """Read drawings, and lay them over a skin if there is one."""
    read = {name: files.read(name) for name in names}

    @lru_cache(MOST_LARGE)
    def again(name: str) -> np.ndarray:
        return next(_shown(read[name], files.path / name, under)).small

    pictures = {}
    left_px = _MAX_KEPT_PX
    for name in read:
        frames, seconds = [], []
        opaque: np.ndarray | None = None
        for shown in _shown(read[name], files.path / name, under):
            opaque = shown.opaque if opaque is None else cv2.bitwise_and(opaque, shown.opaque)
            frames.append(shown.small)
            seconds.append(shown.seconds)
            left_px -= shown.small.shape[0] * shown.small.shape[1]
            if left_px < 0:
                raise AssetError(
                    f"The drawings of {files.path} have more than {_MAX_KEPT_PX // 1_000_000} million pixels together.",
                    "Use fewer frames, or smaller ones.",
                )
        assert opaque is not None  # there is a frame at least
        still = len(frames) == 1
        levels = [Levels(frames[0], partial(again, name))] if still else [levels_of(frame) for frame in frames]
        pictures[name] = _Picture(levels, list(accumulate(seconds)), opaque)
    return pictures


class _Shown(NamedTuple):
    """A frame of a file. small: scaled down. opaque: uint8 (H, W), 255 where it is, in its own size."""

    small: np.ndarray
    opaque: np.ndarray
    seconds: float


def _shown(data: bytes, path: Path, under: np.ndarray | None) -> Iterator[_Shown]:
    for frame, seconds in decode(data, str(path)):
        whole = _over(frame, under, path)
        yield _Shown(_scaled_down(whole, path), cv2.compare(cv2.extractChannel(whole, 3), 255, cv2.CMP_EQ), seconds)


def _first_frame(files: Archive, name: str) -> np.ndarray:
    frame, _ = next(decode(files.read(name), str(files.path / name)))
    return frame


def _over(drawing: np.ndarray, skin: np.ndarray | None, path: Path) -> np.ndarray:
    if skin is None:
        return drawing
    if skin.shape != drawing.shape:
        raise AssetError(
            f"The drawing {path} is {_size(drawing)}, and its skin {_size(skin)}.", "Give both the same size."
        )
    return laid_over(drawing, skin)


def _scaled_down(image: np.ndarray, path: Path) -> np.ndarray:
    scale = _KEPT_SIDE_PX / max(image.shape[:2])
    if scale >= 1:
        return image
    width, height = round(image.shape[1] * scale), round(image.shape[0] * scale)
    if min(width, height) < MIN_SIDE_PX:
        raise AssetError(f"The drawing {path} is {_size(image)}, which is too narrow.", "Give it the shape of a head.")
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)


def _size(image: np.ndarray) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"


def _drawing(picture: _Picture, ellipse: Ellipse) -> Drawing:
    scale = min(_KEPT_SIDE_PX / max(size_of(picture.opaque)), 1.0)
    x, y, radius_x, radius_y = (scale * number for number in ellipse)
    soft = _SOFT_PX if scale < 1 else 0.0
    sprites = [Sprite(levels, (x, y), (radius_x - soft, radius_y - soft)) for levels in picture.frames]
    return Drawing(tuple(sprites), tuple(picture.ends_s))
