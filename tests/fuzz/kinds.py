"""The kinds of hostile cases: each makes one from a generator, and hands it to the part of the program it is for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random

import cv2
import numpy as np

from realtime.cli.config_file import read_config
from realtime.cli.options import Options
from realtime.cli.parse import parse, with_traced
from realtime.controls import Controls
from realtime.drawing.covers import load_cover
from realtime.engine.painter import Painter
from realtime.engine.reader import FaceReader
from realtime.engine.trace import Replay
from realtime.faces.classifier import SHIPPED_MODEL, Classifier
from realtime.packs.pack import PACKS, load_pack
from realtime.people.neutral import NeutralProfile
from realtime.records import EMOTIONS, Frame, Landmarks
from realtime.sources.open import is_repeatable, open_source
from tests.fakes import Packs, ScriptedClassifier, ScriptedDetector, face, picture, prediction
from tests.fuzz.mutations import changed_bytes, changed_json, changed_toml
from tests.packs.drawings import COVER, SKINS, disc, encoded, folder, moving, zipped

# Makes a case in a folder, of its own, and has the program answer it.
Case = Callable[[Random, Path], None]

# More frames of a clip tell nothing new.
_MOST_FRAMES = 20


# ---- traces


def trace_rows(version: int) -> list[dict]:
    """Return a trace of three frames with two faces, as a version of the program wrote it."""
    options = Options().traced() | {"source": "demo", "source_fps": 30.0, "stills": False, "verified": version > 2}
    rows: list[dict] = [{"trace": version, "options": options | {"resting": [1 / 7] * 7}}]
    for index in range(3):
        faces = [face(x=100 + index), face(x=220, size=50)]
        places = [[*f.region.center, f.region.size_px, f.region.roll_rad] for f in faces]
        said = [[p.emotions.tolist(), p.genders.tolist()] for p in (prediction(), prediction("sad"))]
        row = {"index": index, "time_s": index / 30, "source": "demo", "size": [320, 240], "predictions": said}
        row["faces"] = [
            [list(f.box), f.score, f.keypoints.points.tolist(), place, True]
            for f, place in zip(faces, places, strict=True)
        ]
        if version > 2:
            answers = [asdict(Landmarks((100.0, 120.0), (30.0, 40.0)))] * 2 if index == 0 else []
            row |= {"commands": ["next drawing"], "cut": False, "answers": answers}
        else:
            row |= {"keys": ["m", "g", "?"]} if version == 1 else {"commands": ["mirror"]}
        rows.append(row)
    return rows


def trace(random: Random, place: Path) -> None:
    """Replay a changed trace, and paint what it tells."""
    rows = trace_rows(random.choice((1, 2, 3, 3)))
    path, at = place / "t.jsonl", random.randrange(len(rows))
    lines = [json.dumps(row) for row in rows]
    lines[at] = changed_json(random, rows[at])
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    path.write_bytes(changed_bytes(random, data) if random.random() < 0.2 else data)
    replay = Replay(path, lambda address: open_source(address) if is_repeatable(address) else None, Controls())
    try:
        _repeat(replay)
    finally:
        replay.close()


def _repeat(replay: Replay) -> None:
    options = with_traced(Options(), replay.options)
    reader = FaceReader(replay, replay, verifier=replay if replay.verified else None, cuts=replay, stills=replay.stills)
    painter = Painter(_packs(), load_cover(options.cover), options.placement)
    for frame in islice(iter(replay.read, None), _MOST_FRAMES):
        if replay.detected:
            readings = reader.read(frame)
            painter.paint(frame, readings, reader.suspects, options.gender)


@cache
def _packs() -> Packs:
    return Packs([load_pack(PACKS / "classic")])


# ---- what is kept for the user, and what the user writes


def profile(random: Random, place: Path) -> None:
    """Read a changed resting face, and measure against it."""
    stored = {"resting": dict.fromkeys(EMOTIONS, 1 / 7)}
    data = changed_json(random, stored).encode("utf-8", "surrogatepass")
    (place / "me.json").write_bytes(changed_bytes(random, data) if random.random() < 0.2 else data)
    assert np.isfinite(NeutralProfile(place / "me.json").measure(prediction()).emotions).all()


_CONFIG = """source = "demo"
output = ["none"]
size = "640x480"
fps = 25
gender = "auto"
cover = "blur"
placement = "face"
practise = "happy,sad"
smooth = 0.5
cpu-limit = "off"
timeline = ["a.csv"]
mirror = false
model = "m.onnx"
[smoothing]
rest = 0.25
beta = 5
"""


def configuration(random: Random, place: Path) -> None:
    """Read a changed configuration, and make options of it."""
    (place / "c.toml").write_bytes(changed_toml(random, _CONFIG))
    read_config(place / "c.toml")
    parse(["--config", str(place / "c.toml")])


# ---- models and packs


@cache
def _model() -> bytes:
    return SHIPPED_MODEL.read_bytes()


def model(random: Random, place: Path) -> None:
    """Open a changed model, and ask it."""
    ends = random.random() < 0.5  # where its signature and what it says of itself are
    data = _model()
    data = data[:-20_000] + changed_bytes(random, data[-20_000:], 20_000) if ends else changed_bytes(random, data)
    (place / "m.onnx").write_bytes(data)
    Classifier(place / "m.onnx").predict([np.zeros((48, 48), np.uint8)])


@cache
def _drawings() -> dict[str, bytes]:
    still = {f"{emotion}.png": encoded(disc()) for emotion in EMOTIONS if emotion not in ("happy", "sad")}
    return still | {
        "happy.gif": moving("GIF", duration=50),
        "sad.webp": moving("WEBP", duration=50),
        "a.png": encoded(disc()),
        "b.png": encoded(disc((90, 60, 30))),
    }


def _pack_files(random: Random) -> dict[str, bytes]:
    """Return a pack of which a file or two are changed, removed or called otherwise."""
    files = dict(_drawings())
    files["pack.toml"] = changed_toml(random, f'name = "x"\n{COVER}\n{SKINS}\n[files]\nhappy = "happy.gif"\n')
    for _ in range(random.randint(0, 2)):
        name = random.choice(sorted(files))
        match random.randrange(4):
            case 0:
                del files[name]
            case 1:
                files[random.choice(("é.png", "x" * 200 + ".png", ".png", "a.PNG", "happy.svg"))] = files.pop(name)
            case _:
                files[name] = changed_bytes(random, files[name])
    return files


def pack_folder(random: Random, place: Path) -> None:
    """Load a pack from a folder with changed files."""
    load_pack(folder(place / "pack", _pack_files(random)))


def pack_zip(random: Random, place: Path) -> None:
    """Load a pack from a changed .zip with changed files."""
    path = zipped(place / "pack.zip", _pack_files(random) if random.random() < 0.5 else _drawings())
    data = path.read_bytes()
    path.write_bytes(changed_bytes(random, data, len(data)))
    load_pack(path)


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
        for frame in islice(iter(source.read, None), _MOST_FRAMES):
            assert frame.image.dtype == np.uint8
            assert frame.image.ndim == 3
    finally:
        source.close()


# ---- frames from programs that use the library


def library_frames(random: Random, place: Path) -> None:
    """Give a reader and a painter pictures of any shape, type and time, good ones among them."""
    reader = FaceReader(ScriptedDetector(lambda index: [face()]), ScriptedClassifier())
    painter = Painter(_packs())
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


KINDS: dict[str, Case] = {
    "traces": trace,
    "profiles": profile,
    "configurations": configuration,
    "models": model,
    "packs, folders": pack_folder,
    "packs, .zip": pack_zip,
    "pictures": still_picture,
    "animations": animation,
    "videos": video,
    "frames": library_frames,
}


def make_room(place: Path) -> Path:
    """Return an empty folder in a place, for the next case."""
    room = place / "case"
    if room.exists():
        shutil.rmtree(room)
    room.mkdir()
    return room
