"""Folders and zips that nobody vouches for."""

from __future__ import annotations

import os
import stat
import struct
import zipfile

import numpy as np
import pytest

from realtime.errors import AssetError
from realtime.packs import archive
from realtime.packs.archive import open_archive
from realtime.packs.pack import load_pack
from tests.packs.drawings import (
    COVER,
    GREEN,
    RED,
    colour,
    disc,
    encoded,
    refused,
    zipped,
)


@pytest.mark.parametrize("inside", ["", "pack/", "übung/"])
def test_a_zip_is_read_like_a_folder(tmp_path, monkeypatch, inside):
    monkeypatch.chdir(tmp_path)
    files = {
        f"{inside}neutral.png": disc(RED),
        f"{inside}Glücklich.png": disc(GREEN),
        f"{inside}pack.toml": '[drawings.happy]\nneutral = "Glu\u0308cklich.png"'.encode(),
        f"{inside}svg/happy.svg": b"<svg/>",
        "__MACOSX/._neutral.png": b"junk",
        ".DS_Store": b"junk",
    }
    path = zipped(tmp_path / "mine.zip", files)
    pack = load_pack(path)
    assert pack.name == "mine"
    assert [colour(pack.sprite(e, "male")) for e in ("sad", "happy")] == [RED, GREEN]
    assert list(tmp_path.iterdir()) == [path]


def entry(name, mode=None, **changes):
    made = zipfile.ZipInfo(name)
    if mode is not None:
        made.external_attr = mode << 16
    for key, value in changes.items():
        setattr(made, key, value)
    return made


def hostile_zip(entries):
    def make(path):
        with zipfile.ZipFile(path, "w") as opened, pytest.MonkeyPatch.context() as patch:
            patch.setattr("warnings.warn", lambda *args, **kwargs: None)  # of names that are there twice
            opened.writestr("neutral.png", encoded(disc()))
            for one in entries:
                opened.writestr(one, b"/etc/passwd", one.compress_type)

    return make


def changed_zip(change):
    def make(path):
        zipped(path, {"neutral.png": disc(), "pack.toml": b"name = 'x'"})
        path.write_bytes(change(path.read_bytes()))

    return make


def bomb(path, size=30_000_000, lie=False):
    zipped(path, {"neutral.png": bytes(size)}, compression=zipfile.ZIP_DEFLATED)
    if lie:  # the size that is told, in the file's header and in the table
        path.write_bytes(path.read_bytes().replace(struct.pack("<I", size), struct.pack("<I", 1000)))


def many(path, tell=True):
    zipped(path, {f"{n}.png": b"" for n in range(600)})
    if not tell:  # the number of entries, which is twice in the end
        path.write_bytes(path.read_bytes().replace(struct.pack("<HH", 600, 600), struct.pack("<HH", 1, 1)))


