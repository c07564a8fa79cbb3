"""Hostile pictures, animations, videos, and frames from programs that use the library."""

from __future__ import annotations

from functools import cache
from itertools import islice
from pathlib import Path
from random import Random

import cv2
import numpy as np

from realtime.engine.painter import Painter
from realtime.engine.reader import FaceReader
from realtime.packs.pack import PACKS, load_pack
from realtime.records import Frame
from realtime.sources.open import open_source
from tests.fakes import Packs, ScriptedClassifier, ScriptedDetector, face, picture
from tests.fuzz.mutations import changed_bytes
from tests.packs.drawings import moving

# More frames of a clip tell nothing new.
MOST_FRAMES = 20


@cache
def shipped_pack() -> Packs:
    """Return a library of one pack, loaded once."""
    return Packs([load_pack(PACKS / "classic")])


# ---- pictures, animations and videos


@cache
def _pictures() -> dict[str, bytes]:
    noise = np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8)
    endings = (".jpg", ".png", ".bmp", ".webp", ".tif", ".ppm", ".pgm", ".gif")
    return {
        ending: cv2.imencode(ending, noise[:, :, 0] if ending == ".pgm" else noise)[1].tobytes() for ending in endings
    }


def still_picture(random: Random, place: Path) -> None:
    """Read a changed picture, under the ending of another now and then."""
    ending = random.choice(sorted(_pictures()))
    other = ending if random.random() < 0.8 else random.choice(sorted(_pictures()))
    _play(place / f"a{other}", changed_bytes(random, _pictures()[ending], 100))


@cache
def _animations() -> dict[str, bytes]:
    return {f".{kind.lower()}": moving(kind, duration=50) for kind in ("GIF", "WEBP", "PNG")}


def animation(random: Random, place: Path) -> None:
    """Play a changed animation."""
    ending = random.choice(sorted(_animations()))
    _play(place / f"a{ending}", changed_bytes(random, _animations()[ending], 200))


@cache
def _videos(place: Path) -> dict[str, bytes]:
    made = {}
    for ending, codec in ((".mp4", "mp4v"), (".avi", "MJPG"), (".mkv", "mp4v")):
        path = place / f"made{ending}"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), 25, (160, 120))
        for level in range(12):
            writer.write(picture(160, 120, 20 * level))
        writer.release()
        made[ending] = path.read_bytes()
    return made


def video(random: Random, place: Path) -> None:
    """Play a changed video."""
    videos = _videos(place.parent)
    ending = random.choice(sorted(videos))
    _play(place / f"a{ending}", changed_bytes(random, videos[ending], 1000))


def _play(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    source = open_source(str(path))
    try:
        for frame in islice(iter(source.read, None), MOST_FRAMES):
            assert frame.image.dtype == np.uint8
            assert frame.image.ndim == 3
    finally:
        source.close()


# ---- frames from programs that use the library


def library_frames(random: Random, place: Path) -> None:
    """Give a reader and a painter pictures of any shape, type and time, good ones among them."""
    reader = FaceReader(ScriptedDetector(lambda index: [face()]), ScriptedClassifier())
    painter = Painter(shipped_pack())
    refused: ValueError | None = None
    time_s = 0.0
    for index in range(4):
        time_s += random.choice((1 / 30, 1 / 30, 1 / 30, 0.0, -1.0, 60.0, 1e9))
        given_s = random.choice((*[time_s] * 9, float("nan"), float("inf"), -float("inf")))
        frame = Frame(_any_picture(random), index, given_s, "test")
        try:
            readings = reader.read(frame)
        except ValueError as error:
            refused = refused or error
            continue
        covered = painter.paint(frame, readings, reader.suspects)
        assert covered.shape == np.shape(frame.image)
    if refused is not None:
        raise refused


def _any_picture(random: Random) -> object:
    sides = [random.choice((0, 1, 2, 3, 31, 48, 240, 320)) for _ in range(2)]
    match random.randrange(20):
        case 0:
            return random.choice((None, 7, "picture", b"\0" * 100, [[[0, 0, 0]]], memoryview(b"abc")))
        case 1:
            return np.zeros([random.choice((0, 1, 3, 5)) for _ in range(random.randint(0, 5))], np.uint8)
        case 2:
            return np.zeros((*sides, random.choice((0, 1, 2, 4, 5))), np.uint8)
        case 3:
            kinds = ("u2", "i1", "i8", "f2", "f4", "f8", "?", "c16", "O", "U3", "M8[s]", "u1,u1")
            return np.zeros((*sides, 3), random.choice(kinds))
        case 4:
            return np.full((*sides, 3), random.choice((np.nan, np.inf, -1e300)))
        case 5:
            return np.zeros((random.choice((1, 2)), random.choice((32_766, 32_767, 40_000)), 3), np.uint8)
        case 6:
            whole = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
            return random.choice((whole[::-1], whole[:, ::-2], whole[..., ::-1], np.asfortranarray(whole)))
        case _:
            return np.full((max(sides[0], 1), max(sides[1], 1), 3), random.randrange(256), np.uint8)
