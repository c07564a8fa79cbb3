"""No run changes a file that it reads, whatever the command line says."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import random
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

import app
from realtime.cli import inputs as opening
from realtime.cli import parse as parsing
from realtime.images import PART_PREFIX
from realtime.outputs import window
from realtime.packs import library
from realtime.shipped import SHIPPED_MODEL
from tests.fakes import ScriptedClassifier, ScriptedDetector, face

# Of the time that a tiny run takes, drawings that are read anew take nearly all.
_load_pack = functools.cache(library.load_pack)


class _Faces:
    """One face in every picture, without a model."""

    finder = ScriptedDetector(lambda n: [face(16, 16, 20)])
    verifier = movements = None


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    """The program without models, in an empty folder and with nobody's configuration."""
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path / "run")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setattr(library, "load_pack", _load_pack)
    monkeypatch.setattr(window, "display_works", lambda: False)
    monkeypatch.setattr(opening, "ViewsInTurn", lambda path, features: ScriptedClassifier())
    monkeypatch.setattr(opening, "open_faces", lambda *args, **options: contextlib.nullcontext(_Faces()))


@pytest.fixture(scope="module")
def drawings(tmp_path_factory) -> Path:
    """A folder with a file of every kind that a run reads, and links to them."""
    folder = tmp_path_factory.mktemp("inputs")
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    cv2.imwrite(str(folder / "p.png"), image)
    (folder / "pics").mkdir()
    for name in ("a.png", "frame_000000.png", "p.png"):
        cv2.imwrite(str(folder / "pics" / name), image)
    for name in ("v.mp4", "v.part.mp4"):
        writer = cv2.VideoWriter(str(folder / name), cv2.VideoWriter.fourcc(*"mp4v"), 25, (32, 32))
        for _ in range(3):
            writer.write(image)
        writer.release()
    for name in ("model.onnx", "model.csv"):
        shutil.copy(SHIPPED_MODEL, folder / name)
    shutil.copytree(Path(parsing.__file__).parents[2] / "assets" / "emojis" / "classic", folder / "pack")
    (folder / "c.toml").write_text("fps = 25\n")
    (folder / "mine.png.part").write_text("mine")
    return folder


@pytest.fixture
def inputs(drawings, tmp_path) -> Path:
    run = tmp_path / "run"
    shutil.copytree(drawings, run, dirs_exist_ok=True)
    (run / "link.png").symlink_to("p.png")
    os.link(run / "v.mp4", run / "hard.mp4")
    (run / "linked").symlink_to("pics")
    assert app.main(["--source", "v.mp4", "--output", "none", "--record-trace", "t.csv"]) == 0
    return run


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(
    "line",
    [
        "--replay t.csv --output v.mp4",
        "--replay t.csv --output hard.mp4",
        "--replay t.csv --output v.part.mp4 --source v.part.mp4",
        "--replay t.csv --timeline t.csv --output none",
        "--replay t.csv --record-trace t.csv --output none",
        "--source v.mp4 --output none --record-trace v.mp4",
        "--source v.mp4 --output none --record-trace hard.mp4",
        "--source v.mp4 --output none --record-trace model.onnx --model model.onnx",
        "--source v.mp4 --output none --timeline model.csv --model model.csv",
        "--source v.mp4 --output none --record-trace c.toml --config c.toml",
        "--source v.mp4 --output none --record-trace pack/pack.toml --pack pack",
        "--source p.png --output link.png",
        "--source link.png --output p.png",
        "--source pics --output linked/a.png",
        "--source v.mp4 --output o.png --timeline o.png",
        "--source v.mp4 --output o.mp4 --output o.mp4",
        "--source v.mp4 --output o.mp4 --output ./x/../o.mp4",
        "--source v.mp4 --output o.mp4 --output o.mp4/a.png",
        "--source v.mp4 --output auto --output auto",
        "--source v.mp4 --output folder/ --output ./folder",
        "--source v.mp4 --output none --record-trace pics",
        "--source v.mp4 --output none --record-trace /dev/null",
        "--source v.mp4 --output ~nobody-of-that-name/o.mp4",
        "--source v.mp4 --output none --timeline \0.csv",
    ],
)
def test_a_command_line_that_would_lose_a_file_is_refused(inputs, line, capsys):
    before = _hashes(inputs)
    assert app.main(line.split()) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert _hashes(inputs) == before


def test_a_model_without_a_name_is_refused_in_words(inputs, capsys):
    assert app.main(["--source", "p.png", "--output", "none", "--model", ""]) == 5
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_list_of_videos_protects_the_videos_it_names(inputs, capsys):
    (inputs / "list.m3u8").write_text("#EXTM3U\n#EXTINF:1,\nv.mp4\n")
    before = _hashes(inputs)
    assert app.main(["--source", "list.m3u8", "--output", "v.mp4"]) == 2
    assert "--output v.mp4 is read in this run" in capsys.readouterr().err
    assert _hashes(inputs) == before