ZIPS = {
    "traversal": (hostile_zip([entry("../evil.png")]), "leads out of the pack"),
    "deep traversal": (hostile_zip([entry("a/../../evil.png")]), "leads out of the pack"),
    "absolute": (hostile_zip([entry("/etc/evil.png")]), "leads out of the pack"),
    "backslash": (hostile_zip([entry("..\\evil.png")]), "leads out of the pack"),
    "drive": (hostile_zip([entry("C:evil.png")]), "leads out of the pack"),
    "link": (hostile_zip([entry("happy.png", stat.S_IFLNK | 0o777)]), "a link in place of a file"),
    "twice": (hostile_zip([entry("neutral.png")]), "two files called 'neutral.png'"),
    "twice composed": (hostile_zip([entry("\u00e9.png"), entry("e\u0301.png")]), "two files called"),
    "escape": (hostile_zip([entry("a\x1b[2Jb.png")]), r"a name that can't be shown"),
    "nul": (changed_zip(lambda data: data.replace(b"pack.toml", b"pack\0toml")), "a name that can't be shown"),
    "turned around": (hostile_zip([entry("\u202egnp.yppah.png")]), "a name that can't be shown"),
    "lzma": (hostile_zip([entry("happy.png", compress_type=zipfile.ZIP_LZMA)]), "an unusual compression"),
    "bzip2": (hostile_zip([entry("happy.png", compress_type=zipfile.ZIP_BZIP2)]), "an unusual compression"),
    "password": (
        changed_zip(lambda data: data.replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\x01\0")),
        "a password",
    ),
    "bomb": (bomb, "larger than 20 MB"),
    "lying bomb": (lambda path: bomb(path, lie=True), "is damaged|no PNG, WebP or GIF"),
    "many files": (many, "more than 500 files"),
    "many files, untold": (lambda path: many(path, tell=False), "more than 500 files"),
    "no zip": (lambda path: path.write_bytes(b"PK" + bytes(500)), "no .zip that can be read"),
    "empty": (lambda path: path.write_bytes(b""), "no .zip that can be read"),
    "cut": (changed_zip(lambda data: data[:-30]), "no .zip that can be read"),
    "damaged": (changed_zip(lambda data: data.replace(b"IDAT", b"IDOT")), "neutral.png in .* is damaged"),
    "no files": (lambda path: zipped(path, {}), "no files at its top or in one single folder"),
    "deep": (lambda path: zipped(path, {"a/b/neutral.png": disc()}), "no files at its top or in one single folder"),
    "two folders": (lambda path: zipped(path, {f"{f}/neutral.png": disc() for f in "ab"}), "no files at its top"),
    "a zip in a zip": (lambda path: zipped(path, {"mine.zip": b"PK\x05\x06" + bytes(18)}), "no neutral drawing"),
}


@pytest.mark.parametrize("name", ZIPS)
def test_hostile_zips_are_refused(tmp_path, name):
    make, message = ZIPS[name]
    make(tmp_path / "mine.zip")
    refused(tmp_path / "mine.zip", message)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.zip"]


def test_a_damaged_zip_never_is_more_than_refused(tmp_path):
    path, rng = tmp_path / "mine.zip", np.random.default_rng(6)
    whole = zipped(path, {"pack/neutral.png": disc(), "pack/pack.toml": COVER.encode()}).read_bytes()
    loaded = 0
    for n in range(300):
        data = np.frombuffer(whole, np.uint8).copy()
        data[rng.integers(len(data) - 200 if n % 2 else 0, len(data), 3)] = rng.integers(0, 256, 3)
        path.write_bytes(data.tobytes())
        try:
            load_pack(path)
            loaded += 1
        except AssetError:
            continue
    assert 0 < loaded < 300


def test_all_files_together_have_a_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 10_000)
    files = open_archive(zipped(tmp_path / "mine.zip", {"a": bytes(6000), "b": bytes(4001)}, compression=8))
    assert len(files.read("a")) == 6000
    with pytest.raises(AssetError, match=r"larger than 10 kB together"):
        files.read("b")
    (tmp_path / "large.zip").write_bytes(bytes(10_001))
    with pytest.raises(AssetError, match=r"large.zip is larger than 10 kB"):
        open_archive(tmp_path / "large.zip")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names and links")
def test_a_folder_is_not_left(tmp_path, made):
    """Links that lead out of it, pipes, folders and names that can't be shown are not its files."""
    path = made({"happy.png": disc(), "a\x1b[2J.png": b"", ".neutral.png": disc()})
    (tmp_path / "secret.png").write_bytes(encoded(disc()))
    (path / "neutral.png").symlink_to(tmp_path / "secret.png")
    (path / "neutral_male.png").symlink_to("/dev/zero")
    (path / "neutral_female.png").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(path / "neutral.gif")
    assert open_archive(path).names == ["happy.png"]
    with pytest.raises(AssetError, match="no neutral drawing"):
        load_pack(path)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_folder_may_be_linked_and_link_within(tmp_path, made):
    path = made({"neutral.png": disc()})
    (path / "happy.png").symlink_to("neutral.png")
    (tmp_path / "other").symlink_to(path)
    assert set(load_pack(tmp_path / "other").drawings) == {("neutral", "neutral"), ("happy", "neutral")}


def test_a_folder_has_a_limit_of_files(made):
    refused(made({f"{n}.txt": b"" for n in range(501)}), "more than 500 files")


def test_a_pack_that_goes_away_is_an_error_of_the_pack(made):
    path = made({"neutral.png": disc()})
    files = open_archive(path)
    (path / "neutral.png").unlink()
    with pytest.raises(AssetError, match=r"neutral\.png can't be read"):
        files.read("neutral.png")
