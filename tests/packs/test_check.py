"""What artists are told of a pack."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from realtime.errors import AssetError
from realtime.packs.check import check_pack, contact_sheet, describe_packs
from realtime.packs.pack import load_pack
from tests.packs.drawings import (
    COVER,
    RED,
    disc,
    encoded,
    folder,
    moving,
    zipped,
)

ROOT = Path(__file__).parents[2]


def test_packs_are_described(skinned, tmp_path):
    lines = list(describe_packs(str(skinned)))
    assert " ".join(lines[0].split()) == "mine mine, by nobody, no licence, 1 drawing, skins as drawn, dark"
    assert [line.split()[0] for line in lines[1:]] == ["classic", "avatar"]
    assert "Classic, by The emoji camera authors, MIT, 48 drawings" in lines[1]
    (skinned / "neutral.png").unlink()
    assert "can't be used" in next(describe_packs(str(skinned)))


def test_a_pack_is_checked(tmp_path, monkeypatch, made):
    monkeypatch.chdir(tmp_path)
    files = {"neutral.png": disc(), "happy_female.gif": moving("GIF", duration=50), "sad.png": disc(size=(80, 80))}
    lines = list(check_pack(str(made({**files, "hapy.png": disc()}, 'author = "Ann"'))))
    text = "\n".join(lines)
    assert lines[0] == "mine, by Ann, no licence, 3 drawings"
    assert "angry          missing (neutral.png)" in text
    assert "happy          female happy_female.gif, male (happy_female.gif), neutral (happy_female.gif)" in text
    assert "sad_calm       missing (sad.png)" in text
    assert "Not used: hapy.png" in text
    assert "No licence is named" in text
    assert "No author" not in text
    assert "Size: 80x80, opaque around 40, 40" in text
    assert "Moves: happy female, 3 frames, 0.15 s" in text
    assert lines[-1] == "The pack can be used."
    assert cv2.imread("mine-check.png").shape == contact_sheet(load_pack(tmp_path / "mine")).shape
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "mine-check.png"]


def test_the_contact_sheet_marks_what_stands_in(made):
    sheet = contact_sheet(load_pack(made({"neutral.png": disc(RED)})))
    marked = (sheet == (190, 190, 215)).all(2)
    first, own = marked[40:160, 104:232], marked[32 + 6 * 144 + 8 :, 96 + 2 * 144 + 8 :][:128, :128]
    assert first.mean() > 0.2
    assert not own.any()


def test_each_skin_is_checked(skinned, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (skinned / "b.png").write_bytes(encoded(disc(alpha=100)))
    lines = []
    with pytest.raises(AssetError, match="can't be used"):
        lines.extend(line for line in check_pack(str(skinned)) if not lines.append(line))
    assert any(line.startswith("Problem with skin dark: The pack") for line in lines)
    assert not any(line.startswith("Problem with skin as drawn") for line in lines)


def test_the_command_line_checks_and_lists(tmp_path):
    folder(tmp_path / "good", {"neutral.png": disc()})
    folder(tmp_path / "bad", {"neutral.png": disc(hole=(20, 20, 40, 40))}, COVER)
    zipped(tmp_path / "none.zip", {"x.txt": b""})

    def app(*args):
        command = [sys.executable, ROOT / "app.py", *args]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    good, bad, none = (app("--check-pack", name) for name in ("good", "bad", "none.zip"))
    listed = app("--list-packs", "--pack", "good")
    assert (good.returncode, good.stderr) == (0, "")
    assert (tmp_path / "good-check.png").is_file()
    assert bad.returncode == 5
    assert "neutral.png (400 pixels" in bad.stdout
    assert bad.stderr.startswith("app.py: The pack bad can't be used")
    assert none.returncode == 5
    assert "no neutral drawing" in none.stderr
    assert (listed.returncode, listed.stderr) == (0, "")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["good", "classic", "avatar"]