def test_a_folder_of_pictures_leaves_other_outputs_and_what_is_read_alone(inputs):
    line = "--source p.png --output out/p.png --output out --output out/last.png"
    assert app.main(line.split()) == 0
    assert sorted(path.name for path in (inputs / "out").iterdir()) == ["last.png", "p.png", "p_emoji.png"]
    before = _hashes(inputs)
    assert app.main(["--source", "v.mp4", "--output", "pics", "--replay", "t.csv"]) == 0
    assert _hashes(inputs).items() >= {k: v for k, v in before.items() if "frame_" not in k}.items()


_WRITES = [
    "p.png",
    "link.png",
    "hard.mp4",
    "v.mp4",
    "v.part.mp4",
    "t.csv",
    "model.onnx",
    "model.csv",
    "c.toml",
    "pics",
    "pics/",
    "linked",
    "pics/a.png",
    "linked/p.png",
    ".",
    "out",
    "out/",
    "out/p.png",
    "out/frame_000000.png",
    "new.png",
    "new.mp4",
    "new.csv",
    "mine.png",
    "pack",
    "pack/pack.toml",
]
_SOURCES = ["p.png", "link.png", "v.mp4", "v.part.mp4", "hard.mp4", "pics", "linked", "pics/a.png"]


def _command_line(chance: random.Random) -> list[str]:
    line = ["--source", chance.choice(_SOURCES)]
    for option, value in (("--replay", "t.csv"), ("--pack", "pack"), ("--config", "c.toml")):
        line += [option, value] * (chance.random() < 0.4)
    line += ["--model", chance.choice(["model.onnx", "model.csv"])] * (chance.random() < 0.4)
    for _ in range(chance.randint(1, 3)):
        line += ["--output", chance.choice(_WRITES)]
    line += ["--timeline", chance.choice(_WRITES)] * (chance.random() < 0.3)
    return line + ["--record-trace", chance.choice(_WRITES)] * (chance.random() < 0.4)


def _read_by(line: list[str]) -> set[str]:
    """Return the files that a command line names for reading, those of a folder among them."""
    source = line[line.index("--source") + 1]
    named = {source} | {line[at + 1] for at, word in enumerate(line) if word in ("--replay", "--model", "--config")}
    named |= {"v.mp4"} if "--replay" in line else set()
    folders = [Path("pics")] * (source in ("pics", "linked")) + [Path("pack")] * ("--pack" in line)
    return named | {str(path) for folder in folders for path in folder.rglob("*")}


def test_no_combination_of_options_changes_an_input(inputs, tmp_path, capsys):
    chance, ran = random.Random(7), 0
    kept = tmp_path / "kept"
    shutil.copytree(inputs, kept, symlinks=True)
    for _ in range(300):
        line = _command_line(chance)
        read = {name: Path(name).read_bytes() for name in _read_by(line) if Path(name).is_file()}
        code = app.main(line)
        ran += code == 0
        assert code in (0, 1, 2, 6), line
        for name, before in read.items():
            assert Path(name).read_bytes() == before, (line, name)
        assert Path("mine.png.part").read_text() == "mine", line
        assert not list(inputs.rglob(f"{PART_PREFIX}*")), line
        _restore(kept, inputs)
    assert ran > 50
    assert "Traceback" not in capsys.readouterr().err


def _restore(kept: Path, inputs: Path) -> None:
    """Put back what outputs replaced, as they may, without what they added."""
    there = {path.relative_to(kept) for path in kept.rglob("*")}
    for path in sorted(inputs.rglob("*"), reverse=True):
        if path.relative_to(inputs) not in there:
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    for name in _WRITES + _SOURCES:
        new, old = inputs / name, kept / name
        if old.is_file() and not old.is_symlink() and new.is_file() and new.read_bytes() != old.read_bytes():
            shutil.copy(old, new)


def test_a_name_that_is_no_text_is_refused_where_the_video_decoder_would_break(inputs, capsys):
    name = "v\udcff.mp4"
    shutil.copy("v.mp4", name)
    assert app.main(["--source", name, "--output", "none"]) == 2
    assert app.main(["--source", "v.mp4", "--output", f"new{name}"]) == 2
    assert app.main(["--source", "v.mp4", "--output", "none", "--model", "m\udcff.onnx"]) == 2
    rows = [json.loads(row) for row in Path("t.csv").read_text().splitlines()]
    rows[0]["options"]["source"] = name
    Path("bad.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert app.main(["--replay", "bad.jsonl", "--output", "none"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 4
    assert all("is no valid text" in line for line in told)


def test_what_a_killed_run_left_is_told_once_and_blocks_nothing(inputs, capsys):
    left = inputs / f"{PART_PREFIX}{2**31 - 5}-abc.mp4"
    left.write_bytes(b"half")
    mine = inputs / f"{PART_PREFIX}{os.getpid()}-abc.mp4"
    mine.write_bytes(b"being written")
    assert app.main(["--source", "p.png", "--output", "new.png", "--record-trace", "n.jsonl"]) == 0
    (told,) = [line for line in capsys.readouterr().err.splitlines() if PART_PREFIX in line]
    assert left.name in told
    assert mine.name not in told
    assert left.exists()
