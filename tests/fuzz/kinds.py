"""The kinds of hostile cases: each makes one from a generator, and hands it to the part of the program it is for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np

from realtime.cli.config_file import read_config
from realtime.cli.options import Options
from realtime.cli.parse import parse, with_traced
from realtime.controls import Controls
from realtime.drawing.covers import load_cover
from realtime.engine.analysis import About, AnalysedFrame, Analysis, Edits, Found, Track, Zone
from realtime.engine.analysis_file import read_analysis, write_analysis
from realtime.engine.analyst import rounded
from realtime.engine.file_report import report_of
from realtime.engine.painter import Painter
from realtime.engine.plan import Plan
from realtime.engine.reader import FaceReader
from realtime.engine.rendering import PlannedPainter, PlannedReader
from realtime.engine.trace import Replay
from realtime.faces.classifier import SHIPPED_MODEL, Classifier
from realtime.packs.pack import load_pack
from realtime.people.neutral import NeutralProfile
from realtime.people.own import own_word
from realtime.records import BLENDSHAPES, EMOTIONS, Frame, Landmarks
from realtime.sources.open import is_repeatable, open_source
from tests.fakes import face, prediction
from tests.fuzz.command_lines import command_line, zone
from tests.fuzz.journals import journal
from tests.fuzz.media import MOST_FRAMES, animation, library_frames, shipped_pack, still_picture, video
from tests.fuzz.mutations import changed_bytes, changed_json, changed_toml
from tests.fuzz.recordings import recording
from tests.packs.drawings import COVER, SKINS, disc, encoded, folder, moving, zipped

# Makes a case in a folder, of its own, and has the program answer it.
Case = Callable[[Random, Path], None]


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
    painter = Painter(shipped_pack(), load_cover(options.cover), options.placement)
    for frame in islice(iter(replay.read, None), MOST_FRAMES):
        if replay.detected:
            readings = reader.read(frame)
            painter.paint(frame, readings, reader.suspects, options.gender)


def analysis(random: Random, place: Path) -> None:
    """Read a changed analysis, and paint what it plans."""
    path = place / "a.jsonl"
    write_analysis(path, small_analysis())
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    at = random.randrange(len(rows))
    lines = [json.dumps(row) for row in rows]
    lines[at] = changed_json(random, rows[at])
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    path.write_bytes(changed_bytes(random, data) if random.random() < 0.2 else data)
    plan = Plan(read_analysis(path))
    reader = PlannedReader(plan)
    painter = PlannedPainter(Painter(shipped_pack()), plan, reader)
    for one in plan.analysis.frames[:MOST_FRAMES]:
        width, height = one.size_wh
        if width * height <= 1_000_000:
            seen = Frame(np.full((height, width, 3), 90, np.uint8), one.index, one.time_s, "f")
            painter.paint(seen, reader.read(seen), reader.suspects)
    report_of(plan)


def small_analysis() -> Analysis:
    """Return an analysis of six frames with two people and something doubtful."""
    frames = tuple(AnalysedFrame(at, at / 30, at == 4, (320, 240)) for at in range(6))
    one = tuple(Found(at, rounded(face(100 + at)), prediction=prediction()) for at in (0, 2, 3))
    other = tuple(Found(at, rounded(face(220, size=50)), prediction=prediction("sad")) for at in (4, 5))
    doubtful = (Found(1, rounded(face(40, size=30)), likely=True),)
    edits = Edits(keep=(2,), exclude=(3,), zones=(Zone(10, 10, 50, 50, (0, 1)),), zones_off=(Zone(0, 0, 5, 5),))
    tracks = [Track(1, True, one), Track(2, True, other), Track(3, False, doubtful)]
    return Analysis(About("v.mp4", "0" * 64, 30.0, "1"), frames, tracks, edits)


# ---- what is kept for the user, and what the user writes


def profile(random: Random, place: Path) -> None:
    """Read a changed profile, and measure and read by it."""
    vectors = {name: [[0.6, 0.8], [1.0, 0.0]] for name in (*EMOTIONS[:3], "wink")}
    shapes = {name: [[random.random()] * len(BLENDSHAPES)] for name in (EMOTIONS[0], "wink")}
    answers = {name: [[1 / 7] * 7] for name in EMOTIONS[:2]}
    stored = {
        "resting": dict.fromkeys(EMOTIONS, 1 / 7),
        "version": 3,
        "taught": {"model": "m", "vectors": vectors, "answers": answers, "shapes": shapes},
    }
    data = changed_json(random, stored).encode("utf-8", "surrogatepass")
    (place / "me.json").write_bytes(changed_bytes(random, data) if random.random() < 0.2 else data)
    found = NeutralProfile(place / "me.json", model="m")
    assert np.isfinite(found.measure(prediction()).emotions).all()
    if found.taught is not None:
        shown = replace(prediction(), features=np.array([0.6, 0.8], np.float32))
        assert np.isfinite(found.taught.read(shown).emotions).all()
        own_word(found.taught, shown.features, np.zeros(len(BLENDSHAPES), np.float32))


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


KINDS: dict[str, Case] = {
    "traces": trace,
    "analyses": analysis,
    "journals": journal,
    "zones": zone,
    "command lines": command_line,
    "profiles": profile,
    "configurations": configuration,
    "models": model,
    "packs, folders": pack_folder,
    "packs, .zip": pack_zip,
    "pictures": still_picture,
    "animations": animation,
    "videos": video,
    "recordings": recording,
    "frames": library_frames,
}


def make_room(place: Path) -> Path:
    """Return an empty folder in a place, for the next case."""
    room = place / "case"
    if room.exists():
        shutil.rmtree(room)
    room.mkdir()
    return room
