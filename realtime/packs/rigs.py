"""What lets the drawings of a pack move: rigs, or a second picture with the mouth open or the eyes closed.

Atlases are kept as they came, and opened when they are first shown: few of them are in use at any time.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from realtime.errors import AssetError
from realtime.packs.archive import Archive
from realtime.packs.decode import decode
from realtime.packs.levels import levels_of
from realtime.packs.manifest import Key, Manifest, Windows, nearest, rig_file
from realtime.packs.rig import Rig, rig_of
from realtime.packs.sprite import Sprite, laid_over

log = logging.getLogger(__name__)

# So many are kept open: those of two people, with what they showed before. Each takes some 6 MB.
_KEPT = 4


@dataclass(frozen=True, eq=False)
class Moments:
    """A simple life: the same drawing with its mouth open, and with its eyes closed; None where there is none."""

    mouth_open: Sprite | None
    blink: Sprite | None


Life = Rig | Moments


@dataclass(eq=False)
class Rigs:
    """What lets drawings move, by their keys.

    data: the files, by drawing. windows, open_mouths: as the manifest has them. under: the skin.
    """

    path: Path = Path()
    data: dict[Key, dict[str, bytes]] = field(default_factory=dict)
    windows: Windows | None = None
    open_mouths: frozenset[str] = frozenset()
    under: np.ndarray | None = None
    _open: OrderedDict[Key, Life | None] = field(default_factory=OrderedDict)

    def get(self, key: Key, like: Sprite) -> Life | None:
        """Return what lets a drawing move, None for one that does not; one that can't be used is told of once.

        like: the drawing.
        """
        if key in self._open:
            self._open.move_to_end(key)
            return self._open[key]
        life = None
        if key in self.data:
            try:
                life = self._opened(key, like)
            except (AssetError, ValueError) as error:
                log.warning("The drawing %s of %s does not move: %s", " ".join(key), self.path, error)
        self._open[key] = life
        while sum(one is not None for one in self._open.values()) > _KEPT:
            del self._open[next(key for key, one in self._open.items() if one is not None)]
        return life

    def _opened(self, key: Key, like: Sprite) -> Life:
        found = self.data[key]
        if self.windows is not None and "rig" in found:
            # An open mouth is drawn halfway between closed and wide open.
            rest = 0.5 if key[0] in self.open_mouths else 0.0
            return rig_of(self._picture(found["rig"], "rig"), self.windows, like, rest, self.under)
        sprites = {name: self._like(self._picture(data, name), like) for name, data in found.items()}
        return Moments(sprites.get("mouth_open"), sprites.get("blink"))

    def _picture(self, data: bytes, name: str) -> np.ndarray:
        frame, _ = next(decode(data, str(self.path / name)))
        return frame

    def _like(self, picture: np.ndarray, like: Sprite) -> Sprite:
        """Return another picture of a drawing; where it is not opaque, the drawing is seen through it."""
        width, height = like.size_wh
        if picture.shape[:2] != (height, width):
            if abs(picture.shape[1] * height - picture.shape[0] * width) > max(picture.shape[:2]):
                raise ValueError(f"a picture of {picture.shape[1]}x{picture.shape[0]} is not of its shape")
            picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        return Sprite(levels_of(laid_over(picture, like.levels[0])), like.cover_center, like.cover_radii)


def read_rigs(files: Archive, manifest: Manifest, under: np.ndarray | None) -> Rigs:
    """Read the files of what lets drawings move, without opening them. Raises AssetError."""
    data: dict[Key, dict[str, bytes]] = {}
    if manifest.windows is not None:
        for key, file in manifest.drawings.items():
            name = rig_file(file)
            if name in files.names:
                data.setdefault(key, {})["rig"] = files.read(name)
    for (moment, wanted), file in manifest.moments.items():
        key = nearest(manifest.drawings, *wanted)
        data.setdefault(key, {})[moment] = files.read(file)
    return Rigs(files.path, data, manifest.windows, manifest.open_mouths, under)
