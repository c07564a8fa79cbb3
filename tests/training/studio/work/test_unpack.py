"""Data sets that come as a .zip."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("nicegui", reason="training/requirements.txt is not installed")
pytest.importorskip("psutil", reason="training/requirements.txt is not installed")

from realtime.errors import InputError
from tests.training.studio.files import files_under, make_zip
from training.studio.web import uploads
from training.studio.work import unpack
from training.studio.work.places import Places


def _unpack(path: Path, places: Places) -> Path:
    return unpack.unpacked(path, places.uploads, lambda entries, doing: entries)


def test_a_zip_is_unpacked_once_without_what_is_not_needed(places, tmp_path):
    content = {"FER/train/happy/a.png": b"1", "FER/x.exe": b"2", "__MACOSX/FER/a.png": b"3", "FER/.b.png": b"4"}
    path = make_zip(tmp_path / "set.zip", content | {"FER/labels.csv": b"5"})
    folder = _unpack(path, places)
    assert folder.name == "FER"
    assert files_under(folder) == {"train/happy/a.png", "labels.csv"}
    assert _unpack(path, places) == folder
    assert len(uploads.kept_sets(places)) == 1


@pytest.mark.parametrize(
    "name", ["../a.png", "x/../../a.png", "/tmp/a.png", "\\a.png", "C:\\a.png", "c:a.png", "~/a.png", "a\n.png"]
)
def test_names_that_lead_out_are_refused(places, tmp_path, name):
    path = make_zip(tmp_path / "set.zip", {"good/happy.png": b"1", name: b"2"})
    with pytest.raises(InputError, match="which has a name"):
        _unpack(path, places)
    assert not files_under(places.runs)


@pytest.mark.parametrize(("kind", "word"), [(stat.S_IFLNK, "link"), (stat.S_IFIFO, "device"), (stat.S_IFCHR, "device")])
def test_links_and_devices_are_refused(places, tmp_path, kind, word):
    info = zipfile.ZipInfo("train/happy/a.png")
    info.create_system, info.external_attr = 3, (kind | 0o777) << 16
    with pytest.raises(InputError, match=f"which has a {word} in place of a file"):
        _unpack(make_zip(tmp_path / "set.zip", infos=[info]), places)
    assert not files_under(places.runs)


def test_locked_and_oddly_compressed_entries_are_refused(places, tmp_path):
    odd = zipfile.ZipInfo("train/happy/a.png")
    odd.compress_type = zipfile.ZIP_BZIP2
    with pytest.raises(InputError, match="which has an unusual compression"):
        _unpack(make_zip(tmp_path / "odd.zip", infos=[odd]), places)
    data = bytearray(make_zip(tmp_path / "locked.zip", {"train/happy/a.png": b"1"}).read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(data)
    with pytest.raises(InputError, match="which has a password"):
        _unpack(tmp_path / "locked.zip", places)
    assert not files_under(places.runs)


def test_bombs_are_refused(places, tmp_path, monkeypatch):
    bomb = make_zip(tmp_path / "bomb.zip", {"train/happy/a.png": bytes(30_000_000)})
    with pytest.raises(InputError, match="trap"):
        _unpack(bomb, places)
    monkeypatch.setattr(unpack, "MAX_FILES", 5000)
    many = make_zip(tmp_path / "many.zip", {f"train/happy/{n}.png": b"" for n in range(5001)})
    with pytest.raises(InputError, match="5001 files"):
        _unpack(many, places)
    assert not files_under(places.runs)


def test_a_zip_that_lies_about_its_sizes_is_refused(places, tmp_path):
    path = make_zip(tmp_path / "lie.zip", {"train/happy/a.png": bytes(3_000_000)})
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.index(mark) + offset
        data[at : at + 4] = struct.pack("<I", 10)
    path.write_bytes(data)
    with pytest.raises(InputError):
        _unpack(path, places)
    assert not files_under(places.runs)


def test_only_so_many_zips_are_unpacked(places, tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "MAX_SETS", 1)
    _unpack(make_zip(tmp_path / "one.zip", {"train/happy/a.png": b"1"}), places)
    with pytest.raises(InputError, match="Remove one"):
        _unpack(make_zip(tmp_path / "two.zip", {"train/happy/a.png": b"1"}), places)


def test_broken_and_empty_zips_are_refused(places, tmp_path):
    (tmp_path / "none.zip").write_bytes(b"PK\x03\x04 nothing")
    for path in (tmp_path / "none.zip", make_zip(tmp_path / "other.zip", {"readme.md": b"x"})):
        with pytest.raises(InputError):
            _unpack(path, places)
    whole = make_zip(tmp_path / "cut.zip", {f"train/happy/{n}.png": os.urandom(3000) for n in range(9)}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    twice = make_zip(tmp_path / "twice.zip", {"train/a.png/b.png": b"1", "train/a.png": b"2"})
    for path in (tmp_path / "cut.zip", twice):
        with pytest.raises(InputError):
            _unpack(path, places)
    assert not files_under(places.runs)
